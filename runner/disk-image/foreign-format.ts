// Recognises disks in the formats of VMMs, which neither a machine that boots nor a comparison takes for what they hold.
import { open } from 'node:fs/promises';

const sectorBytes = 512;

interface Mark {
  readonly format: string;
  /** For qemu-img's -f. */
  readonly option: string;
  readonly text: string;
  readonly at: number;
}

/** QEMU's docs/interop/qcow2.txt, MS-VHDX 2.2, Microsoft's VHD 1.0, VMware's Virtual Disk Format 5.0, VirtualBox' VDICore.h. */
const marks: readonly Mark[] = [
  { format: 'qcow2', option: 'qcow2', text: 'QFI\xfb', at: 0 },
  { format: 'VHDX', option: 'vhdx', text: 'vhdxfile', at: 0 },
  { format: 'VHD', option: 'vpc', text: 'conectix', at: 0 },
  { format: 'VMDK', option: 'vmdk', text: 'KDMV', at: 0 },
  { format: 'VMDK', option: 'vmdk', text: '# Disk DescriptorFile', at: 0 },
  { format: 'VDI', option: 'vdi', text: '\x7f\x10\xda\xbe', at: 64 },
];

/** A VHD of fixed size is a raw disk with this in its last sector. */
const fixedVhd: Mark = { format: 'VHD', option: 'vpc', text: 'conectix', at: 0 };

/** What a file is, and how it becomes a raw disk: "a qcow2 disk; convert it with …"; undefined for every other file. */
export async function foreignFormat(path: string): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const first = await sectorAt(0);
    const last = await sectorAt(Math.max(0, size - sectorBytes));
    const found =
      marks.find(({ text, at }) => first.startsWith(text, at)) ??
      (last.startsWith(fixedVhd.text) ? fixedVhd : undefined);
    if (found === undefined) return undefined;
    return `a ${found.format} disk; convert it with \`qemu-img convert -f ${found.option} -O raw\``;
  } finally {
    await file.close();
  }

  async function sectorAt(position: number): Promise<string> {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sectorBytes), 0, sectorBytes, position);
    return buffer.toString('latin1', 0, bytesRead);
  }
}
