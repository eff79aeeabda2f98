// The functions that scripts call, under the host's sh: where links lead, what payloads hold, what a fence refuses.
import { Buffer } from 'node:buffer';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { carryOut } from '../../build-vm/border/carry-out.ts';
import { nonce, type Setting, startAgent } from './agent.ts';

const guest = join(import.meta.dirname, '../../build-vm/guest');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-functions-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function inside(paths: readonly string[]): string[] {
  const script =
    '. "$vmb_guest/functions.sh"; for path; do vmb_inside "$root" "$path"; printf "%s\\0" "$VMB_PATH"; done';
  const env = { ...process.env, vmb_guest: guest, root: folder };
  return execFileSync('sh', ['-euc', script, 'sh', ...paths], { env, encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

/** Where the kernel would go with `root` as its root directory, reckoned over the links that were made. */
function resolve(links: ReadonlyMap<string, string>, path: string): string | undefined {
  const rest = path.split('/');
  const done: string[] = [];
  for (let followed = 0; rest.length > 0; ) {
    const name = rest.shift() ?? '';
    if (name === '' || name === '.') continue;
    if (name === '..') {
      done.pop();
      continue;
    }
    const target = links.get([...done, name].join('/'));
    if (target === undefined) {
      done.push(name);
      continue;
    }
    followed += 1;
    if (followed > 40) return undefined;
    if (target.startsWith('/')) done.length = 0;
    rest.unshift(...target.split('/'));
  }
  return done.join('/');
}

describe('vmb_inside', () => {
  test('never leaves its root, whatever links say', () => {
    const anyPart = fc.constantFrom('a', 'b', 'c', '..', '.', '', 'new\nline', ' ', '*', '-n');
    const anyPath = fc.array(anyPart, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    const anyTarget = fc.tuple(fc.boolean(), anyPath).map(([absolute, path]) => (absolute ? `/${path}` : path || 'a'));
    const anyLinks = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'd/a', 'd/c', 'd/new\nline'), anyTarget), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(anyLinks, fc.array(anyPath, { minLength: 1, maxLength: 10 }), (wanted, paths) => {
        rmSync(folder, { recursive: true });
        mkdirSync(join(folder, 'd'), { recursive: true });
        const links = new Map(wanted);
        for (const [name, target] of links) symlinkSync(target, join(folder, name));
        const queries = paths
          .flatMap((path) => [path, `d/${path}`])
          .filter((path) => resolve(links, path) !== undefined);
        const expected = queries.map((path) => `${folder}/${resolve(links, path)}`.replace(/\/$/, ''));
        expect(inside(queries)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('gives up at a circle', () => {
    symlinkSync('b', join(folder, 'a'));
    symlinkSync('a', join(folder, 'b'));
    expect(() => inside(['a/x'])).toThrow('a/x: this path leads through more than 40 links.');
  });
});

describe('payloads', () => {
  async function run(setting: Setting) {
    const agent = await startAgent(setting);
    try {
      const results = await carryOut(agent.session, { nonce, machine: agent.machine, onEvent: () => {} });
      const places = results.flatMap(({ payloadsOut }) => payloadsOut);
      const bytes = places.map(({ offsetBytes, lengthBytes }) => Buffer.from(agent.out(offsetBytes, lengthBytes)));
      return { results, places, bytes };
    } finally {
      await agent.remove();
    }
  }

  test('of any length go in and out as they were', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 9_000 }), { minLength: 1, maxLength: 4 }),
        async (payloads) => {
          const named = Object.fromEntries(payloads.map((bytes, at) => [`p${at}`, bytes]));
          const script = payloads.map((_, at) => `vmb_payload_bytes p${at} | vmb_payload_out o${at} cat`).join('\n');
          const { bytes } = await run({ steps: [{ script, payloads: named }], payloadOutBytes: 1_048_576 });
          expect(bytes).toEqual(payloads.map((payload) => Buffer.from(payload)));
        },
      ),
      { numRuns: 10 },
    );
  });

  test('of several steps stand one behind the other', async () => {
    const steps = [
      { script: 'vmb_payload_out a echo one; vmb_payload_out b printf ""' },
      { script: 'vmb_payload_out a echo two' },
    ];
    const { places, bytes } = await run({ steps, payloadOutBytes: 1_048_576 });
    expect(places).toEqual([
      { name: 'a', offsetBytes: 0, lengthBytes: 4 },
      { name: 'b', offsetBytes: 4096, lengthBytes: 0 },
      { name: 'a', offsetBytes: 4096, lengthBytes: 4 },
    ]);
    expect(bytes.map(String)).toEqual(['one\n', '', 'two\n']);
  });

  test('are read by tar, which stops at their end', async () => {
    writeFileSync(join(folder, 'file'), 'content\n');
    const tar = execFileSync('tar', ['-cf', '-', '-C', folder, 'file']);
    const script =
      'vmb_payload_in tree tar -xf -; cat file; vmb_payload_in tree tar -tf -; vmb_payload_bytes next | wc -c';
    const agent = await startAgent({ steps: [{ script, payloads: { tree: tar, next: new Uint8Array(3) } }] });
    const output: Uint8Array[] = [];
    await carryOut(agent.session, {
      nonce,
      machine: agent.machine,
      onEvent: (event) => event.type === 'output' && output.push(event.bytes),
    });
    await agent.remove();
    expect(Buffer.concat(output).toString()).toBe('content\nfile\n3\n');
  });

  test('a command that fails fails the step', async () => {
    const { results } = await run({
      steps: [{ script: 'vmb_payload_out a sh -c "echo x; exit 9"' }],
      payloadOutBytes: 4096,
    });
    expect(results).toMatchObject([{ outcome: { kind: 'exit', code: 9 } }]);
  });
});

describe('a fence', () => {
  test.each(['dev', 'proc', 'run', 'tmp'])('refuses a root whose /%s is a link', (name) => {
    symlinkSync('/', join(folder, name));
    const script = '. "$vmb_guest/functions.sh"; vmb_fence_folder "$name"';
    const env = { ...process.env, vmb_guest: guest, vmb_fence_root: folder, name };
    const { status, stderr } = spawnSync('sh', ['-euc', script], { env, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toBe(
      `/${name} of the command's root is no folder, so nothing can be mounted there. Make it a folder, or choose another root.\n`,
    );
  });
});
