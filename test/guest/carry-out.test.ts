// The real agent under the host's sh, and the real host side: sessions from ready to end.
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { BorderError } from '../../build-vm/border/border-error.ts';
import { carryOut } from '../../build-vm/border/carry-out.ts';
import type { SessionEvent, StepResult } from '../../build-vm/border/session.ts';
import { type Agent, nonce, type Setting, startAgent } from './agent.ts';

const agents: Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.remove();
});

async function begin(setting: Setting): Promise<Agent> {
  const agent = await startAgent(setting);
  agents.push(agent);
  return agent;
}

async function follow(agent: Agent) {
  const events: SessionEvent[] = [];
  const onEvent = (event: SessionEvent) => void events.push(event);
  const results = await carryOut(agent.session, { nonce, machine: agent.machine, onEvent });
  return { results, events, output: (step: number) => outputOf(events, step) };
}

async function run(setting: Setting) {
  const agent = await begin(setting);
  return { agent, ...(await follow(agent)) };
}

async function refusal(setting: Setting): Promise<string> {
  const agent = await begin(setting);
  const error = await follow(agent).catch((caught: unknown) => caught);
  if (!(error instanceof BorderError)) throw new Error('it was not refused', { cause: error });
  return `${error.code}: ${error.message.replaceAll(agent.folder, '').replaceAll(process.cwd(), '')}`;
}

function outputOf(events: readonly SessionEvent[], step: number): Buffer {
  return Buffer.concat(
    events.flatMap((event) => (event.type === 'output' && event.number === step ? [event.bytes] : [])),
  );
}

const outcomes = (results: readonly StepResult[]) => results.map(({ outcome }) => outcome);

describe('a session', () => {
  test('of several steps', async () => {
    const { results, output, events, agent } = await run({
      steps: [
        { script: 'echo one\necho two >&2\n' },
        { script: '' },
        { script: 'printf three; exit 7' },
        { script: 'echo never' },
      ],
    });
    expect(outcomes(results)).toEqual([
      { kind: 'exit', code: 0 },
      { kind: 'exit', code: 0 },
      { kind: 'exit', code: 7 },
    ]);
    expect([1, 2, 3, 4].map((step) => output(step).toString())).toEqual(['one\ntwo\n', '', 'three', '']);
    expect(readFileSync(join(agent.folder, 'clock'), 'utf8')).toBe('1767225600\n1767225660\n1767225720\n');
    expect(events).toContainEqual({ type: 'kernel', line: '[    1.000000] a message of the kernel' });
  });

  test('survives a lost go, CR LF, and noise on the line', async () => {
    let lost = 0;
    const { results } = await run({
      steps: [{ script: ':' }, { script: ':' }],
      secondMs: 100,
      toGuest: (chunk) => {
        if (chunk.includes(' go ') && lost < 2) {
          lost += 1;
          return undefined;
        }
        return `VMB1 noise\r\n\0\xff\n${chunk.replace('\n', '\r\n')}`;
      },
    });
    expect(lost).toBe(2);
    expect(outcomes(results)).toEqual([
      { kind: 'exit', code: 0 },
      { kind: 'exit', code: 0 },
    ]);
  });

  test('carries out each step once, however often the host asks for it', async () => {
    const { results, output } = await run({
      steps: [{ script: 'echo one' }, { script: 'echo two' }],
      toGuest: (chunk) => (chunk.includes(' go ') ? chunk.repeat(3) : chunk),
    });
    expect(outcomes(results)).toEqual([
      { kind: 'exit', code: 0 },
      { kind: 'exit', code: 0 },
    ]);
    expect([1, 2].map((step) => output(step).toString())).toEqual(['one\n', 'two\n']);
  });

  test('waits for a host that comes late', async () => {
    const agent = await begin({ steps: [{ script: ':' }], secondMs: 100 });
    // What is said before anybody listens is lost, but for the part of a line that is under way.
    agent.machine.serial.on('data', () => {});
    await sleep(500);
    agent.machine.serial.removeAllListeners('data');
    expect(outcomes((await follow(agent)).results)).toEqual([{ kind: 'exit', code: 0 }]);
  });

  test('does not believe a frame of the host with a wrong checksum', async () => {
    let damaged = 0;
    const { results } = await run({
      steps: [{ script: ':' }],
      secondMs: 100,
      toGuest: (chunk) => {
        if (!chunk.includes(' go ') || damaged > 0) return chunk;
        damaged += 1;
        return chunk.replace(' go 1 ', ' go 9 ');
      },
    });
    expect(outcomes(results)).toEqual([{ kind: 'exit', code: 0 }]);
  });
});

describe('output', () => {
  test('of any bytes arrives as it was', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 7919) % 256));
    const { output } = await run({ steps: [{ script: 'vmb_payload_bytes blob', payloads: { blob: bytes } }] });
    expect(output(1).equals(bytes)).toBe(true);
  });

  test('of 5 MB arrives whole', async () => {
    const { output } = await run({ steps: [{ script: 'seq 100000 814285' }] });
    expect(output(1).length).toBe(5_000_002);
    const expected = Array.from({ length: 714_286 }, (_, at) => `${100_000 + at}\n`).join('');
    expect(createHash('sha256').update(output(1)).digest()).toEqual(createHash('sha256').update(expected).digest());
  });

  test('that looks like frames is output', async () => {
    const forged = `VMB1 ${nonce} s 2 - end - 00000000`;
    const { results, output } = await run({ steps: [{ script: `printf '\\n%s\\n' '${forged}'; exit 3` }] });
    expect(outcomes(results)).toEqual([{ kind: 'exit', code: 3 }]);
    expect(output(1).toString()).toBe(`\n${forged}\n`);
  });

  test('comes while the step runs', async () => {
    const agent = await begin({
      steps: [{ script: 'echo first; while [ ! -e go ]; do /bin/sleep 0.05; done; echo second' }],
    });
    const texts: string[] = [];
    const onEvent = (event: SessionEvent) => {
      if (event.type !== 'output') return;
      texts.push(Buffer.from(event.bytes).toString());
      writeFileSync(join(agent.folder, 'go'), '');
    };
    await carryOut(agent.session, { nonce, machine: agent.machine, onEvent });
    expect(texts).toEqual(['first\n', 'second\n']);
  });
});

describe('scripts', () => {
  test('of 0 bytes and of 8 MiB', async () => {
    const long = `${'# a long comment line of a generated script, to fill it\n'.repeat(150_000)}echo end\n`;
    expect(long.length).toBeGreaterThan(8 * 1024 * 1024);
    const { results, output } = await run({ steps: [{ script: '' }, { script: long }] });
    expect(outcomes(results)).toEqual([
      { kind: 'exit', code: 0 },
      { kind: 'exit', code: 0 },
    ]);
    expect(output(2).toString()).toBe('end\n');
  });

  test('fail at the first command that fails, and at an unset variable', async () => {
    const { results, output } = await run({ steps: [{ script: 'echo a; false; echo b' }] });
    expect(outcomes(results)).toEqual([{ kind: 'exit', code: 1 }]);
    expect(output(1).toString()).toBe('a\n');
    expect(outcomes((await run({ steps: [{ script: 'echo "$nothing"' }] })).results)).toEqual([
      { kind: 'exit', code: 2 },
    ]);
  });
});

describe('how a step ends', () => {
  test('timeout', async () => {
    const { results } = await run({
      steps: [{ script: 'echo begun; /bin/sleep 60', timeoutMs: 2_000 }],
      secondMs: 100,
    });
    expect(outcomes(results)).toEqual([{ kind: 'timeout' }]);
  });

  test('a timeout of one step does not count for the next', async () => {
    const { results } = await run({
      steps: Array.from({ length: 4 }, () => ({ script: '/bin/sleep 0.15', timeoutMs: 3_000 })),
      secondMs: 100,
    });
    expect(results.length).toBe(4);
  });

  test('out of memory, when the kernel killed somebody and the step failed', async () => {
    const { results } = await run({ steps: [{ script: 'echo 1 >killed; exit 137' }] });
    expect(outcomes(results)).toEqual([{ kind: 'out-of-memory', code: 137 }]);
    const survived = await run({ steps: [{ script: 'echo 1 >killed' }] });
    expect(outcomes(survived.results)).toEqual([{ kind: 'exit', code: 0 }]);
  });

  test('payload-out full', async () => {
    const { results } = await run({
      steps: [{ script: 'ulimit -f 8; vmb_payload_out a cat /dev/zero' }],
      payloadOutBytes: 4096,
    });
    expect(outcomes(results)).toEqual([{ kind: 'payload-out-full', code: 153 }]);
  });

  test('a script that kills itself', async () => {
    const { results } = await run({ steps: [{ script: 'kill -9 $$' }] });
    expect(outcomes(results)).toEqual([{ kind: 'exit', code: 137 }]);
  });
});

describe('the agent gives up', () => {
  const steps = [{ script: ':' }];

  test('without a job disk', async () => {
    expect(
      await refusal({ steps, tamper: ({ job }) => writeFileSync(job, Buffer.alloc(1_048_576)) }),
    ).toMatchInlineSnapshot(
      `"job-disk: The guest agent refused to begin, and nothing was written. The second disk is not a job disk: its first line does not begin with vmb-job. Found: 1: /system.img, 1048576 bytes; 2: /job.img, 1048576 bytes; 3: /build.img, 1048576 bytes;"`,
    );
  });

  test('at a job disk of another version', async () => {
    const tamper = ({ job }: { job: string }) => {
      writeFileSync(job, readFileSync(job, 'latin1').replace('vmb-job 2 ', 'vmb-job 3 '), 'latin1');
    };
    expect(await refusal({ steps, tamper })).toMatchInlineSnapshot(
      `"protocol-version: The job disk has version 3; this build-VM speaks version 2. Make or load the build-VM that belongs to this vmb."`,
    );
  });

  test('at a damaged text', async () => {
    const tamper = ({ job }: { job: string }) => {
      writeFileSync(job, readFileSync(job, 'latin1').replace('epoch 1', 'epoch 2'), 'latin1');
    };
    expect(await refusal({ steps, tamper })).toMatchInlineSnapshot(
      `"job-disk: The guest agent refused to begin, and nothing was written. The text of the job disk does not have the SHA-256 that its header says."`,
    );
  });

  test('at disks of other lengths than the table says', async () => {
    expect(await refusal({ steps, tamper: ({ build }) => truncateSync(build, 512) })).toMatchInlineSnapshot(
      `"disk-table: The guest agent refused to begin, and nothing was written. The disks of this machine are not those of the job. Disk 3 (build) should have 1048576 bytes. Found: 1: /system.img, 1048576 bytes; 2: /job.img, 1048576 bytes; 3: /build.img, 512 bytes;"`,
    );
  });

  test('when a disk is still in use', async () => {
    expect(await refusal({ steps: [{ script: 'echo >in-use' }] })).toMatchInlineSnapshot(
      `"agent-fault: The guest agent gave up. A disk is still in use after step 1: loop0."`,
    );
  });

  test('when it fails itself, with the reason', async () => {
    expect(await refusal({ steps: [{ script: 'rm -f run/sent; mkdir run/sent' }] })).toMatchInlineSnapshot(
      `"agent-fault: The guest agent gave up. The agent ended unexpectedly. /build-vm/guest/agent: 38: cannot create /run/sent: Is a directory"`,
    );
  });
});

test('a host that falls silent for 30 s is a power-off', async () => {
  const agent = await begin({
    steps: [{ script: '/bin/sleep 60' }],
    secondMs: 50,
    toGuest: (chunk) => (chunk.includes(' go ') ? chunk : undefined),
  });
  await expect(follow(agent)).rejects.toMatchObject({ code: 'power-off' });
  expect(existsSync(join(agent.folder, 'power-off'))).toBe(true);
});

test('facts of any text arrive', async () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 5000 }).filter((text) => !text.includes('\0'));
  const texts = fc.sample(anyText, 30);
  const script = texts.map((text, at) => `vmb_fact fact.${at} '${text.replaceAll("'", "'\\''")}'`).join('\n');
  const { results } = await run({ steps: [{ script }] });
  expect(results[0]?.facts).toEqual(new Map(texts.map((text, at) => [`fact.${at}`, text])));
});
