// remove: files, folders and what a pattern matches, out of volumes and never out of anything else.
import { eachMounted, parted } from './lib/bring.ts';
import type { Volume } from './lib/disk.ts';
import { guestJob, type World } from './lib/job.ts';
import { JobMistake } from './lib/mistake.ts';
import { place } from './lib/options.ts';
import { volumeName } from './lib/place.ts';
import { quoted } from './lib/quoted.ts';
import { type Static, Type } from './lib/schema.ts';
import { type Script, sh } from './lib/shell.ts';

const example = 'main:1:/var/cache/*';
const patterns =
  '* stands for any characters of a name, also a dot in front, ? for one, [ab] for a or b, [*] for the * itself';

const schema = Type.Object(
  {
    what: Type.Union(
      [
        place('one place', example),
        Type.Array(place('One place', example), { minItems: 1, description: 'a list of places' }),
      ],
      {
        description: `Files, and folders with all that they hold; of a link only the link itself. ${patterns}; a / at the end asks for folders only`,
        examples: [example],
      },
    ),
    missing: Type.Optional(
      Type.Enum(['error', 'ok'], {
        description: 'What it is when there is nothing to remove. error unless given',
        examples: ['ok'],
      }),
    ),
  },
  { additionalProperties: false },
);

type Options = Static<typeof schema>;

export const job = guestJob({
  name: 'remove',
  summary: 'Removes files and folders of a volume, by name or by pattern',
  schema,
  plan(options, world) {
    const [first, ...more] = planned(options, world).keys();
    return { title: `remove ${first}${more.length === 0 ? '' : ` and ${more.length} more`}` };
  },
  script(options, world) {
    return eachMounted(planned(options, world), 'read-write', (name, { path }, folder) => {
      const removed = isPattern(path) ? byPattern(path, folder) : byName(path, folder);
      if (options.missing === 'ok') return removed;
      const nothing = isPattern(path) ? `Nothing matches ${name}.` : `${name} is not there.`;
      return sh`
        ${removed}
        [ -s /tmp/found ] || vmb_fail ${`${nothing} Correct it, or write missing = "ok".`}
      `;
    });
  },
});

/** Places by their names for people. */
function planned({ what }: Options, world: World): Map<string, { volume: Volume; path: string }> {
  const found = new Map<string, { volume: Volume; path: string }>();
  for (const [index, text] of (typeof what === 'string' ? [what] : what).entries()) {
    const at = typeof what === 'string' ? ['what'] : ['what', index];
    const { volume, path } = world.place(text, at);
    const name = `${volumeName(volume)}:${path}`;
    if (path === '/') {
      throw new JobMistake(
        at,
        `${quoted(text)} is a volume's root folder, which cannot be removed`,
        `write ${quoted(`${name}*`)} to empty the volume`,
      );
    }
    if (found.has(name)) throw new JobMistake(at, `${quoted(text)} is named twice`, 'remove one of the two');
    checkPattern(text, path, at);
    found.set(name, { volume, path });
  }
  return found;
}

function isPattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/** A "[" that no "]" of the same name closes would make a slash part of the set, or be an ordinary character. */
function checkPattern(text: string, path: string, at: readonly (string | number)[]): void {
  for (const part of path.split('/')) {
    if (!hasOpenSet(part)) continue;
    throw new JobMistake(
      at,
      `${quoted(text)} is no pattern, because no "]" closes the "[" in ${quoted(part)}`,
      'add it, or write "[[]" for a "[" itself',
    );
  }
}

/** Whether a set does not end. Its first character, behind a ! or ^, may be "]" itself. One pass: names in build files may be long. */
function hasOpenSet(part: string): boolean {
  for (let open = part.indexOf('['); open !== -1; ) {
    const first = open + (/[!^]/.test(part.charAt(open + 1)) ? 2 : 1);
    const close = part.indexOf(']', first + 1);
    if (close === -1) return true;
    open = part.indexOf('[', close);
  }
  return false;
}

/** What is removed stands in /tmp/found, NUL behind each. The last name is never followed when it is a link. */
function byName(path: string, folder: string): Script {
  const { parent, base } = parted(path);
  const there = path.endsWith('/') ? sh`[ -d "$1" ] && [ ! -L "$1" ]` : sh`[ -e "$1" ] || [ -L "$1" ]`;
  return sh`
    vmb_inside ${folder} ${parent}
    set -- "$VMB_PATH"/${base}
    : > /tmp/found
    if ${there}; then printf '%s\0' "$1" > /tmp/found; fi
    ${removal}
  `;
}

/**
 * find follows no links below the folder where it begins. It looks at one depth only, and a pattern has as many slashes as a
 * path of that depth, so that none of its wildcards can stand for a slash. C.UTF-8 also matches names that are no UTF-8.
 */
function byPattern(path: string, folder: string): Script {
  const parts = path.split('/').filter((part) => part !== '');
  const first = parts.findIndex(isPattern);
  const below = parts.slice(first);
  // A backslash would take the meaning of the character behind it away.
  const pattern = `./${below.join('/')}`.replaceAll('\\', '\\\\');
  const depth = below.length;
  const kind = path.endsWith('/') ? ['-type', 'd'] : [];
  return sh`
    vmb_inside ${folder} ${`/${parts.slice(0, first).join('/')}`}
    : > /tmp/found
    if [ -d "$VMB_PATH" ]; then
      cd "$VMB_PATH"
      find . -mindepth ${depth} -maxdepth ${depth} -path ${pattern} ${kind} -print0 > /tmp/found
      ${removal}
      cd /
    fi
  `;
}

const removal = sh`find -files0-from /tmp/found -delete`;
