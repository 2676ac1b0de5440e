const HUES = 12;

/** Initials, coloured by who it is: pictures would tell another host who is looked at. */
export function Avatar({ name, of }: { readonly name: string; readonly of: string }) {
  return (
    <span class={`avatar hue-${hueOf(of)}`} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}

function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/[\s._@-]+/u)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = [...(words[0] ?? "?")][0] ?? "?";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  return `${first}${last}`.toUpperCase();
}

function hueOf(text: string): number {
  let sum = 0;
  for (const char of text.toLowerCase()) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 65_521;
  return sum % HUES;
}
