// The contract between the core and a VMM: what an adapter must offer, as types. One adapter is one file beside this folder.
import type { Duplex } from 'node:stream';
import type { CommandRunner } from './command.ts';
import type { HostAddress } from './ssh-address.ts';

/** What a disk is for; an adapter may choose its format by it, the guest never learns it. */
export type DiskRole = 'system' | 'job' | 'build' | 'scratch' | 'payload-out';

/** A disk as the core knows it: never a path. `id` is unique in a build and safe in a file name ([a-z0-9.-]). */
export interface DiskHandle {
  readonly id: string;
  readonly role: DiskRole;
  readonly sizeBytes: number;
}

/** What a disk holds when it is placed. */
export type DiskContent =
  | { readonly kind: 'blank' }
  /** Begins with the bytes of a raw file on this host, which is never changed: the guest's writes go to an overlay or a copy. */
  | { readonly kind: 'copy-of'; readonly path: string }
  /** The raw file on this host becomes the disk; the adapter may move it, and removes it with the disk. */
  | { readonly kind: 'take'; readonly path: string };

export type Arch = 'x86_64' | 'i686';
export type Firmware = 'bios' | 'uefi';

/** Absolute paths on this host. */
export interface KernelParts {
  readonly kernelPath: string;
  readonly initramfsPath: string;
}

/** How a machine starts. Disk 1 is attached in both cases. */
export type Boot =
  | {
      readonly kind: 'kernel';
      readonly kernelPath: string;
      /** The same in two files, for a VMM that unpacks slowly: a kernel without initramfs, and the initramfs, not compressed. */
      readonly parts?: KernelParts | undefined;
      readonly commandLine: string;
    }
  | { readonly kind: 'firmware'; readonly firmware: Firmware };

/** A machine to boot: pure data. */
export interface Machine {
  /** Unique in a build, safe in a file name; VMMs that name their machines use it. */
  readonly id: string;
  readonly arch: Arch;
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly boot: Boot;
  /** What its own clock starts with, seconds since 1970, where a VMM can set it; a fixed date unless given. */
  readonly clockSeconds?: number;
  /** In the order of their bus addresses; the first is the only one that firmware may start. */
  readonly disks: readonly DiskHandle[];
}

/** What a VMM can do. Each value says what the core does with it. */
export interface Capabilities {
  /** The core packs the disks of a session that needs more than this into the job disk. At least 2. */
  readonly mostDisks: number;
  /** A machine that should have more gets this many, and one line says so: results do not depend on it. */
  readonly mostCpus: number;
  /** A build whose machine needs more memory is refused before anything boots. */
  readonly mostMemoryBytes: number;
  /** With `kernel` the core boots build-vm.efi directly; otherwise it uses the system disk and one of `firmwares`. */
  readonly boots: readonly ('kernel' | Firmware)[];
  /** A build whose machine needs another architecture is refused before anything boots. */
  readonly architectures: readonly Arch[];
  /** Disk formats that it attaches; `export` offers no more than qemu-img converts, this is for `doctor`. */
  readonly diskFormats: readonly ('raw' | 'qcow2' | 'vhd' | 'vhdx')[];
  /** Whether a paused machine can be saved and taken up again between two steps. */
  readonly snapshots: boolean;
}

export type Probe =
  | {
      readonly usable: true;
      readonly version: string;
      readonly capabilities: Capabilities;
      /** How it runs programs of a guest, and why: one line for people, e.g. "software emulation (tcg): /dev/kvm opens but nothing boots on it". */
      readonly acceleration: { readonly hardware: boolean; readonly because: string };
    }
  | { readonly usable: false; readonly reason: string; readonly remedy: string };

/** Why a machine is no longer there. `unknown` where a VMM does not tell. */
export interface MachineExit {
  readonly reason: 'power-off' | 'reset' | 'panic' | 'stopped' | 'killed' | 'failed' | 'unknown';
  /** What the VMM said last, for the message; may be empty. */
  readonly detail: string;
}

/** A machine that was started. */
export interface RunningMachine {
  /** The one serial console: bytes out of the guest are read from it, bytes for the guest are written to it. */
  readonly serial: Duplex;
  readonly exited: Promise<MachineExit>;
  /** Takes the power away at once; resolves when nothing of the machine is left. May be called at any time, and again. */
  stop(): Promise<void>;
}

/** Absolute paths on this host. */
export interface BiosFiles {
  /** At most 256 KiB, to lie below 1 MiB. */
  readonly systemPath: string;
  readonly videoPath: string;
}

/** Bytes of a disk or another file on their way to the VMM's machine or back. */
export interface Transfer {
  /** "joe@build1" */
  readonly host: string;
  readonly direction: 'there' | 'back';
  /** What it is, for people: "the job disk". */
  readonly name: string;
  readonly doneBytes: number;
  /** Without holes, which are not sent. */
  readonly totalBytes: number;
}

/** Everything that an adapter gets from the core. */
export interface AdapterContext {
  /** Another machine that the VMM runs on; undefined for this one. Only adapters that say `remote` get one; they connect by themselves. */
  readonly host?: HostAddress | undefined;
  /** Called as bytes go, as often as they do; the core shows what lasts. */
  readonly onTransfer?: ((transfer: Transfer) => void) | undefined;
  /** Runs programs on this machine. */
  readonly commands: CommandRunner;
  /** An existing folder on this machine that belongs to this adapter until the build ends; the core removes it then, and after a crash at its next start. */
  readonly workFolder: string;
  /** A folder on this machine that outlives builds, for verdicts. */
  readonly cacheFolder: string;
  /** What the accelerator's trial boots: the build-VM's files. Undefined as long as there is no build-VM. */
  readonly trial: { readonly kernelPath: string; readonly systemDiskPath: string; readonly digest: string } | undefined;
  /** For a VMM that brings no firmware of its own: SeaBIOS and its video BIOS, out of the build-VM. Undefined as long as there is none. */
  readonly bios?: BiosFiles | undefined;
  /** Adapter options of the command line (`--vmm-option machine=pc`), already checked against `options` of the definition; defaults filled in. */
  readonly options: Readonly<Record<string, string>>;
  /** What the files hold that options name, by option. */
  readonly tables?: Readonly<Record<string, Table>>;
}

/** A VMM in use by one build. */
export interface Adapter {
  /** Whether it can be used here, with what it can do. Never throws for a missing program. Remembers costly answers in `cacheFolder`. */
  probe(signal: AbortSignal): Promise<Probe>;
  /** Makes a disk. @throws AdapterError */
  place(handle: DiskHandle, content: DiskContent): Promise<void>;
  /** A raw file on this host with the disk's bytes as they are now; valid until the disk is removed. No machine may be using it. */
  collect(handle: DiskHandle): Promise<string>;
  /** Forgets a disk and its files. */
  remove(handle: DiskHandle): Promise<void>;
  /** The exact command line for a machine, pure; quoted for a shell it can be pasted. */
  command(machine: Machine): readonly string[];
  /** Starts a machine. The signal takes its power away at any time. @throws AdapterError when the VMM does not start. */
  boot(machine: Machine, signal: AbortSignal): Promise<RunningMachine>;
  /**
   * Lets go of whatever it holds, another machine above all; called once, after everything else, however that went. `kept`: the
   * user wants to look at the disks. An adapter that holds nothing has none.
   */
  close?(kept: boolean): Promise<void>;
}

/** One `--vmm-option`. */
export type AdapterOption =
  /** Its allowed values, the first is the default. */
  | { readonly summary: string; readonly values: readonly [string, ...string[]] }
  /** A TOML file: the core reads it and hands it over in `tables`. Without the option there is none. */
  | { readonly summary: string; readonly file: 'toml' };

/** What a TOML file holds. */
export type Table = Readonly<Record<string, unknown>>;

/** What one file of vmm-adapters/ exports as `adapter`; the file's name is its name. */
export interface AdapterDefinition {
  readonly name: string;
  readonly summary: string;
  /** Order in which VMMs are tried when the user names none, the lowest first; undefined for one that has to be named. */
  readonly preference: number | undefined;
  /** What is slower or impossible with it: said when it is used because no VMM with a lower preference is usable. */
  readonly shortcomings: string;
  /** What `--vmm-option name=value` may set. */
  readonly options: Readonly<Record<string, AdapterOption>>;
  /** The VMM can run on another machine (`--host`); without it the option is refused. */
  readonly remote?: true;
  /** Removes what a killed vmb left behind in a work folder: processes and machines, not files. */
  sweep(workFolder: string): Promise<void>;
  open(context: AdapterContext): Adapter;
}
