// The machines that must give the same bytes, as `vmb build --vmm` names them.

/** What `make test` compares: each thing that may differ differs once. */
export const selectedMachines = ['qemu', 'qemu:machine=pc:disks=ide:boot=bios:cpus=2:most-disks=2'];

/** What `make equal-bytes` compares. IDE and v86 attach few disks, so that sessions are packed there. */
export const allMachines = [
  'qemu',
  'qemu:cpus=2',
  'qemu:most-disks=2',
  'qemu:boot=uefi',
  'qemu:boot=bios:disks=ahci',
  'qemu:disks=ide',
  'qemu:machine=pc',
  'qemu:machine=pc:disks=ahci:boot=uefi',
  'qemu:machine=pc:disks=ide:boot=bios:cpus=2',
  'qemu:machine=microvm',
  'qemu:build-vm-arch=i686',
  'qemu:build-vm-arch=i686:machine=pc:disks=ide:boot=bios:cpus=2',
  'qemu:build-vm-arch=i686:disks=ahci:most-disks=2',
  'v86',
];
