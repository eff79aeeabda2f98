// The job disk: a header and a text that `head` shows, payloads where the text says, and lengths that are checked.
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeJobDisk } from '../../../build-vm/border/job-disk.ts';
import { jobDiskBytes, layOutJob } from '../../../build-vm/border/job-text.ts';
import type { Session } from '../../../build-vm/border/session.ts';
import { nonce, sessionOf } from './scripted-machine.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-job-disk-'));
});
afterAll(() => rm(folder, { recursive: true }));

const session: Session = {
  ...sessionOf([
    {
      number: 1,
      title: 'label main',
      script: 'echo ä\n',
      timeoutMs: 1_500,
      clockSeconds: 1_767_225_600,
      payloadsIn: [],
    },
    {
      number: 4,
      title: 'copy-in "x" → main:1:/',
      script: '',
      timeoutMs: 600_000,
      clockSeconds: 1_767_225_602,
      payloadsIn: [
        { name: 'tree', lengthBytes: 5_000 },
        { name: 'list', lengthBytes: 0 },
        { name: 'last', lengthBytes: 3 },
      ],
    },
  ]),
  disks: [
    { id: 'system', role: 'system', sizeBytes: 33_554_432 },
    { id: 'job', role: 'job', sizeBytes: 0 },
    { id: 'disk.main', role: 'build', sizeBytes: 67_108_864 },
    { id: 'scratch', role: 'scratch', sizeBytes: 1_048_576 },
    { id: 'out', role: 'payload-out', sizeBytes: 2_097_152 },
  ],
};

const bytesOf: Record<string, Buffer> = {
  tree: Buffer.alloc(5_000, 't'),
  list: Buffer.alloc(0),
  last: Buffer.from('end'),
};

async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 999) yield bytes.subarray(at, at + 999);
}

describe('a job disk', () => {
  test('begins with a line and a text for people', () => {
    const { head } = layOutJob(session, nonce);
    expect(head.subarray(0, 512).toString().replaceAll('\n\n', '')).toMatchInlineSnapshot(`
      "vmb-job 2 363 52404863ec31baa8aae612f07f753956d41c1f3055eb80ce09f64da6c61afcf3 00112233445566778899aabbccddeeff
      "
    `);
    expect(head.subarray(512).toString()).toMatchInlineSnapshot(`
      "version 2
      epoch 1767225600
      disk 1 system 33554432
      disk 2 job -
      disk 3 build 67108864
      disk 4 scratch 1048576
      disk 5 payload-out 2097152
      region main 3 0 67108864
      scratch 4 0 1048576
      payload-out 5 0 2097152
      step 1 0 8 2 1767225600 label main
      step 4 8 0 600 1767225602 copy-in "x" ? main:1:/
      payload 4 tree 0 5000
      payload 4 list 8192 0
      payload 4 last 8192 3

      echo ä
      "
    `);
  });

  test('has a header block whose length and digest are those of the text', () => {
    const { head } = layOutJob(session, nonce);
    const [, , length = '', digest] = head.toString('latin1', 0, 512).trim().split(' ');
    const text = head.subarray(512);
    expect([Number(length), digest]).toEqual([text.length, createHash('sha256').update(text).digest('hex')]);
  });

  test('holds its payloads at multiples of 4096', async () => {
    const path = join(folder, 'whole');
    await writeJobDisk(path, session, nonce, (_step, name) => inPieces(bytesOf[name] ?? Buffer.alloc(0)));
    const disk = await readFile(path);
    const { payloads, diskBytes } = layOutJob(session, nonce);
    expect(disk.length).toBe(diskBytes);
    expect(diskBytes).toBe(jobDiskBytes(session));
    expect(payloads.map(({ offsetBytes }) => offsetBytes)).toEqual([4096, 12288, 12288]);
    for (const { name, offsetBytes, lengthBytes } of payloads) {
      expect(disk.subarray(offsetBytes, offsetBytes + lengthBytes)).toEqual(bytesOf[name]);
    }
  });

  test('holds once what several payloads share', async () => {
    const payloadsIn = [
      { name: 'own', lengthBytes: 5_000 },
      { name: 'tools', lengthBytes: 4_097, sharedAs: 'tools' },
      { name: 'next', lengthBytes: 1 },
    ];
    const steps = [1, 2].map((number) => ({
      number,
      title: 'x',
      script: '',
      timeoutMs: 1000,
      clockSeconds: 1_767_225_600,
      payloadsIn,
    }));
    const sharing = { ...session, steps };
    const path = join(folder, 'shared');
    let opened = 0;
    await writeJobDisk(path, sharing, nonce, (step, name) => {
      opened += 1;
      const length = payloadsIn.find((payload) => payload.name === name)?.lengthBytes ?? 0;
      return inPieces(Buffer.alloc(length, name === 'tools' ? 't' : `${step}`));
    });
    const { payloads } = layOutJob(sharing, nonce);
    const disk = await readFile(path);
    const found = payloads.map(({ step, name, offsetBytes, lengthBytes }) => {
      const bytes = disk.subarray(offsetBytes, offsetBytes + lengthBytes);
      return `${step} ${name} ${offsetBytes} ${bytes.every((byte) => byte === bytes[0])} ${bytes.subarray(0, 1)}`;
    });
    expect(found).toEqual([
      '1 own 4096 true 1',
      '1 tools 12288 true t',
      '1 next 20480 true 1',
      '2 own 24576 true 2',
      '2 tools 12288 true t',
      '2 next 32768 true 2',
    ]);
    expect(opened).toBe(5);
  });

  test.each([
    ['fewer', 2],
    ['more', 4],
  ])('refuses a payload with %s bytes than its session says', async (word, length) => {
    const source = (_step: number, name: string) =>
      inPieces(name === 'last' ? Buffer.alloc(length, 'x') : (bytesOf[name] ?? Buffer.alloc(0)));
    const found = word === 'more' ? 'more' : 'only 2';
    await expect(writeJobDisk(join(folder, word), session, nonce, source)).rejects.toMatchObject({
      code: 'payload-length',
      message: `Payload last of step 4 should have 3 bytes but has ${found}: its files changed while they were read. Run the build again when nothing writes to them.`,
    });
  });

  test('leaves holes where a payload is zeros', async () => {
    const lengthBytes = 64 * 1024 * 1024;
    const steps = [
      {
        number: 1,
        title: 'x',
        script: '',
        timeoutMs: 1000,
        clockSeconds: 1_767_225_600,
        payloadsIn: [{ name: 'zeros', lengthBytes }],
      },
    ];
    const path = join(folder, 'sparse');
    await writeJobDisk(path, { ...session, steps }, nonce, () => inPieces(Buffer.alloc(lengthBytes)));
    expect((await stat(path)).blocks * 512).toBeLessThan(1024 * 1024);
  });

  test('holds scripts of any bytes at the places that its text says', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { minLength: 1 }), (scripts) => {
        const steps = scripts.map((script, index) => {
          return { number: index + 1, title: 'x\ny', script, timeoutMs: 1, clockSeconds: 0, payloadsIn: [] };
        });
        const text = layOutJob({ ...session, steps }, nonce).head.subarray(512);
        const table = text.toString('latin1').split('\n\n')[0] ?? '';
        const places = [...table.matchAll(/^step [0-9]+ ([0-9]+) ([0-9]+) 1 0 x\?y$/gm)];
        const found = places.map(([, offset, length]) => {
          const at = table.length + 2 + Number(offset);
          return text.subarray(at, at + Number(length));
        });
        expect(found).toEqual(scripts.map((script) => Buffer.from(script)));
      }),
    );
  });
});
