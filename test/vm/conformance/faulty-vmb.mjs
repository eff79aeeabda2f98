// vmb with a fault in QEMU's adapter, for cases that start the real program: faulty-vmb.mjs FAULT ARGUMENTS…
import { homedir } from 'node:os';
import { runCommandLine } from '../../../dist/runner/command-line/command-line.js';
import { installation } from '../../../dist/runner/installation.js';
import { registry } from '../../../dist/runner/registry.js';
import { foldersOf } from '../../../dist/runner/state/folders.js';

const [fault, ...argv] = process.argv.slice(2);

const faults = {
  'cannot sweep': (definition) => ({
    ...definition,
    sweep: async () => {
      throw new Error('there is no list of machines');
    },
  }),
  'does not say why it ended': (definition) => ({
    ...definition,
    open(context) {
      const inner = definition.open(context);
      return {
        ...inner,
        async boot(machine, signal) {
          const running = await inner.boot(machine, signal);
          return { ...running, exited: running.exited.then(() => ({ reason: 'failed', detail: '' })) };
        },
      };
    },
  }),
};

const cwd = process.cwd();
process.exitCode = await runCommandLine(argv, {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  folders: foldersOf(process.env, homedir(), cwd),
  cwd,
  signal: new AbortController().signal,
  registry: {
    ...registry,
    findAdapter: async (name) => {
      const definition = await registry.findAdapter(name);
      return definition && faults[fault](definition);
    },
  },
  ...installation(),
  nothingToUndo: (work) => work(),
  program: [],
});
