// Programs that are not in the build-VM itself: a job whose effects say `tools: true` begins its script with this line.
import { type Script, sh } from './shell.ts';

export const useTools: Script = sh`vmb_tools`;
