// Packing: where everything lies, whatever the sizes; nothing overlaps, and the text that says so has room before it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extentOf, jobDiskBytes, layOutJob } from '../../../build-vm/border/job-text.ts';
import { packSession } from '../../../build-vm/border/pack.ts';
import type { Session } from '../../../build-vm/border/session.ts';
import { nonce, sessionOf } from './scripted-machine.ts';

const mebibyte = 1024 * 1024;

function sessionWith(sizes: readonly number[], payloadBytes: number): Session {
  const build = sizes.map((sizeBytes, index) => ({ id: `disk.d${index}`, role: 'build' as const, sizeBytes }));
  const payloadsIn = [{ name: 'tree', lengthBytes: payloadBytes }];
  return {
    ...sessionOf([
      { number: 1, title: 'format', script: 'true\n', timeoutMs: 1000, clockSeconds: 1_767_225_600, payloadsIn },
    ]),
    disks: [
      { id: 'system', role: 'system', sizeBytes: 33_554_432 },
      { id: 'job', role: 'job', sizeBytes: 0 },
      ...build,
      { id: 'scratch', role: 'scratch', sizeBytes: 3 * mebibyte },
      { id: 'out', role: 'payload-out', sizeBytes: 5 * mebibyte },
    ],
    regions: [
      ...build.map(({ id, sizeBytes }) => ({ name: id.slice(5), disk: id, offsetBytes: 0, lengthBytes: sizeBytes })),
      { name: 'part', disk: 'disk.d0', offsetBytes: 4096, lengthBytes: 512 },
    ],
  };
}

test('two disks are left, and the table says where the others lie on the second', () => {
  const { session, parts } = packSession(sessionWith([67_108_864, 1_000_448], 5_000));
  const text = layOutJob(session, nonce).head.subarray(512).toString();
  expect(text.slice(0, text.indexOf('step'))).toMatchInlineSnapshot(`
    "version 2
    epoch 1767225600
    disk 1 system 33554432
    disk 2 job -
    region d0 2 1048576 67108864
    region d1 2 68157440 1000448
    region part 2 1052672 512
    scratch 2 69206016 3145728
    payload-out 2 72351744 5242880
    "
  `);
  expect(session.disks.map(({ id, sizeBytes }) => `${id} ${sizeBytes}`)).toEqual(['system 33554432', 'job 77594624']);
  expect(parts.map(({ handle, offsetBytes }) => `${handle.id} ${offsetBytes}`)).toEqual([
    'disk.d0 1048576',
    'disk.d1 68157440',
    'scratch 69206016',
    'out 72351744',
  ]);
});

test('without scratch and payload-out there is none afterwards', () => {
  const whole = sessionWith([mebibyte], 0);
  const { session } = packSession({ ...whole, disks: whole.disks.slice(0, 3) });
  expect([extentOf(session, 'scratch'), extentOf(session, 'payload-out')]).toEqual([undefined, undefined]);
});

test('nothing overlaps, everything is aligned and on the disk', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 2 ** 40 }), { minLength: 1, maxLength: 20 });
  // Text whose length is close to a whole MiB, so that another digit in an offset makes the difference.
  const payload = fc.integer({ min: mebibyte - 6000, max: mebibyte });
  fc.assert(
    fc.property(sizes, payload, (bytes, payloadBytes) => {
      const { session, parts } = packSession(sessionWith(bytes, payloadBytes));
      let free = jobDiskBytes(session);
      for (const { handle, offsetBytes, lengthBytes } of parts) {
        expect(offsetBytes).toBeGreaterThanOrEqual(free);
        expect([offsetBytes % mebibyte, lengthBytes]).toEqual([0, handle.sizeBytes]);
        free = offsetBytes + lengthBytes;
      }
      expect(session.disks[1]?.sizeBytes).toBeGreaterThanOrEqual(free);
    }),
  );
});
