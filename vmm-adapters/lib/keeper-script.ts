// The POSIX shell script that keeps house on another machine: it makes a work folder, and removes it with everything that runs from
// it when we say so, when the connection ends, or when nothing was heard of us for half a minute.

/** How often it wants to hear a line. */
export const beatMs = 5_000;

/**
 * Says "vmb-keeper 1", then the work folder, the folder for inputs, and what its verdicts hold for, each on a line. Then it reads:
 * "keep" leaves the folder, for a month, as it is at the end; every other line says that we are there. `$1` is a word that nobody else has.
 *
 * A work folder's name begins with its keeper's process number: where that is no keeper any more, the folder was left behind.
 * Programs that run from a folder have their numbers in *.pid, and the folder's name in their command line.
 */
export const keeperScript = String.raw`
umask 077
base=${'${XDG_CACHE_HOME:-$HOME/.cache}'}/vmb-remote
words_of() { { tr '\0' ' ' <"/proc/$1/cmdline" || ps -o args= -p "$1"; } 2>/dev/null; }
runs() { case $(words_of "$1") in *"$2"*) return 0 ;; esac; return 1; }
end_folder() {
  for record in "$1"/*.pid; do
    pid=
    read -r pid <"$record" 2>/dev/null
    case $pid in '' | *[!0-9]*) continue ;; esac
    runs "$pid" "$1" && kill -KILL "$pid" 2>/dev/null
  done
  [ -e "$1/kept" ] || rm -rf -- "$1"
}
mkdir -p -- "$base/work" "$base/inputs" && chmod 700 "$base" || exit 1
for folder in "$base"/work/*; do
  [ -d "$folder" ] || continue
  if [ -e "$folder/kept" ]; then
    [ -z "$(find "$folder/kept" -mtime +30)" ] || rm -rf -- "$folder"
    continue
  fi
  pid=${'${folder##*/}'}; pid=${'${pid%%-*}'}
  case $pid in '' | *[!0-9]*) continue ;; esac
  runs "$pid" vmb-keeper || end_folder "$folder"
done
find "$base/inputs" -type f -mtime +30 -exec rm -f -- {} + 2>/dev/null
own=$base/work/$$-$1
mkdir -- "$own" || exit 1
beat=$own/beat
printf '0\n' >"$beat"
run=$(uname -r; cat /proc/sys/kernel/random/boot_id 2>/dev/null)
printf '%s\n' 'vmb-keeper 1' "$own" "$base/inputs" "$(printf %s "$run" | tr '\n' ' ')"
(
  last= missed=0
  while sleep 1; do
    now=
    read -r now <"$beat" 2>/dev/null
    if [ "$now" = "$last" ]; then missed=$((missed + 1)); else last=$now missed=0; fi
    [ "$missed" -ge 30 ] || continue
    end_folder "$own"
    kill -KILL $$
    exit
  done
) </dev/null >/dev/null 2>&1 &
watch=$!
count=0
while IFS= read -r line; do
  case $line in keep) : >"$own/kept" ;; esac
  count=$((count + 1))
  printf '%s\n' "$count" >"$beat"
done
kill "$watch" 2>/dev/null
end_folder "$own"
`;
