// Device nodes as a build file lists them: "c 5 1 0600 /dev/console".
import { parseMode } from './attributes.ts';
import { parted } from './bring.ts';
import type { OptionPath } from './job.ts';
import { JobMistake } from './mistake.ts';
import { pathPart } from './place.ts';
import { quoted } from './quoted.ts';
import { type Script, sh } from './shell.ts';

export interface DeviceNode {
  readonly type: 'c' | 'b';
  readonly major: number;
  readonly minor: number;
  readonly mode: number;
  readonly path: string;
}

/** @throws JobMistake */
export function deviceNode(text: string, at: OptionPath): DeviceNode {
  const [, type, major, minor, mode = '', path = ''] =
    /^([cb]) ([0-9]{1,4}) ([0-9]{1,7}) ([0-7]+) (\/.*[^/])$/s.exec(text) ?? [];
  if (type !== 'c' && type !== 'b') {
    throw new JobMistake(
      at,
      `${quoted(text)} is no device, because that is c or b, a major and a minor number, a mode and a path`,
      'write it like "c 5 1 0600 /dev/console"',
    );
  }
  return { type, major: Number(major), minor: Number(minor), mode: parseMode(mode, at), path: pathPart(path, at) };
}

/** Makes a node below `root`, and the folders on the way to it. */
export function makeNode({ type, major, minor, mode, path }: DeviceNode, root: string): Script {
  const { parent, base } = parted(path);
  return sh`
    vmb_make_folder ${root} ${parent}
    mknod -m ${mode.toString(8).padStart(4, '0')} "$VMB_PATH"/${base} ${type} ${major} ${minor}
  `;
}
