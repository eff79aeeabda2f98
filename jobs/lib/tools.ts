// Programs that are not in the build-VM itself: a script with this line in any part of it makes its step one that is given them.
import { type Script, sh, withTools } from './shell.ts';

export const useTools: Script = withTools(sh`vmb_tools`);
