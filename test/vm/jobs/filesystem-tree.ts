// The tree that every filesystem is filled with as far as it keeps such files, and what reading it back must tell.
import { createHash } from 'node:crypto';
import type { Keeps } from '../../../jobs/lib/filesystem.ts';

const epoch = 1_767_225_600;
const deep = ['deep', ...Array.from({ length: 12 }, (_, index) => String(index + 1))];
const numbers = Array.from({ length: 20000 }, (_, index) => `${index + 1}\n`).join('');
const sparse = Buffer.alloc(3 * 1024 * 1024);
sparse.write('end', 2_000_000);

/** Contents by path. */
const files: ReadonlyMap<string, string | Buffer> = new Map<string, string | Buffer>([
  ...Array.from({ length: 60 }, (_, index) => [`many/file ${index + 1}`, `content ${index + 1}\n`] as const),
  ['a folder/grüße/日本.txt', 'both\n'],
  [`${deep.join('/')}/file`, 'in the depth\n'],
  ['empty', ''],
  ['numbers', numbers],
  ['sparse', sparse],
  ['old', 'old\n'],
]);
const folders = ['many', 'a folder', 'a folder/grüße', ...deep.map((_, index) => deep.slice(0, index + 1).join('/'))];

/** Shell functions: \`fill FOLDER ABILITIES\`, files in the order that \`$order\` sorts numbers. */
export const fillFunction = `
fill() {
  cd "$1"
  mkdir many 'a folder'
  for i in $(seq 1 60 | $order); do echo "content $i" > "many/file $i"; done
  mkdir -p 'a folder/grüße' ${deep.join('/')}
  echo both > 'a folder/grüße/日本.txt'
  echo 'in the depth' > ${deep.join('/')}/file
  : > empty
  seq 1 20000 > numbers
  truncate -s 3M sparse
  printf end | dd of=sparse bs=1 seek=2000000 conv=notrunc 2> /dev/null
  echo old > old
  case $2 in *owners*) chown 1000:100 numbers; chown 12:34 deep ;; esac
  case $2 in *modes*) chmod 4750 numbers; chmod 1777 many; chmod 600 old ;; esac
  case $2 in *symbolic*) ln -s 'a folder/grüße' short; ln -s /${'long/'.repeat(30)} long; mkfifo pipe; mknod null c 1 3 ;; esac
  case $2 in *hard*) for i in $(seq 1 3 | $order); do ln old "many/again $i"; done ;; esac
  touch -d @1000000000 old
  cd /
}
junk() {
  mkdir "$1/junk"
  for i in $(seq 1 100); do echo "$i" > "$1/junk/$i"; done
  dd if=/dev/urandom of="$1/big" bs=1M count=3 2> /dev/null
  rm -r "$1/junk" "$1/big"
}
`;

/** \`tell FOLDER\` writes what is there, a line for each thing. */
export const tellFunction = `
tell() {
  cd "$1"
  find . -xdev -mindepth 1 -path ./lost+found -prune -o -type d -printf 'd %m %U:%G %P\\n'
  find . -xdev -type f -printf 'f %m %U:%G %n %s %P\\n'
  find . -xdev -type l -printf 'l %P -> %l\\n'
  find . -xdev '(' -type p -o -type c ')' -printf '%y %P\\n'
  find . -xdev -name lost+found -prune -o -newermt @${epoch} -printf 'later than the epoch: %P\\n'
  find old -printf 'time %Ts %p\\n'
  find . -xdev -type f -print0 | xargs -0 sha256sum
  if [ -f attributes ]; then
    tar --xattrs '--xattrs-include=*' --format=pax -cf - attributes | grep -a -o 'SCHILY.xattr.user.origin=vmb'
  fi
  cd /
}
`;

export function abilities({ modes, largestId, symbolicLinks, hardLinks }: Keeps): string {
  return [
    ...(modes ? ['modes'] : []),
    ...(largestId === undefined ? [] : ['owners']),
    ...(symbolicLinks ? ['symbolic'] : []),
    ...(hardLinks ? ['hard'] : []),
  ].join('-');
}

/** The lines of \`tell\`, sorted. A driver without modes gives all the same. */
export function expectedLines({ modes, largestId, symbolicLinks, hardLinks, attributes }: Keeps): string[] {
  const all = new Map([...files, ...(attributes ? [['attributes', 'with attributes\n'] as const] : [])]);
  if (hardLinks) for (const number of [1, 2, 3]) all.set(`many/again ${number}`, 'old\n');
  const isOld = (path: string) => path === 'old' || path.startsWith('many/again');
  const modeOf = (path: string) => (path === 'numbers' ? '4750' : isOld(path) ? '600' : '644');
  const owner = (path: string) =>
    largestId === undefined ? '0:0' : path === 'numbers' ? '1000:100' : path === 'deep' ? '12:34' : '0:0';
  return [
    ...folders.map((path) => `d ${modes && path === 'many' ? '1777' : '755'} ${owner(path)} ${path}`),
    ...[...all].map(([path, content]) => {
      const links = hardLinks && isOld(path) ? 4 : 1;
      return `f ${modes ? modeOf(path) : '755'} ${owner(path)} ${links} ${Buffer.byteLength(content)} ${path}`;
    }),
    ...(symbolicLinks ? ['l short -> a folder/grüße', `l long -> /${'long/'.repeat(30)}`, 'p pipe', 'c null'] : []),
    'time 1000000000 old',
    ...[...all].map(([path, content]) => `${createHash('sha256').update(content).digest('hex')}  ./${path}`),
    ...(attributes ? ['SCHILY.xattr.user.origin=vmb'] : []),
  ].sort();
}
