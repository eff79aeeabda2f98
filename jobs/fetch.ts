// fetch: files from elsewhere, known by their digest, for other jobs or into a volume.
import { attributeOptions, attributesOf } from './lib/attributes.ts';
import { parted } from './lib/bring.ts';
import { byteCount, parseBytes } from './lib/byte-count.ts';
import { type Digest, parseDigest } from './lib/digest.ts';
import type { FetchPlan } from './lib/fetch-plan.ts';
import { type FetchUrl, fileNameOf, parseFetchUrl } from './lib/fetch-url.ts';
import { type FetchEffects, fetchJob, type World } from './lib/job.ts';
import { JobMistake } from './lib/mistake.ts';
import { place, text } from './lib/options.ts';
import { volumeName } from './lib/place.ts';
import { quoted } from './lib/quoted.ts';
import { type Static, Type } from './lib/schema.ts';
import { sh } from './lib/shell.ts';
import { gibibyte } from './lib/size.ts';
import { unpacked } from './lib/tar.ts';
import { mounted } from './lib/volume.ts';

const urlText = Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f]*$', description: 'an address' });

const schema = Type.Object(
  {
    url: Type.Optional(
      Type.Union([urlText, Type.Array(urlText, { minItems: 1, description: 'several, tried in this order' })], {
        description:
          'Where the file is: https:, http:, file: (in the build folder, or absolute) or deb:NAME=VERSION. A list is tried in its order',
        examples: ['file:files/root.tar.xz'],
      }),
    ),
    sha256: Type.Optional(
      text(
        'The SHA-256 digest that it must have. What build.lock says unless given; `vmb lock` writes that',
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      ),
    ),
    sha512: Type.Optional(text('The SHA-512 digest that it must have, instead of sha256', 'cf83e1357eefb8bd…')),
    packages: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^[a-z0-9][a-z0-9+.-]*[a-z0-9+](=[A-Za-z0-9][A-Za-z0-9.+:~-]*)?$',
          description: 'NAME or NAME=VERSION',
        }),
        {
          minItems: 1,
          description:
            'Debian packages, instead of `url`. `vmb lock` adds what they need and writes all into build.lock',
          examples: [['apt', 'busybox']],
        },
      ),
    ),
    essential: Type.Optional(
      Type.Boolean({
        description: 'Whether the packages that Debian marks as essential are fetched as well. false unless given',
        examples: [true],
      }),
    ),
    recommends: Type.Optional(
      Type.Boolean({
        description: 'Whether what the packages recommend is fetched as well. false unless given',
        examples: [true],
      }),
    ),
    as: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
        description: 'Name by which other jobs take it: from = "fetched:NAME"',
        examples: ['root'],
      }),
    ),
    to: Type.Optional(
      place('Where in a volume it goes. With a slash at the end, into that folder under its own name', 'main:1:/srv/'),
    ),
    'max-size': Type.Optional(byteCount('How large it may be. 4GiB unless given', 4 * gibibyte)),
    retry: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 20,
        description: 'How often one address is tried anew when the connection breaks. 3 unless given',
        examples: [3],
      }),
    ),
    ...attributeOptions,
  },
  { additionalProperties: false },
);

type Options = Static<typeof schema>;

export const job = fetchJob({
  name: 'fetch',
  summary: 'Fetches a file, checked by its digest, or Debian packages with all that they need',
  schema,
  plan(options, world) {
    const { as, to } = options;
    if (as === undefined && to === undefined) {
      throw new JobMistake(
        [],
        'nothing is said of what is done with what is fetched',
        'add as = "…" for other jobs, or to = "…" for a volume',
      );
    }
    for (const key of ['mode', 'owner', 'xattrs'] as const) {
      if (to !== undefined || options[key] === undefined) continue;
      throw new JobMistake([key], `\`${key}\` is about files in a volume, but there is no \`to\``, 'leave it out');
    }
    const { fetch, title } = planned(options, world);
    return {
      title,
      fetch,
      as: as === undefined ? undefined : { name: as, at: ['as'] },
      bringsIn: to === undefined ? undefined : bringsIn(to, fetch, options, world),
    };
  },
});

function planned(options: Options, world: World): { fetch: FetchPlan; title: string } {
  const { url, packages } = options;
  if (url !== undefined && packages !== undefined) {
    throw new JobMistake(['packages'], '`url` and `packages` are both given', 'make two jobs of them');
  }
  const mostBytes = parseBytes(options['max-size'] ?? 4 * gibibyte, ['max-size']);
  const retries = options.retry ?? 3;
  if (packages !== undefined) return packageList(options, packages, { mostBytes, retries });
  for (const key of ['essential', 'recommends'] as const) {
    if (options[key] !== undefined) {
      throw new JobMistake([key], `\`${key}\` is about packages, but none are named`, 'leave it out');
    }
  }
  if (url === undefined) {
    throw new JobMistake([], 'nothing is said of what to fetch', 'add url = "…", or packages = […]');
  }
  const urls =
    typeof url === 'string' ? [parseFetchUrl(url, ['url'])] : url.map((one, i) => parseFetchUrl(one, ['url', i]));
  const [first] = urls;
  if (first === undefined) throw new JobMistake(['url'], 'the list names nothing', 'name an address');
  const fileName = fileNameOf(first, world.arch);
  return {
    fetch: { kind: 'file', urls, digest: digestOf(options), fileName, mostBytes, retries, at: ['url'] },
    title: titleOf(fileName, first, urls.length),
  };
}

function titleOf(fileName: string, { shown }: FetchUrl, count: number): string {
  const others = count === 1 ? '' : ` or ${count - 1} other ${count === 2 ? 'place' : 'places'}`;
  return `fetch ${fileName === '' ? 'a file' : fileName} from ${shown}${others}`;
}

function packageList(
  { sha256, sha512, essential = false, recommends = false }: Options,
  packages: readonly string[],
  limits: { mostBytes: number; retries: number },
): { fetch: FetchPlan; title: string } {
  if (sha256 !== undefined || sha512 !== undefined) {
    throw new JobMistake(
      [sha256 === undefined ? 'sha512' : 'sha256'],
      'a list of packages has no digest of its own, because build.lock has one for each',
      'leave it out',
    );
  }
  const names = [...new Set(packages)].sort();
  const shown = names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} others` : names.join(', ');
  return {
    fetch: { kind: 'packages', names, essential, recommends, ...limits, at: ['packages'] },
    title: `fetch the Debian packages ${shown}${essential ? ', the essential ones' : ''} and what they need`,
  };
}

function digestOf({ sha256, sha512 }: Options): Digest | undefined {
  if (sha256 !== undefined && sha512 !== undefined) {
    throw new JobMistake(['sha512'], '`sha256` and `sha512` are both given, but one is checked', 'remove one of them');
  }
  const instead = (other: string) => `write it as ${other} = "…"`;
  if (sha512 !== undefined) return parseDigest(sha512, 'sha512', ['sha512'], instead);
  return sha256 === undefined ? undefined : parseDigest(sha256, 'sha256', ['sha256'], instead);
}

function bringsIn(to: string, fetch: FetchPlan, options: Options, world: World): FetchEffects['bringsIn'] {
  const { volume, path } = world.place(to, ['to']);
  const isFolder = path.endsWith('/');
  if (isFolder && fetch.kind === 'file' && fetch.fileName === '') {
    throw new JobMistake(
      ['to'],
      `${quoted(to)} names a folder, but the address does not end with the name of a file`,
      'add the name of the file',
    );
  }
  const { parent, base } = isFolder ? { parent: path, base: '' } : parted(path);
  const script = sh`
    ${mounted(volume, '/mnt', 'read-write')}
    vmb_make_folder /mnt ${parent}
    vmb_payload_in files ${unpacked(volume, sh`/mnt`, 'plain')}
  `;
  return {
    title: `bring what was fetched to ${volumeName(volume)}:${path}`,
    as: base,
    attributes: attributesOf(options, volume),
    script,
    at: ['to'],
  };
}
