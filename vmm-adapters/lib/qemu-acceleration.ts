// Decides what runs the guest: hardware that proved itself, else software emulation; with the reason for people.
import { AdapterError } from './adapter-error.ts';
import type { Accelerator } from './qemu-command-line.ts';
import type { QemuFacts } from './qemu-facts.ts';
import type { AcceleratorChoice } from './qemu-hardware.ts';
import type { Verdict } from './qemu-trial.ts';
import type { VerdictFile } from './verdict-file.ts';
import type { VmmHost } from './vmm-host.ts';

export interface Acceleration {
  readonly accelerator: Accelerator;
  /** "software emulation (tcg): there is no /dev/kvm" */
  readonly because: string;
}

export interface AccelerationQuestion {
  readonly choice: AcceleratorChoice;
  readonly facts: Pick<QemuFacts, 'version' | 'accelerators'>;
  /** What else a verdict holds for; undefined when there is nothing to try with. */
  readonly trialKey: string | undefined;
  readonly verdicts: VerdictFile;
  readonly tryIt: (accelerator: Accelerator) => Promise<Verdict>;
  /** Why this host cannot have it, as far as a look tells. */
  readonly obstacle: (accelerator: Accelerator) => Promise<string | undefined>;
}

/** @throws AdapterError `adapter-unusable` when the chosen accelerator does not exist here */
export async function chooseAcceleration(question: AccelerationQuestion): Promise<Acceleration> {
  const { choice, facts } = question;
  if (choice === 'auto') return chooseByTrial(question);
  if (!facts.accelerators.includes(choice)) {
    throw new AdapterError(
      'adapter-unusable',
      `QEMU ${facts.version} was built without ${choice}; it has: ${[...facts.accelerators].sort().join(', ')}.`,
    );
  }
  return { accelerator: choice, because: `${choice}, because --vmm-option accel=${choice} asks for it` };
}

const hardware = ['kvm', 'hvf', 'whpx'] as const;

async function chooseByTrial(question: AccelerationQuestion): Promise<Acceleration> {
  const { facts, trialKey, verdicts, tryIt, obstacle } = question;
  const candidate = hardware.find((name) => facts.accelerators.includes(name));
  if (candidate === undefined) return emulation('this QEMU has no hardware acceleration');
  const reason = await obstacle(candidate);
  if (reason !== undefined) return emulation(reason);
  if (trialKey === undefined) return emulation(`there is no build-VM yet to try ${candidate} with`);
  const key = `${candidate}, QEMU ${facts.version}, ${trialKey}`;
  let verdict = await verdicts.find(key);
  if (verdict === undefined) {
    verdict = await tryIt(candidate);
    await verdicts.remember(key, verdict);
  }
  if (verdict.works) return { accelerator: candidate, because: `${candidate}: ${verdict.because}` };
  return emulation(`${candidate} is there, but ${verdict.because}`);
}

function emulation(reason: string): Acceleration {
  return { accelerator: 'tcg', because: `software emulation (tcg): ${reason}` };
}

/** What a look at the machine tells, before anything is tried. */
export async function obstacleOn(host: Pick<VmmHost, 'mayUse'>, accelerator: Accelerator): Promise<string | undefined> {
  if (accelerator !== 'kvm') return undefined;
  switch (await host.mayUse('/dev/kvm')) {
    case 'yes':
      return undefined;
    case 'missing':
      return 'there is no /dev/kvm';
    case 'forbidden':
      return 'you may not use /dev/kvm; join the group kvm (usermod -aG kvm USER, then log in again)';
  }
}
