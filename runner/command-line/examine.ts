// Examines this machine: everything that builds need, one check after the other.
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { buildVmArchs } from '../../build-vm/make/arch.ts';
import type { BuildVm } from '../../build-vm/make/build-vm.ts';
import { findBuildVm } from '../../build-vm/make/find-build-vm.ts';
import type { AdapterDefinition, Probe } from '../../vmm-adapters/lib/adapter.ts';
import { localCommands } from '../../vmm-adapters/lib/command.ts';
import type { HostAddress } from '../../vmm-adapters/lib/ssh-address.ts';
import { amountText } from '../report/amounts.ts';
import { listWorkFolders } from '../state/work-folder.ts';
import type { Context } from './command.ts';
import { probeAdapter } from './probe-adapters.ts';

/** `missing`: nothing can be built without it. `note`: something that the user may want to know or change. */
export interface Examined {
  readonly status: 'ok' | 'note' | 'missing';
  readonly subject: string;
  readonly finding: string;
  /** More of the finding, one line each. */
  readonly details?: readonly string[];
  /** A command, or what to do. */
  readonly remedy?: string;
}

/** `host`: the machine whose VMMs are examined, when it is not this one. */
export async function examine(context: Context, host?: HostAddress): Promise<Examined[]> {
  return [
    examineNode(process.versions.node),
    ...examineBuildVms(context),
    ...(await examineVmms(context, host)),
    await examineQemuImg(),
    ...(await examineRoom(context)),
    ...(await examineWorkFolders(context)),
    ...Object.entries(context.folders).map(
      ([name, path]): Examined => ({ status: 'ok', subject: `${name} folder`, finding: path }),
    ),
  ];
}

export function examineNode(version: string): Examined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const subject = 'Node';
  if (major > 20 || (major === 20 && minor >= 19)) return { status: 'ok', subject, finding: version };
  return { status: 'missing', subject, finding: `${version} is too old`, remedy: 'install Node 20.19 or newer' };
}

function examineBuildVms({ folders }: Context): Examined[] {
  const found = buildVmArchs.map((arch) => ({ arch, buildVm: findBuildVm({ cacheFolder: folders.cache, arch }) }));
  const none = found.every(({ buildVm }) => buildVm === undefined);
  return found.map(({ arch, buildVm }): Examined => {
    const subject = `build-VM ${arch}`;
    if (buildVm !== undefined) return { subject, ...examineBuildVm(buildVm) };
    const finding = 'there is none that belongs to this vmb';
    const remedy = 'vmb build-vm make, or vmb build-vm load FILE';
    return { status: none ? 'missing' : 'note', subject, finding, remedy };
  });
}

function examineBuildVm({ digest, pinned, matchesCheckout, manifest }: BuildVm): Omit<Examined, 'subject'> {
  if (!matchesCheckout) {
    const finding = `${digest}, made from other sources than this checkout’s`;
    return { status: 'note', finding, remedy: 'vmb build-vm make' };
  }
  if (pinned) return { status: 'ok', finding: `${digest}, from the pinned inputs` };
  const finding = `${digest}, not from the pinned inputs`;
  const remedy = 'make build-vm-lock pins what is there now';
  return { status: 'note', finding, details: manifest.unpinned, remedy };
}

async function examineVmms(context: Context, host: HostAddress | undefined): Promise<Examined[]> {
  const probes: { readonly name: string; readonly options: string; readonly probe: Probe }[] = [];
  for (const name of await context.registry.adapterNames()) {
    const definition = await context.registry.findAdapter(name);
    if (definition === undefined || (host !== undefined && definition.remote !== true)) continue;
    const options = optionsText(definition.options);
    probes.push({ name, options, probe: await probeAdapter(definition, context, host) });
  }
  const none = !probes.some(({ probe }) => probe.usable);
  return probes.flatMap(({ name, options, probe }): Examined[] => {
    const subject = host === undefined ? `VMM ${name}` : `VMM ${name} on ${host.text}`;
    if (!probe.usable) {
      return [{ status: none ? 'missing' : 'note', subject, finding: probe.reason, remedy: probe.remedy }];
    }
    const { version, acceleration, capabilities } = probe;
    const found: Examined = { status: 'ok', subject, finding: `${version}, ${acceleration.because}` };
    const { boots, mostDisks, snapshots } = capabilities;
    const able = `boots by ${boots.join(', ')}; up to ${mostDisks} disks; ${snapshots ? 'snapshots' : 'no snapshots'}`;
    return [found, ...[able, options].filter((text) => text !== '').map((finding) => ({ ...found, finding }))];
  });
}

/** "--vmm-option machine=pc|microvm", the default first. */
function optionsText(options: AdapterDefinition['options']): string {
  const texts = Object.entries(options).map(([name, option]) =>
    'values' in option ? `--vmm-option ${name}=${option.values.join('|')}` : `--vmm-option ${name}=PATH`,
  );
  return texts.join(', ');
}

/** QEMU's overlays and Hyper-V's disks are made with it; v86 and raw artifacts do without. */
async function examineQemuImg(): Promise<Examined> {
  const subject = 'qemu-img';
  try {
    const { stdout } = await localCommands.run('qemu-img', ['--version']);
    return { status: 'ok', subject, finding: /version ([^\s)]+)/.exec(stdout)?.[1] ?? 'there' };
  } catch {
    const finding = 'is not installed; QEMU and Hyper-V need it, v86 does not';
    return { status: 'note', subject, finding, remedy: 'apt-get install qemu-utils' };
  }
}

/** Less than this, and even small builds may fail in their middle. */
const littleRoomBytes = 2 * 1024 ** 3;

async function examineRoom({ folders }: Context): Promise<Examined[]> {
  const examined: Examined[] = [];
  for (const [name, path] of [
    ['state', folders.state],
    ['cache', folders.cache],
  ] as const) {
    const freeBytes = await freeRoom(path);
    const finding = `${amountText(freeBytes)} free for ${name}`;
    const subject = 'disk';
    if (freeBytes >= littleRoomBytes) examined.push({ status: 'ok', subject, finding });
    else examined.push({ status: 'note', subject, finding, remedy: 'vmb clean, or VMB_HOME on another disk' });
  }
  return examined;
}

/** Of the folder, or of what will hold it. */
async function freeRoom(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if (dirname(path) === path) throw error;
    return freeRoom(dirname(path));
  }
}

async function examineWorkFolders({ folders }: Context): Promise<Examined[]> {
  const work = await listWorkFolders(folders.state);
  const idle = work.filter(({ status }) => status !== 'running').length;
  if (idle === 0) return [];
  return [{ status: 'note', subject: 'work folders', finding: `${idle} that no build uses`, remedy: 'vmb clean' }];
}
