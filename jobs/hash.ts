// hash: the digest of a disk, a volume or a file as a fact of the build, or as a check.
import { parseDigest } from './lib/digest.ts';
import type { Volume } from './lib/disk.ts';
import { guestJob, type World } from './lib/job.ts';
import { text } from './lib/options.ts';
import { volumeName } from './lib/place.ts';
import { type Static, Type } from './lib/schema.ts';
import { lines, type Script, sh } from './lib/shell.ts';
import { mounted } from './lib/volume.ts';

const schema = Type.Object(
  {
    of: text('What is hashed: a disk, a partition, or a file in a volume', 'main:1:/boot/vmlinuz'),
    algorithm: Type.Optional(
      Type.Enum(['sha256', 'sha512'], { description: 'Which digest. sha256 unless given', examples: ['sha512'] }),
    ),
    expect: Type.Optional(
      text(
        'The digest that it must have, in hexadecimal digits; the step fails when it has another. Not checked unless given',
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      ),
    ),
  },
  { additionalProperties: false },
);

type Options = Static<typeof schema>;

/** What is a volume itself; everything else is meant as a place in one. */
const isVolume = /^[^:]+(:[0-9]+)?$/;

export const job = guestJob({
  name: 'hash',
  summary: 'Tells the SHA-256 or SHA-512 digest of a disk, a volume or a file, and checks it',
  schema,
  plan(options, world) {
    const { name, algorithm, expected, note } = planned(options, world);
    const check = expected === undefined ? '' : ` and check that it is ${expected.slice(0, 16)}…`;
    return {
      title: `hash ${name} with ${algorithm}${check}`,
      onlyReads: true,
      ...(note === undefined ? {} : { notes: [note] }),
    };
  },
  script(options, world) {
    const { name, algorithm, expected, digest } = planned(options, world);
    return lines(
      digest,
      // After the digest comes the name of the file, which is "-".
      sh`digest=\${digest%% *}`,
      expected === undefined ? undefined : checked(name, algorithm, expected),
      sh`vmb_fact ${algorithm} "$digest"`,
    );
  },
});

interface PlannedHash {
  /** For people: "main:1:/etc/motd". */
  readonly name: string;
  readonly algorithm: 'sha256' | 'sha512';
  readonly expected: string | undefined;
  readonly note: string | undefined;
  /** Sets `digest` to what the program prints. */
  readonly digest: Script;
}

function planned(options: Options, world: World): PlannedHash {
  const { of, algorithm = 'sha256' } = options;
  const otherwise = (other: string) => `write algorithm = "${other}"`;
  const expected =
    options.expect === undefined ? undefined : parseDigest(options.expect, algorithm, ['expect'], otherwise).hex;
  const program = `${algorithm}sum`;
  if (isVolume.test(of)) {
    const volume = world.volume(of, ['of']);
    const digest = sh`digest=$(${program} < ${volume.device})`;
    return { name: volumeName(volume), algorithm, expected, note: historyNote(volume), digest };
  }
  const { volume, path } = world.place(of, ['of']);
  const name = `${volumeName(volume)}:${path}`;
  const digest = sh`
    ${mounted(volume, '/mnt', 'read-only')}
    vmb_inside /mnt ${path}
    [ -f "$VMB_PATH" ] || vmb_fail ${`${name} is not a file`}
    digest=$(${program} < "$VMB_PATH")
  `;
  return { name, algorithm, expected, note: undefined, digest };
}

/** Kernels write times and counters into a filesystem, and put files where there is room. */
function historyNote({ disk, number, filesystem }: Volume): string | undefined {
  const formatted = number === 0 ? disk.filesystems.size > 0 : filesystem !== undefined;
  return formatted
    ? 'a filesystem under construction has other bytes after another history, until export lays it out afresh'
    : undefined;
}

function checked(name: string, algorithm: string, expected: string): Script {
  const found = `${name} has the ${algorithm} digest `;
  const wanted = `, but the build file expects ${expected}. Correct \`expect\`, or what comes before this step.`;
  return sh`[ "$digest" = ${expected} ] || vmb_fail ${found}"$digest"${wanted}`;
}
