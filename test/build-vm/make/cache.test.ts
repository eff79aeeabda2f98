// The cache: results appear whole or not at all, and one process at a time makes them.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolder, replaceFile } from '../../../build-vm/make/cache-layout.ts';
import { sha256OfText } from '../../../build-vm/make/digest.ts';
import { oneAtATime } from '../../../build-vm/make/one-at-a-time.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-cache-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a folder gets its name when it is full', async () => {
  await makeFolder(folder, async (temporary) => {
    await writeFile(join(temporary, 'a'), '1');
    expect(await readdir(folder)).toEqual([temporary.slice(folder.length + 1)]);
    return join(folder, 'deep/er/name');
  });
  expect(await readFile(join(folder, 'deep/er/name/a'), 'utf8')).toBe('1');
  expect(await readdir(folder)).toEqual(['deep']);
});

test('when filling fails nothing is left', async () => {
  const failing = makeFolder(folder, async (temporary) => {
    await writeFile(join(temporary, 'a'), '1');
    throw new Error('full disk');
  });
  await expect(failing).rejects.toThrow('full disk');
  expect(await readdir(folder)).toEqual([]);
});

test('when the name is taken meanwhile, the one that is there stays', async () => {
  await makeFolder(folder, async () => {
    await mkdir(join(folder, 'name'));
    await writeFile(join(folder, 'name/a'), 'first');
    return join(folder, 'name');
  });
  expect(await readFile(join(folder, 'name/a'), 'utf8')).toBe('first');
  expect(await readdir(folder)).toEqual(['name']);
});

test('a file is replaced, with nothing left beside it', async () => {
  await replaceFile(join(folder, 'in/pointer'), 'one');
  await replaceFile(join(folder, 'in/pointer'), 'two');
  expect(await readFile(join(folder, 'in/pointer'), 'utf8')).toBe('two');
  expect(await readdir(join(folder, 'in'))).toEqual(['pointer']);
});

test('two at once work one after the other, and the second says that it waits', async () => {
  const events: string[] = [];
  const work = (name: string) => () =>
    oneAtATime(
      folder,
      () => events.push(`${name} waits`),
      async () => {
        events.push(`${name} begins`);
        for (let turn = 0; turn < 5; turn += 1) await readdir(folder);
        events.push(`${name} ends`);
      },
    );
  await Promise.all([work('a')(), work('b')()]);
  const [first, second] = events.indexOf('a begins') < events.indexOf('b begins') ? ['a', 'b'] : ['b', 'a'];
  expect(events.filter((event) => !event.endsWith('waits'))).toEqual([
    `${first} begins`,
    `${first} ends`,
    `${second} begins`,
    `${second} ends`,
  ]);
  expect(events).toContain(`${second} waits`);
});

test('another folder does not wait', async () => {
  const inner = oneAtATime(folder, expect.unreachable, () =>
    oneAtATime(`${folder}/other`, expect.unreachable, async () => 'both'),
  );
  await expect(inner).resolves.toBe('both');
});

test('work that fails frees the folder', async () => {
  const failing = oneAtATime(folder, expect.unreachable, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  await expect(oneAtATime(folder, expect.unreachable, async () => 'free')).resolves.toBe('free');
});

test('a holder that is killed frees the folder', async () => {
  const program = 'require("node:net").createServer().listen("\\0" + process.argv[1], () => console.log("held"))';
  const holder = spawn(process.execPath, ['-e', program, `vmb-${sha256OfText(folder)}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  const order: string[] = [];
  const waiting = oneAtATime(
    folder,
    () => {
      order.push('waits');
      holder.kill('SIGKILL');
    },
    async () => void order.push('works'),
  );
  await waiting;
  expect(order).toEqual(['waits', 'works']);
});
