// Guests of some bytes of machine code, which speak on the serial port and then end: what a VMM does with them shows in half a second.

/**
 * How a guest ends; `echo` sends back what comes in, `write` copies its boot sector to the next one, says "W" and stays,
 * `flood` prints `floodText` and halts for good, `loop` does nothing at full speed.
 */
export type Ending = 'power-off' | 'reset' | 'triple-fault' | 'write' | 'echo' | 'flood' | 'loop';

/** 1 MiB in which no stretch of 64 KiB begins as another goes on. */
export const floodText = Buffer.from(Uint8Array.from({ length: 2 ** 20 }, (_, at) => (at & 0xff) ^ ((at >> 8) & 0xff)));

const sectorBytes = 512;

/** A disk that BIOS starts: a boot sector. */
export function biosDisk(text: string, ending: Ending): Buffer {
  const code = [
    ...[0xfa, 0x31, 0xc0, 0x8e, 0xd8], // cli; xor ax,ax; mov ds,ax
    ...[0xbe, 0x00, 0x7d], // mov si,0x7d00: the text
    ...[0xac, 0x84, 0xc0, 0x74, 0x12], // next: lodsb; test al,al; jz done
    ...[0x88, 0xc3, 0xba, 0xfd, 0x03], // mov bl,al; mov dx,0x3fd
    ...[0xec, 0xa8, 0x20, 0x74, 0xfb], // wait: in al,dx; test al,0x20; jz wait
    ...[0xba, 0xf8, 0x03, 0x88, 0xd8, 0xee, 0xeb, 0xe9], // mov dx,0x3f8; mov al,bl; out dx,al; jmp next
    ...endings[ending],
  ];
  const disk = Buffer.alloc(1024 * 1024);
  disk.set(code);
  disk.write(text, 0x100, 'latin1');
  disk.set([0x55, 0xaa], sectorBytes - 2);
  return disk;
}

/** ACPI's power register as SeaBIOS and OVMF (on q35) set it up; the keyboard controller's reset line. */
const powerOff = [0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef]; // mov dx,0x604; mov ax,0x2000; out dx,ax
const rest = [0xf4, 0xeb, 0xfd]; // hlt; jmp hlt

const endings: Readonly<Record<Ending, readonly number[]>> = {
  'power-off': [...powerOff, ...rest],
  reset: [0xb0, 0xfe, 0xe6, 0x64, ...rest], // mov al,0xfe; out 0x64,al
  // lidt of an empty table; cr0 |= 1: protected mode; int3: nothing can take this
  'triple-fault': [0x0f, 0x01, 0x1e, 0xf0, 0x7d, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0, 0xcc, ...rest],
  loop: [0xeb, 0xfe], // jmp to itself
  flood: [
    ...[0x31, 0xdb, 0xb9, 0x10, 0x00], // xor bx,bx; mov cx,16
    ...[0xba, 0xfd, 0x03, 0xec, 0xa8, 0x20, 0x74, 0xfb], // next: mov dx,0x3fd; wait: in al,dx; test al,0x20; jz wait
    ...[0xba, 0xf8, 0x03, 0x88, 0xd8, 0x30, 0xf8, 0xee], // mov dx,0x3f8; mov al,bl; xor al,bh; out dx,al
    ...[0x43, 0x75, 0xed, 0xe2, 0xeb, ...rest], // inc bx; jnz next; loop next
  ],
  write: [
    ...[0x31, 0xc0, 0x8e, 0xc0, 0xb8, 0x01, 0x03, 0xbb, 0x00, 0x7c], // es=0; ax=0x0301: write one sector; bx=0x7c00
    ...[0xb9, 0x02, 0x00, 0xba, 0x80, 0x00, 0xcd, 0x13], // cx=2: cylinder 0, sector 2; dx=0x80: disk 1; int 0x13
    ...[0xb0, 0x57, 0xba, 0xf8, 0x03, 0xee, ...rest], // mov al,'W'; mov dx,0x3f8; out dx,al
  ],
  echo: [
    ...[0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xfb], // mov dx,0x3fd; wait: in al,dx; test al,1; jz wait
    ...[0xba, 0xf8, 0x03, 0xec, 0xee, 0xeb, 0xf1], // mov dx,0x3f8; in al,dx; out dx,al; jmp echo
  ],
};

/** An EFI program that speaks and powers off. PE32+ with one section, code that runs anywhere. */
export function efiProgram(text: string): Buffer {
  const code = [
    ...[0x48, 0x8d, 0x35, 0xf9, 0x00, 0x00, 0x00], // lea rsi,[rip+0xf9]: the text, 0x100 after the start
    ...[0xac, 0x84, 0xc0, 0x74, 0x16], // next: lodsb; test al,al; jz done
    ...[0x88, 0xc3, 0xba, 0xfd, 0x03, 0x00, 0x00], // mov bl,al; mov edx,0x3fd
    ...[0xec, 0xa8, 0x20, 0x74, 0xfb], // wait: in al,dx; test al,0x20; jz wait
    ...[0xba, 0xf8, 0x03, 0x00, 0x00, 0x88, 0xd8, 0xee, 0xeb, 0xe5], // mov edx,0x3f8; mov al,bl; out dx,al; jmp next
    ...[0xba, 0x04, 0x06, 0x00, 0x00, 0x66, 0xb8, 0x00, 0x20, 0x66, 0xef, ...rest], // done: power off
  ];
  const program = Buffer.alloc(0x400);
  program.write('MZ', 0, 'latin1');
  program.writeUInt32LE(0x40, 0x3c);
  program.write('PE\0\0', 0x40, 'latin1');
  program.writeUInt16LE(0x8664, 0x44); // x86-64
  program.writeUInt16LE(1, 0x46); // sections
  program.writeUInt16LE(0xf0, 0x54); // size of the optional header
  program.writeUInt16LE(0x22, 0x56); // executable, large addresses
  program.writeUInt16LE(0x20b, 0x58); // PE32+
  program.writeUInt32LE(0x200, 0x5c); // size of code
  program.writeUInt32LE(0x1000, 0x68); // entry point
  program.writeUInt32LE(0x1000, 0x6c); // base of code
  program.writeUInt32LE(0x1000, 0x78); // section alignment
  program.writeUInt32LE(0x200, 0x7c); // file alignment
  program.writeUInt32LE(0x2000, 0x90); // size of image
  program.writeUInt32LE(0x200, 0x94); // size of headers
  program.writeUInt16LE(10, 0x9c); // EFI application
  program.writeUInt32LE(16, 0xc4); // data directories
  program.write('.text', 0x148, 'latin1');
  program.writeUInt32LE(0x200, 0x150); // virtual size
  program.writeUInt32LE(0x1000, 0x154); // address
  program.writeUInt32LE(0x200, 0x158); // raw size
  program.writeUInt32LE(0x200, 0x15c); // place in the file
  program.writeUInt32LE(0x60000020, 0x164); // code, executable, readable
  program.set(code, 0x200);
  program.write(text, 0x300, 'latin1');
  return program;
}
