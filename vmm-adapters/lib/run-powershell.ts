// Runs PowerShell and reads what it complains about.
import { AdapterError } from './adapter-error.ts';
import type { CommandResult, CommandRunner } from './command.ts';
import { type PowershellScript, pieces, powershellArguments } from './powershell.ts';

/** `complaint`: what a cmdlet said before it ended the script; whole error records. */
export type Answer =
  | { readonly ok: true; readonly stdout: string }
  | { readonly ok: false; readonly complaint: string };

/** Runs `powershell` with these arguments; exit code 1 is a result. */
export type RunPowershell = (args: readonly string[]) => Promise<CommandResult>;

/** Without a signal: a PowerShell that is killed leaves open what its cmdlets have asked for and will still happen. */
export function localPowershell(commands: CommandRunner): RunPowershell {
  return (args) => commands.run('powershell', args, { okExitCodes: [0, 1] });
}

/**
 * Each cmdlet has to say `-ErrorAction 'Stop'` itself, or the lines after a failing one are carried out.
 * @throws AdapterError `program-missing` where there is no PowerShell
 */
export async function runPowershell(run: RunPowershell, script: PowershellScript): Promise<Answer> {
  let stdout = '';
  for (const piece of pieces(script)) {
    const result = await run(powershellArguments(piece));
    if (result.exitCode !== 0) return { ok: false, complaint: plain(result.stderr) || result.stdout };
    stdout = result.stdout;
  }
  return { ok: true, stdout };
}

/** The one line of JSON that a script ends with. @throws AdapterError for anything else */
export function jsonOf({ stdout }: { readonly stdout: string }): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(stdout);
    if (typeof value === 'object' && value !== null) return new Map(Object.entries(value));
  } catch {
    // Said below.
  }
  throw new AdapterError('program-failed', `PowerShell gave an answer that is not the JSON asked for:\n${stdout}`);
}

const clixmlMark = '#< CLIXML';

/**
 * Windows PowerShell writes its error stream as XML when an encoded command's output goes into a pipe, `-OutputFormat` or not
 * (PowerShell issue 5912). Only the texts of errors matter; progress is in there as well.
 */
function plain(stderr: string): string {
  const start = stderr.indexOf(clixmlMark);
  if (start === -1) return stderr.trim();
  const errors = [...stderr.slice(start).matchAll(/<S S="Error">([^<]*)<\/S>/g)].map(([, text = '']) =>
    unescaped(text),
  );
  return (stderr.slice(0, start) + errors.join('')).trim();
}

/** CLIXML writes control characters as _xHHHH_, the rest is XML. */
function unescaped(text: string): string {
  return text
    .replace(/_x([0-9A-F]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities.get(name) ?? '')
    .replaceAll('\r\n', '\n');
}

const entities = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['amp', '&'],
]);
