// Behaves towards its starter as QEMU does, without a machine: `node stand-in-qemu.mjs SCENARIO SOCKET`.
import { connect } from 'node:net';
import { stdin, stdout } from 'node:process';

const [scenario, socketPath] = process.argv.slice(2);

if (scenario === 'refuse') {
  process.stderr.write('qemu-system-x86_64: cannot set up guest memory: Cannot allocate memory\n');
  process.exit(1);
}

const shutdown = (reason) => event('SHUTDOWN', { guest: reason.startsWith('guest'), reason });
const scenarios = {
  echo: () => stdin.pipe(stdout),
  agent: () => stdout.write('\x1b[2Jfirmware\r\nVMB1 - s 1 - ready\n'),
  hang: () => undefined,
  stubborn: () => undefined,
  // The last words and the end come at once: nothing of it may be lost.
  'guest-shutdown': () => stdout.write(Buffer.alloc(1_000_000, 'x'), () => leave(shutdown('guest-shutdown'))),
  'guest-reset': () => leave(shutdown('guest-reset')),
  'guest-panic': () => leave(shutdown('guest-panic')),
  'no-event': () => process.exit(0),
  'exit-3': () => {
    process.stderr.write('something broke\n', () => process.exit(3));
  },
  'killed-by-host': () => process.kill(process.pid, 'SIGKILL'),
  'full-disk': () =>
    say(
      event('BLOCK_IO_ERROR', {
        device: '',
        'node-name': 'disk2-file',
        operation: 'write',
        action: 'stop',
        nospace: true,
      }),
    ),
  'bad-sector': () => {
    say(
      event('BLOCK_IO_ERROR', {
        device: '',
        'node-name': 'disk2-file',
        operation: 'read',
        action: 'report',
        nospace: false,
      }),
    );
    leave(shutdown('guest-shutdown'));
  },
};

let socket;
if (scenario === 'silent') setInterval(() => undefined, 1_000);
else start();

function start() {
  socket = connect(socketPath, () =>
    say({ QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 } }, capabilities: [] } }),
  );
  let said = '';
  socket.on('data', (bytes) => {
    said += bytes;
    if (!said.includes('\n')) return;
    const { execute } = JSON.parse(said);
    said = '';
    if (execute === 'quit' && scenario === 'stubborn') return;
    say({ return: {} });
    if (execute === 'quit') leave(shutdown('host-qmp-quit'));
    else scenarios[scenario]();
  });
}

function event(name, data) {
  return { timestamp: { seconds: 1, microseconds: 2 }, event: name, data };
}

function say(message) {
  // In two pieces, as a loaded host may deliver it.
  const text = `${JSON.stringify(message)}\r\n`;
  socket.write(text.slice(0, 7));
  socket.write(text.slice(7));
}

function leave(message) {
  say(message);
  socket.end(() => process.exit(0));
}
