// What differs between build-VMs by architecture: names in Debian, in the kernel, and of EFI programs. Data.

/** Architectures of build-VMs; the adapters know the same names. */
export type BuildVmArch = 'x86_64' | 'i686';

export interface ArchFacts {
  readonly debian: string;
  /** Folder of shared libraries below /lib and /usr/lib. */
  readonly libraryFolder: string;
  readonly compilerOption: '-m64' | '-m32';
  /** What the oldest processors of this architecture that vmb knows need besides. */
  readonly processorOptions: readonly string[];
  /** Where the compiler's host has the C library's first and last object files for it. */
  readonly startFilesFolder: string;
  /** ARCH= of the kernel's makefile; its image is arch/x86/boot/bzImage for both. */
  readonly kernel: string;
  /** Fragments below build-vm/kernel/, in the order in which they are read. */
  readonly kernelFragments: readonly string[];
  /** Name that firmware looks for on a removable disk. */
  readonly removableEfiPath: string;
  /** Path of systemd's stub in its package. */
  readonly stubPath: string;
}

const commonFragments = [
  'machine.config',
  'disks.config',
  'filesystems.config',
  'processes.config',
  'forbidden.config',
];

export const archFacts: Readonly<Record<BuildVmArch, ArchFacts>> = {
  x86_64: {
    debian: 'amd64',
    libraryFolder: 'x86_64-linux-gnu',
    compilerOption: '-m64',
    processorOptions: [],
    startFilesFolder: '/usr/lib/x86_64-linux-gnu',
    kernel: 'x86_64',
    kernelFragments: [...commonFragments, 'x86_64.config'],
    removableEfiPath: '/EFI/BOOT/BOOTX64.EFI',
    stubPath: '/usr/lib/systemd/boot/efi/linuxx64.efi.stub',
  },
  i686: {
    debian: 'i386',
    libraryFolder: 'i386-linux-gnu',
    compilerOption: '-m32',
    processorOptions: ['-march=i686'],
    startFilesFolder: '/usr/lib32',
    kernel: 'i386',
    kernelFragments: [...commonFragments, 'i686.config'],
    removableEfiPath: '/EFI/BOOT/BOOTIA32.EFI',
    stubPath: '/usr/lib/systemd/boot/efi/linuxia32.efi.stub',
  },
};

/** In the order in which they are made and shown. */
export const buildVmArchs: readonly BuildVmArch[] = ['x86_64', 'i686'];

/** The machine that makes build-VMs runs programs of this architecture, whatever architecture they are made for. */
export const hostArch: BuildVmArch = 'x86_64';
