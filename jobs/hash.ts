// hash: the digest of a disk, a volume, a file or an artifact as a fact of the build, or as a check.

import { type ContentDigest, contentDigest } from './lib/content-digest.ts';
import { parseDigest } from './lib/digest.ts';
import { guestOrHostJob, type World } from './lib/job.ts';
import { text } from './lib/options.ts';
import { volumeName } from './lib/place.ts';
import { type Static, Type } from './lib/schema.ts';
import { lines, type Script, sh } from './lib/shell.ts';
import { parseSource } from './lib/source.ts';
import { mounted } from './lib/volume.ts';

const schema = Type.Object(
  {
    of: text(
      'What is hashed: the files of a disk or a partition, a file in a volume, or the bytes of an artifact',
      'main:1:/boot/vmlinuz',
    ),
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

/** Bytes that lie on the host. */
const isSource = /^(?:artifact|fetched):(?!\/)/;

export const job = guestOrHostJob({
  name: 'hash',
  summary: 'Reports the SHA-256 or SHA-512 digest of a disk, a volume, a file or an artifact, and checks it',
  schema,
  onHost: ({ of }) => isSource.test(of),
  guest: {
    plan(options, world) {
      const { name, digest } = planned(options, world);
      const { notes } = digest;
      return { title: titleOf(name, options), onlyReads: true, ...(notes.length === 0 ? {} : { notes }) };
    },
    script(options, world) {
      const { name, digest } = planned(options, world);
      const { algorithm, expected } = wantedDigest(options);
      return lines(
        digest.script,
        // After the digest comes the name of the file, which is "-".
        sh`digest=\${digest%% *}`,
        expected === undefined ? undefined : checked(name, algorithm, expected),
        sh`vmb_fact ${algorithm} "$digest"`,
      );
    },
  },
  host: {
    plan: (options) => ({
      title: titleOf(options.of, options),
      inputs: new Map([['bytes', { kind: 'source', source: parseSource(options.of), at: ['of'], mayBeFolder: true }]]),
    }),
    async apply(options, host) {
      const { algorithm, expected } = wantedDigest(options);
      const found = await host.digest('bytes', algorithm);
      if (expected !== undefined && found !== expected)
        throw new Error(otherDigest(options.of, algorithm, found, expected));
      host.fact(algorithm, found);
    },
  },
});

function titleOf(name: string, options: Options): string {
  const { algorithm, expected } = wantedDigest(options);
  const check = expected === undefined ? '' : ` and check that it is ${expected.slice(0, 16)}…`;
  return `hash ${name} with ${algorithm}${check}`;
}

function wantedDigest({ algorithm = 'sha256', expect }: Options) {
  const otherwise = (other: string) => `write algorithm = "${other}"`;
  const expected = expect === undefined ? undefined : parseDigest(expect, algorithm, ['expect'], otherwise).hex;
  return { algorithm, expected, program: `${algorithm}sum` };
}

function planned(options: Options, world: World): { readonly name: string; readonly digest: ContentDigest } {
  const { of } = options;
  const { program } = wantedDigest(options);
  if (isVolume.test(of)) {
    const volume = world.volume(of, ['of']);
    return { name: volumeName(volume), digest: contentDigest(volume, program) };
  }
  const { volume, path } = world.place(of, ['of']);
  const name = `${volumeName(volume)}:${path}`;
  const script = sh`
    ${mounted(volume, '/mnt', 'read-only')}
    vmb_inside /mnt ${path}
    [ -f "$VMB_PATH" ] || vmb_fail ${`${name} is not a file`}
    digest=$(${program} < "$VMB_PATH")
  `;
  return { name, digest: { script, notes: [] } };
}

function checked(name: string, algorithm: string, expected: string): Script {
  const [before = '', after = ''] = otherDigest(name, algorithm, '\n', expected).split('\n');
  return sh`[ "$digest" = ${expected} ] || vmb_fail ${before}"$digest"${after}`;
}

function otherDigest(name: string, algorithm: string, found: string, expected: string): string {
  return `${name} has the ${algorithm} digest ${found}, but the build file expects ${expected}. Correct \`expect\`, or what comes before this step.`;
}
