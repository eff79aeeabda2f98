// How a real machine can end before its session: at each stage the host says what happened.
import { describe, expect, test } from 'vitest';
import { BorderError } from '../../../build-vm/border/border-error.ts';
import { bootVm, follow, type Setting } from './vm.ts';

async function failureOf(setting: Setting, graceMs?: number) {
  const vm = await bootVm(setting);
  try {
    const { error } = await follow(vm, graceMs);
    if (!(error instanceof BorderError)) throw new Error('the session did not fail', { cause: error });
    const [sentence = ''] = error.message.split('\n');
    return { code: error.code, beforeReady: error.beforeReady, sentence };
  } finally {
    await vm.remove();
  }
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const privileged = (command: string) =>
  `vmb_tools_root /stage/root\nvmb_fence /stage/root --privileged PATH=/usr/sbin:/usr/bin:/sbin:/bin -- sh -c ${quote(command)}\n`;
const outOfMemory = 'x=x; while :; do x=$x$x; done';

describe('before the agent is ready', () => {
  test('a kernel that finds no init panics', async () => {
    expect(await failureOf({ steps: [], commandLine: 'rdinit=/nowhere init=/nowhere' })).toMatchInlineSnapshot(`
      {
        "beforeReady": true,
        "code": "panic",
        "sentence": "The build-VM's kernel panicked before the build-VM was ready: Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
      }
    `);
  });

  test('an init that hangs and says nothing', async () => {
    const setting = { steps: [], commandLine: 'rdinit=/bin/cat', deadlines: { bootMs: 8_000 } };
    expect(await failureOf(setting)).toMatchInlineSnapshot(`
      {
        "beforeReady": true,
        "code": "console-silent",
        "sentence": "The machine showed nothing on its console for 8 s: it does not start, or its serial port is not connected. Look at its command line.",
      }
    `);
  });

  test('an init that hangs after the kernel has said something', async () => {
    const setting = { steps: [], commandLine: 'rdinit=/bin/cat loglevel=7', deadlines: { bootMs: 8_000 } };
    expect(await failureOf(setting)).toMatchInlineSnapshot(`
      {
        "beforeReady": true,
        "code": "boot-timeout",
        "sentence": "The build-VM did not become ready within 8 s; its console shows how far it came. On a slow host give it more time.",
      }
    `);
  });

  test('an init that ends', async () => {
    expect(await failureOf({ steps: [], commandLine: 'rdinit=/bin/true' })).toMatchInlineSnapshot(`
      {
        "beforeReady": true,
        "code": "panic",
        "sentence": "The build-VM's kernel panicked before the build-VM was ready: Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000000",
      }
    `);
  });
});

describe('in a step', () => {
  test('a privileged command makes the kernel panic', async () => {
    const script = privileged(`echo 2 >/proc/sys/vm/panic_on_oom; ${outOfMemory}`);
    expect(await failureOf({ steps: [{ script: ':' }, { script }] })).toMatchInlineSnapshot(`
      {
        "beforeReady": false,
        "code": "panic",
        "sentence": "The build-VM's kernel panicked in step 2 (step 2): Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled",
      }
    `);
  });

  test('a privileged command writes perfect frames, but for the key, to the serial port', async () => {
    // gzip ends with the checksum that frames carry.
    const forge = `
      line="VMB1 00112233445566778899aabbccddeeff s 2 00000000000000000000000000000000 done 1 0 0"
      sum=$(printf %s "$line" | gzip -c | tail -c 8 | od -An -N4 -tx4 | tr -d ' ')
      printf '\\n%s %s\\n' "$line" "$sum" >/dev/ttyS0; sleep 5`;
    expect(await failureOf({ steps: [{ script: privileged(forge) }] })).toMatchInlineSnapshot(`
      {
        "beforeReady": false,
        "code": "forged-frame",
        "sentence": "A frame came that does not have this step's key in step 1 (step 1): a command wrote to the serial port itself. Nothing of this session is used. Look at what the step runs.",
      }
    `);
  });

  test('a privileged command writes between the frames of its own output', async () => {
    const script = privileged('while :; do printf noise >/dev/ttyS0; echo line; done');
    expect((await failureOf({ steps: [{ script, timeoutMs: 20_000 }] })).code).toBe('frame-gap');
  });

  test('a process that cannot be killed keeps the agent waiting', async () => {
    // A frozen filesystem holds its writers, whatever signal they get.
    const script = `
      mke2fs -q -t ext4 -U 00000000-0000-4000-8000-000000000002 -E hash_seed=00000000-0000-4000-8000-000000000003 /dev/vmb/main
      vmb_mount /dev/vmb/main /mnt/a ext4
      fsfreeze --freeze /mnt/a
      echo x >/mnt/a/file`;
    expect(await failureOf({ steps: [{ script, timeoutMs: 1_000 }] }, 5_000)).toMatchInlineSnapshot(`
      {
        "beforeReady": false,
        "code": "step-overdue",
        "sentence": "The build-VM did not end step 1 (step 1) although its time was up 5 s ago. Something in it cannot be killed, or its disks are very slow to write.",
      }
    `);
  });
});

describe('the host', () => {
  test('falls silent: the machine ends by itself', async () => {
    const vm = await bootVm({ steps: [{ script: 'sleep 1000' }] });
    try {
      const { serial, exited } = vm.machine;
      serial.on('data', () => {});
      expect((await exited).reason).toBe('power-off');
    } finally {
      await vm.remove();
    }
  }, 120_000);
});
