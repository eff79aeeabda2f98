// The terminal report on a real pseudo-terminal, read by what a person would see.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BuildEvent } from '../../../runner/event.ts';
import { type Compiled, compile } from '../../compile.ts';
import { failing, succeeding } from './sample-events.ts';
import { makeScreen } from './screen.ts';

let compiled: Compiled;

beforeAll(async () => {
  compiled = await compile();
}, 60_000);

afterAll(() => compiled.remove());

interface Terminal {
  send(...events: readonly BuildEvent[]): void;
  /** Resolves with the screen as soon as it satisfies; a screen that never does ends with the test's time. */
  until(satisfied: (screen: string) => boolean): Promise<string>;
  finish(): Promise<{ screen: string; raw: string }>;
}

async function openTerminal(columns: number, environment: Record<string, string> = {}): Promise<Terminal> {
  const driver = join(import.meta.dirname, 'terminal-driver.mjs');
  const report = join(compiled.folder, 'runner/report/choose-report.js');
  const command = `stty -echo cols ${columns} rows 24; exec ${process.execPath} ${driver} ${report}`;
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...inherited } = process.env;
  const child: ChildProcess = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { ...inherited, TERM: 'xterm-256color', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const screen = makeScreen();
  let raw = '';
  const watchers = new Set<() => void>();
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    raw += text;
    screen.write(text);
    for (const watcher of watchers) watcher();
  });
  const shown = () => screen.lines().join('\n');
  const until = (satisfied: (text: string) => boolean) =>
    new Promise<string>((resolve) => {
      const look = () => {
        if (!satisfied(shown())) return;
        watchers.delete(look);
        resolve(shown());
      };
      watchers.add(look);
      look();
    });
  await until((text) => text.includes('ready'));
  return {
    send: (...events) => void child.stdin?.write(events.map((event) => `${JSON.stringify(event)}\n`).join('')),
    until,
    async finish() {
      child.stdin?.write('end\n');
      await once(child, 'close');
      return { screen: shown(), raw };
    },
  };
}

/** Spinner frames are all the same to a reader. */
function still(screen: string): string {
  return screen.replaceAll(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, '*');
}

test('what runs shows its last line and its time, what is done stays', async () => {
  const terminal = await openTerminal(100);
  const output = succeeding.findIndex((event) => event.type === 'step-output');
  terminal.send(...succeeding.slice(0, output + 1));
  const running = await terminal.until(
    (screen) => screen.includes('› compiling a.c') && screen.includes('run make  1 s'),
  );
  expect(still(running)).toMatchInlineSnapshot(`
    "ready
    Building hello-efi 1 (x86_64) of images: 3 steps in 1 session, with build-VM 3f2a91c04d5e
    VMM: qemu 7.2.22, software emulation (tcg): /dev/kvm opens but nothing boots on it
    ✔ [1/3] create main, 64MiB  0.0 s
    ✔ boot the build-VM for steps 2-3  1.9 s
    s1: nothing came up within 120 s. Trying once more.
    * [2/3] run make  1 s
      › compiling a.c
    "
  `);
  terminal.send(...succeeding.slice(output + 1));
  const { screen, raw } = await terminal.finish();
  expect(screen).toMatchInlineSnapshot(`
    "ready
    Building hello-efi 1 (x86_64) of images: 3 steps in 1 session, with build-VM 3f2a91c04d5e
    VMM: qemu 7.2.22, software emulation (tcg): /dev/kvm opens but nothing boots on it
    ✔ [1/3] create main, 64MiB  0.0 s
    ✔ boot the build-VM for steps 2-3  1.9 s
    s1: nothing came up within 120 s. Trying once more.
    ✔ [2/3] run make  2.5 s
    ✔ [3/3] export main  0.4 s
      layout.main.1: fresh
    /out/hello-efi.img  64 MiB  sha256 cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
    Done in 6.2 s. Record: /out/hello-efi.record.json
    finished
    "
  `);
  // Nothing that the step printed has reached the terminal as a control.
  expect(raw).not.toContain('\u001b[2J');
  expect(raw).not.toContain('\u001b]0;');
  expect(raw).not.toContain('\u009b');
  expect(raw).toContain('\u001b[32m');
});

test('a failure shows the last lines, the log and how to look closer', async () => {
  const terminal = await openTerminal(100);
  terminal.send(...failing);
  expect((await terminal.finish()).screen).toMatchInlineSnapshot(`
    "ready
    Building hello-efi 1 (x86_64) of images: 3 steps in 1 session, with build-VM 3f2a91c04d5e
    VMM: qemu 7.2.22, software emulation (tcg): /dev/kvm opens but nothing boots on it
    ✔ [1/3] create main, 64MiB  0.0 s
    ✔ boot the build-VM for steps 2-3  1.9 s
    s1: nothing came up within 120 s. Trying once more.
    ✖ [2/3] run make  1 min 04 s
    Last lines:
      | compiling a.c
      | \\x1b[2Jerror: \\x00
    Console log: /state/logs/images/hello-efi.log
    To look closer:
      vmb build --repo images --name hello-efi --version 1 --arch x86_64 --keep
    finished
    "
  `);
});

test('a narrow terminal and no colours', async () => {
  const terminal = await openTerminal(30, { NO_COLOR: '1' });
  const output = succeeding.findIndex((event) => event.type === 'step-output');
  terminal.send(...succeeding.slice(0, output + 2));
  const running = await terminal.until((screen) => screen.includes('› \\x1b'));
  expect(still(running).split('\n').slice(-3).join('\n')).toMatchInlineSnapshot(`
    "* [2/3] run make  0 s
      › \\x1b[2J\\x1b]0;owned\\x07…
    "
  `);
  terminal.send(...succeeding.slice(output + 2));
  const { raw } = await terminal.finish();
  expect(raw).not.toMatch(/\u001b\[\d+m/);
});

test('a long title leaves room for the time', async () => {
  const terminal = await openTerminal(80);
  const [started] = succeeding;
  if (started === undefined) throw new Error('no events');
  const step = { step: 2, job: 'run', title: `run ${'x'.repeat(200)}`, fingerprint: '' };
  terminal.send(started, { type: 'step-started', ...step });
  terminal.send({ type: 'step-done', step: 2, durationMs: 83_000, facts: {} });
  const { screen } = await terminal.finish();
  const line = screen.split('\n').find((text) => text.includes('run xxx')) ?? '';
  expect(line).toMatch(/x… {2}1 min 23 s$/);
  expect(line.length).toBeLessThanOrEqual(80);
});

test('a build that is interrupted leaves no task that seems to run', async () => {
  const terminal = await openTerminal(100);
  terminal.send(...succeeding.slice(0, 8));
  const { screen } = await terminal.finish();
  expect(
    still(screen)
      .split('\n')
      .slice(-3)
      .join('\n')
      .replace(/\d\.\d s/, 'TIME'),
  ).toMatchInlineSnapshot(`
    "✖ [2/3] run make  TIME
    finished
    "
  `);
});

test('too narrow for one line, and dumb terminals: plain lines', async () => {
  for (const terminal of [await openTerminal(15), await openTerminal(80, { TERM: 'dumb' })]) {
    terminal.send(...succeeding.slice(0, 4));
    const { raw } = await terminal.finish();
    expect(raw).toContain('[1/3] done in 0.0 s');
    expect(raw).not.toContain('\u001b');
  }
});
