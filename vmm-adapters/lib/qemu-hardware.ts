// What QEMU machines we use and how disks are attached to them: chosen by options, pure data.
import type { AdapterOption } from './adapter.ts';

export type MachineModel = 'q35' | 'pc' | 'microvm';
export type DiskBus = 'virtio' | 'ahci' | 'ide';
export type AcceleratorChoice = 'auto' | 'tcg' | 'kvm' | 'hvf' | 'whpx';

export interface Hardware {
  readonly model: MachineModel;
  readonly bus: DiskBus;
}

export const qemuOptions = {
  machine: {
    summary: 'the machine: q35 and pc start from firmware too, microvm only boots kernels and knows virtio disks only',
    values: ['q35', 'pc', 'microvm'],
  },
  disks: { summary: 'how disks are attached', values: ['virtio', 'ahci', 'ide'] },
  accel: {
    summary:
      'what runs the guest; auto tries what the host offers with a real boot and falls back to software emulation',
    values: ['auto', 'tcg', 'kvm', 'hvf', 'whpx'],
  },
} as const satisfies Readonly<Record<string, AdapterOption>>;

export interface ChosenOptions {
  readonly hardware: Hardware;
  readonly accelerator: AcceleratorChoice;
}

/** Values are checked already; what is missing is the default. */
export function readQemuOptions(options: Readonly<Record<string, string>>): ChosenOptions {
  return {
    hardware: {
      model: oneOf(qemuOptions.machine.values, options['machine']),
      bus: oneOf(qemuOptions.disks.values, options['disks']),
    },
    accelerator: oneOf(qemuOptions.accel.values, options['accel']),
  };
}

function oneOf<T extends string>(values: readonly [T, ...T[]], wanted: string | undefined): T {
  return values.find((value) => value === wanted) ?? values[0];
}

/** Why machine and disks do not go together, or undefined. */
export function misfit({ model, bus }: Hardware): { reason: string; remedy: string } | undefined {
  if (model !== 'microvm' || bus === 'virtio') return undefined;
  return {
    reason: `The machine microvm has no ${bus} disks.`,
    remedy: 'Leave --vmm-option disks out, or take --vmm-option machine=q35.',
  };
}

/**
 * pc has 30 free PCI slots, q35 29; we number 28 from slot 2 on both, so that a disk has the same address on each.
 * AHCI has six ports, an IDE controller two channels with two disks. microvm without ACPI has eight virtio-mmio slots.
 */
export function mostDisksOf({ model, bus }: Hardware): number {
  if (model === 'microvm') return 8;
  return { virtio: 28, ahci: 6, ide: 4 }[bus];
}

/** The first PCI slot for disks: 0 is the host bridge, 1 the pc's ISA bridge. */
const firstSlot = 2;

/** The devices for disk controllers that the machine does not have by itself. */
export function diskControllers({ model, bus }: Hardware): readonly string[] {
  if (bus === 'ahci' && model === 'pc') return ['ich9-ahci,id=sata,bus=pci.0,addr=0x2'];
  if (bus === 'ide' && model === 'q35') return ['piix3-ide,id=ide,bus=pcie.0,addr=0x2'];
  return [];
}

/** The device of the disk at `index` of `count`, at a fixed address, without its drive. */
export function diskDevice({ model, bus }: Hardware, index: number, count: number): string {
  // The kernel numbers virtio-mmio devices from the highest slot in use; the guest orders disks by that number.
  if (model === 'microvm') return `virtio-blk-device,bus=virtio-mmio-bus.${count - 1 - index}`;
  if (bus === 'virtio') {
    return `virtio-blk-pci,bus=${model === 'pc' ? 'pci.0' : 'pcie.0'},addr=0x${(firstSlot + index).toString(16)}`;
  }
  if (bus === 'ahci') return `ide-hd,bus=${model === 'pc' ? 'sata' : 'ide'}.${index}`;
  return `ide-hd,bus=ide.${Math.floor(index / 2)},unit=${index % 2}`;
}
