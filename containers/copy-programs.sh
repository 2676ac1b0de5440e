# Copies programs with the libraries that they load, and what the C library, git and TLS look for, into a folder that
# becomes the root of an image. Usage: copy-programs.sh FOLDER PROGRAM…
set -eu
root=$1
shift
copy() { # as it is, with the links that lead to it
  case $1 in /lib/* | /lib64/* | /bin/* | /sbin/*) set -- "/usr$1" ;; esac # both are links into /usr
  [ -e "$root$1" ] && return 0
  mkdir -p "$root$(dirname "$1")"
  cp -a "$1" "$root$1"
  if [ -L "$1" ]; then copy "$(readlink -f "$1")"; fi
}
mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" "$root/usr/lib64" "$root/etc" "$root/var/tmp" "$root/run"
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
for name; do
  program=$(command -v "$name") || { echo "There is no $name to copy." >&2; exit 1; }
  copy "$program"
  ldd "$(readlink -f "$program")" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do copy "$library"; done
done
for path in /etc/passwd /etc/group /etc/nsswitch.conf /etc/os-release /etc/ssl/certs/ca-certificates.crt \
  /usr/lib/locale/C.utf8 /usr/share/git-core/templates; do
  if [ -e "$path" ]; then copy "$path"; fi
done
