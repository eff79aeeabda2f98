// The machines that must give the same bytes, as `vmb build` names them: options of the adapter first, then boot and the like.

/** What `make test` compares: everything that may differ differs once, all in one machine. */
export const selectedMachines = ['qemu', 'qemu:machine=pc:disks=ide:boot=bios:build-vm-arch=i686:most-disks=2:cpus=2'];

/** The embedded VMM, with a small build. */
export const embeddedMachines = ['qemu', 'v86'];

/** What `make equal-bytes` compares. IDE and v86 attach few disks, so that sessions are packed there. */
export const allMachines = [
  'qemu',
  'qemu:cpus=2',
  'qemu:most-disks=2',
  'qemu:boot=uefi',
  'qemu:disks=ahci:boot=bios',
  'qemu:disks=ide',
  'qemu:machine=pc',
  'qemu:machine=pc:disks=ahci:boot=uefi',
  'qemu:machine=pc:disks=ide:boot=bios:cpus=2',
  'qemu:machine=microvm',
  'qemu:build-vm-arch=i686',
  'qemu:machine=pc:disks=ide:boot=bios:build-vm-arch=i686:cpus=2',
  'qemu:disks=ahci:build-vm-arch=i686:most-disks=2',
  'v86',
];
