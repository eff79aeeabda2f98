// Runs PowerShell on another machine over ssh, whatever shell its server gives commands to.
import type { Readable } from 'node:stream';
import { AdapterError } from './adapter-error.ts';
import type { RunPowershell } from './run-powershell.ts';
import type { SshConnection } from './ssh-connection.ts';

const outputLimitBytes = 16 * 1024 * 1024;

/** The words are options and base64: letters, digits, `-+/=`, which mean themselves to cmd.exe, PowerShell and sh alike. */
export function sshPowershell(connection: SshConnection): RunPowershell {
  return async (args) => {
    const unsafe = args.find((word) => !/^[A-Za-z0-9+/=-]+$/.test(word));
    if (unsafe !== undefined) throw new Error(`Internal error: not a word for every shell: ${unsafe}`);
    const channel = await connection.exec(['powershell', ...args].join(' '));
    channel.stdin.end();
    const output = Promise.all([channel.stdout, channel.stderr].map(gather));
    output.catch(() => undefined);
    const { exitCode = 128, lost } = await channel.exited;
    if (lost !== undefined) throw lost;
    const [stdout = '', stderr = ''] = await output;
    if (exitCode === 0 || (exitCode === 1 && !saysUnknown(stderr))) return { exitCode, stdout, stderr };
    if (exitCode === 127 || exitCode === 9009 || exitCode === 1)
      throw new AdapterError('program-missing', `${connection.name}: there is no PowerShell on this machine.`);
    throw new AdapterError(
      'program-failed',
      `${connection.name}: PowerShell ended with exit code ${exitCode}.\n${(stderr || stdout).slice(-2_000)}`.trimEnd(),
    );
  };
}

/** cmd.exe, of a program that it does not find; PowerShell's own errors come as XML. */
function saysUnknown(stderr: string): boolean {
  return stderr.startsWith("'powershell' ");
}

async function gather(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > outputLimitBytes) throw new AdapterError('program-failed', 'PowerShell there says too much.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}
