export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** The hidden command that the scripts ask, with the words so far; see `complete-command.ts`. */
export const COMPLETE = "__complete";
/** What it answers where files are meant, which the shell knows better. */
export const FILES = ":files";

const BASH = `# Completion of tracker for bash. In ~/.bashrc: source <(tracker completion bash)
_tracker() {
  local value about
  COMPREPLY=()
  while IFS=$'\\t' read -r value about; do
    if [[ $value == ${FILES} ]]; then
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("$value")
    fi
  done < <("\${COMP_WORDS[0]}" ${COMPLETE} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _tracker tracker
`;

const ZSH = `#compdef tracker
# Completion of tracker for zsh. In ~/.zshrc, after compinit: source <(tracker completion zsh)
_tracker() {
  local line
  local -a found
  for line in "\${(@f)$("\${words[1]}" ${COMPLETE} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == ${FILES}* ]]; then
      _files
      return
    fi
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe tracker found
}
if [[ $funcstack[1] == _tracker ]]; then
  _tracker "$@"
else
  compdef _tracker tracker
fi
`;

const FISH = `# Completion of tracker for fish. In ~/.config/fish/config.fish: tracker completion fish | source
function __tracker_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l found ($words[1] ${COMPLETE} -- $words[2..-1] "$current" 2>/dev/null)
    if string match -q -- '${FILES}*' "$found"
        __fish_complete_path "$current"
    else
        printf '%s\\n' $found
    end
end
complete -c tracker -f -a '(__tracker_complete)'
`;

/** What a shell has to be told once. */
export const SHELL_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
};
