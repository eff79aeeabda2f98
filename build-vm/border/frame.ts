// One frame of the serial console as data, to and from its line; docs/border.md has the format.
import { crc32 } from 'node:zlib';
import { frameVersion } from './session.ts';

/** s: the agent's state, o: a step's output and report, b: heartbeats, k: the kernel's log, h: from the host. */
export type Channel = 's' | 'o' | 'b' | 'k' | 'h';

export interface Frame {
  readonly channel: Channel;
  /** From 1, one more with each frame of its channel; a channel `o` begins anew with each step. */
  readonly sequence: number;
  /** 32 hexadecimal digits that only the host and the agent of this step know; `-` outside steps. */
  readonly key: string;
  readonly type: string;
  /** Printable ASCII, `-` when there is nothing to say; bytes as base64. */
  readonly body: string;
}

const mark = `VMB${frameVersion}`;
const fields =
  /^(?<channel>[sobkh]) (?<sequence>[1-9][0-9]{0,9}) (?<key>[0-9a-f]{32}|-) (?<type>[a-z-]+) (?<body>[ -~]+)$/;

/** The frame's line without its line end. */
export function formatFrame(nonce: string, frame: Frame): string {
  const line = `${mark} ${nonce} ${frame.channel} ${frame.sequence} ${frame.key} ${frame.type} ${frame.body}`;
  return `${line} ${checksum(Buffer.from(line, 'latin1'))}`;
}

/** What a line of the console is. `nonce` is `-` in a frame of an agent that found no job disk. */
export type Line =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly nonce: string }
  | { readonly kind: 'other-version'; readonly version: number }
  | { readonly kind: 'text'; readonly text: string };

/** Reads a line without its line end; whatever is no whole frame, to the last digit of its checksum, is text. */
export function parseLine(line: Buffer): Line {
  const text = line.toString('latin1');
  const parts = /^(VMB([0-9]{1,9}) ([0-9a-f]{32}|-) (.*)) ([0-9a-f]{8})$/s.exec(text);
  if (parts === null) return readable(line);
  const [, covered = '', version = '', nonce = '', rest = '', sum = ''] = parts;
  if (checksum(line.subarray(0, covered.length)) !== sum) return readable(line);
  if (Number(version) !== frameVersion) return { kind: 'other-version', version: Number(version) };
  const groups = fields.exec(rest)?.groups;
  if (groups === undefined) return readable(line);
  const { channel, sequence, key = '', type = '', body = '' } = groups;
  if (!isChannel(channel)) return readable(line);
  return { kind: 'frame', nonce, frame: { channel, sequence: Number(sequence), key, type, body } };
}

function isChannel(text: string | undefined): text is Channel {
  return text !== undefined && 'sobkh'.includes(text);
}

function readable(line: Buffer): Line {
  return { kind: 'text', text: line.toString('utf8') };
}

function checksum(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(8, '0');
}
