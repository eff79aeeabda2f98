// How builds look as lines, as JSON, and the texts that both kinds for people share.
import { expect, test } from 'vitest';
import type { BuildEvent } from '../../../runner/event.ts';
import { amountText, durationText } from '../../../runner/report/amounts.ts';
import { chooseReport } from '../../../runner/report/choose-report.ts';
import { columns } from '../../../runner/report/columns.ts';
import { shellWords } from '../../../runner/report/shell-words.ts';
import { failing, succeeding } from './sample-events.ts';

async function reported(events: readonly BuildEvent[], how: { json: boolean; verbose: boolean }): Promise<string> {
  let written = '';
  const report = await chooseReport({ write: (text) => (written += text) }, {}, how);
  for (const event of events) report.take(event);
  await report.finish();
  return written;
}

test('a build that succeeds, as lines', async () => {
  expect(await reported(succeeding, { json: false, verbose: true })).toMatchInlineSnapshot(`
    "Building hello-efi 1 (x86_64) of images: 3 steps in 1 session, with build-VM 3f2a91c04d5e
    VMM: qemu 7.2.22, software emulation (tcg): /dev/kvm opens but nothing boots on it
    [1/3] create main, 64MiB
    [1/3] done in 0.0 s
    s1: boot the build-VM for steps 2-3
    s1 runs: qemu-system-x86_64 -append 'it'\\''s quiet' -m 512
    Note: s1: nothing came up within 120 s. Trying once more.
    s1: ready after 1.9 s
    [2/3] run make
    [2/3] | compiling a.c
    [2/3] | \\x1b[2J\\x1b]0;owned\\x07\\x0dhidden \\x9b31m\\u202e
    [2/3] done in 2.5 s
    [3/3] export main
    [3/3] layout.main.1: fresh
    [3/3] done in 0.4 s
    s1: ended after 5.1 s
    /out/hello-efi.img  64 MiB  sha256 cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
    Done in 6.2 s. Record: /out/hello-efi.record.json
    "
  `);
});

test('a build that hands nothing over says so', async () => {
  const done = { type: 'build-done', durationMs: 6200, record: '/out/web.record.json', artifacts: [] } as const;
  expect(await reported([done], { json: false, verbose: false })).toBe(
    `No artifacts: no step hands anything over. export, copy-out, tar-out, diff, and uki with "as" do.
Done in 6.2 s. Record: /out/web.record.json
`,
  );
});

test('a build that fails, as lines', async () => {
  expect(await reported(failing, { json: false, verbose: false })).toMatchInlineSnapshot(`
    "Building hello-efi 1 (x86_64) of images: 3 steps in 1 session, with build-VM 3f2a91c04d5e
    VMM: qemu 7.2.22, software emulation (tcg): /dev/kvm opens but nothing boots on it
    [1/3] create main, 64MiB
    [1/3] done in 0.0 s
    s1: boot the build-VM for steps 2-3
    Note: s1: nothing came up within 120 s. Trying once more.
    s1: ready after 1.9 s
    [2/3] run make
    [2/3] | compiling a.c
    [2/3] | \\x1b[2J\\x1b]0;owned\\x07\\x0dhidden \\x9b31m\\u202e
    [2/3] failed after 1 min 04 s
    Console log: /state/logs/images/hello-efi.log
    To look closer:
      vmb build --repo images --name hello-efi --version 1 --arch x86_64 --keep
    "
  `);
});

test('for programs: one event a line, with the schema’s number', async () => {
  const text = await reported(failing, { json: true, verbose: false });
  const lines = text.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(failing.map((event) => ({ schema: 1, ...event })));
  expect(text).not.toContain('\u001b');
});

test.each([
  [0, '0.0 s'],
  [449, '0.4 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 00 s'],
  [125_000, '2 min 05 s'],
  [3_599_400, '59 min 59 s'],
  [3_599_500, '1 h 00 min'],
  [3_720_000, '1 h 02 min'],
])('%i ms is %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1024, '1.0 KiB'],
  [4_928_307, '4.7 MiB'],
  [10_188_000, '9.7 MiB'],
  [67_108_864, '64 MiB'],
  [1_099_511_627_776, '1.0 TiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(amountText(bytes)).toBe(text);
});

test('words are quoted for a shell only where they must be', () => {
  expect(shellWords(['a', '-b=c', '', "it's", 'x y', '$HOME', 'a\nb', '/dev/vd*', 'ü'])).toBe(
    "a -b=c '' 'it'\\''s' 'x y' '$HOME' 'a\nb' '/dev/vd*' 'ü'",
  );
});

test('columns are as wide as they must be', () => {
  expect(
    columns([
      ['a', 'bb', 'c'],
      ['aaa', '', 'cc'],
      ['a', 'b', ''],
    ]),
  ).toEqual(['a    bb  c', 'aaa      cc', 'a    b']);
});
