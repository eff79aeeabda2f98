// Options that say which mode, owner and extended attributes files get on their way into a volume.
import type { Volume } from './disk.ts';
import type { Attributes, OptionPath } from './job.ts';
import { checkKept, checkOwner } from './kept.ts';
import { JobMistake } from './mistake.ts';
import { quoted } from './quoted.ts';
import { type Static, Type } from './schema.ts';

/** Properties for a job's schema. */
export const attributeOptions = {
  mode: Type.Optional(
    Type.String({
      description:
        'Mode of the files, in octal. 0755 for what is executable on the host and 0644 for the rest, unless given',
      examples: ['0755'],
    }),
  ),
  owner: Type.Optional(
    Type.String({
      description: 'Owner of the files: root, or user and group as numbers. root unless given',
      examples: ['1000:1000'],
    }),
  ),
  xattrs: Type.Optional(
    Type.Record(
      Type.String({ pattern: '^(user|trusted|security)\\.[^\\u0000]+$' }),
      Type.String({ pattern: '^[^\\u0000]*$' }),
      {
        additionalProperties: false,
        description:
          'Extended attributes of the files, by name: a text, or as setfattr(1) has it bytes in hexadecimal (0x…) or base64 (0s…) digits, or any text in double quotes. None unless given',
        examples: [{ 'user.origin': 'vmb', 'security.capability': '0x0100000200200000000000000000000000000000' }],
      },
    ),
  ),
};

const attributeSchema = Type.Object(attributeOptions);

/** @throws JobMistake also for what the volume's filesystem cannot keep */
export function attributesOf(options: Static<typeof attributeSchema>, volume: Volume): Attributes {
  for (const key of ['mode', 'owner', 'xattrs'] as const) if (options[key] !== undefined) checkKept(volume, key);
  const owner = options.owner === undefined ? undefined : parseOwner(options.owner, ['owner']);
  if (owner !== undefined) checkOwner(volume, owner);
  return {
    ...(options.mode === undefined ? {} : { mode: parseMode(options.mode, ['mode']) }),
    ...owner,
    ...(options.xattrs === undefined ? {} : { xattrs: valuesOf(options.xattrs) }),
  };
}

/** "0755" and "755" are 0o755. */
export function parseMode(text: string, at: OptionPath): number {
  if (/^[0-7]{3,5}$/.test(text) && Number.parseInt(text, 8) <= 0o7777) return Number.parseInt(text, 8);
  throw new JobMistake(
    at,
    `${quoted(text)} is no mode, because that has three or four octal digits`,
    'write it like "0644"',
  );
}

/** In hexadecimal digits. */
function valuesOf(xattrs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(xattrs).map(([name, text]) => [name, bytesOf(text, ['xattrs', name]).toString('hex')]),
  );
}

/** As setfattr(1) reads a value, but that a text needs no quotes unless it begins like something else. */
function bytesOf(text: string, at: OptionPath): Buffer {
  const [, kind, digits = ''] = /^0([xXsS])(.*)$/s.exec(text) ?? [];
  if (kind === undefined) return Buffer.from(/^"(.*)"$/s.exec(text)?.[1] ?? text);
  const encoding = kind.toLowerCase() === 'x' ? 'hex' : 'base64';
  const bytes = Buffer.from(digits, encoding);
  const written = encoding === 'hex' ? digits.toLowerCase() : digits.replace(/=+$/, '');
  if (bytes.toString(encoding).replace(/=+$/, '') === written) return bytes;
  throw new JobMistake(
    at,
    `${quoted(text)} is no value of an attribute, because after ${quoted(text.slice(0, 2))} only ${encoding === 'hex' ? 'pairs of hexadecimal' : 'base64'} digits can follow`,
    `correct it, or put a text that begins so in double quotes, as in ${quoted(`"${text}"`)}`,
  );
}

function parseOwner(text: string, at: OptionPath): { uid: number; gid: number } {
  const [, user, group] = /^(root|[0-9]{1,10}):(root|[0-9]{1,10})$/.exec(text === 'root' ? 'root:root' : text) ?? [];
  const [uid, gid] = [user, group].map((part) => (part === 'root' ? 0 : Number(part)));
  // 4294967295 is -1, "leave it as it is", to chown(2).
  if (uid !== undefined && gid !== undefined && uid < 2 ** 32 - 1 && gid < 2 ** 32 - 1) return { uid, gid };
  throw new JobMistake(
    at,
    `${quoted(text)} is no owner, because only root has a name here and others are a user's and a group's number`,
    `write it like "root" or ${quoted(/^[0-9]{1,9}$/.test(text) ? `${text}:${text}` : '1000:1000')}`,
  );
}
