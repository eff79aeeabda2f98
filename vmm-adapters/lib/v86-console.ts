// Runs one v86 machine with this terminal as its console: the program of the command lines that vmb prints for v86.
import { readCommandLine } from './v86-command-line.ts';
import { findDisk, saveDisk } from './v86-disks.ts';
import { startV86 } from './v86-machine.ts';

const endKey = 0x1d; // Ctrl-]

const hardware = readCommandLine(process.argv.slice(2), findDisk);
if (hardware === undefined) {
  process.stderr.write('Use a command line that vmb printed: --memory, --bios and --video-bios have to be there.\n');
  process.exitCode = 2;
} else {
  const machine = await startV86(hardware, new AbortController().signal);
  process.stderr.write('v86: Ctrl-] takes the power away.\n');
  machine.serial.pipe(process.stdout);
  if (process.stdin.isTTY) process.stdin.setRawMode(true);
  process.stdin.on('data', (bytes: Buffer) => {
    if (process.stdin.isTTY && bytes.includes(endKey)) void machine.stop();
    else machine.serial.write(bytes);
  });
  const { reason, detail } = await machine.exited;
  hardware.disks.forEach(saveDisk);
  if (process.stdin.isTTY) process.stdin.setRawMode(false);
  process.stdin.destroy();
  process.stderr.write(`v86: the machine ended (${reason}). ${detail}`.trimEnd().concat('\n'));
}
