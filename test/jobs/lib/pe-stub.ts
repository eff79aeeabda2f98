// A small EFI program for tests: headers and one section of code, as a linker would write them.

export interface StubShape {
  readonly machine: number;
  readonly headerBytes: number;
  readonly fileAlignment: number;
  readonly sectionAlignment: number;
  /** Bytes behind the last section, as symbols are. */
  readonly trailingBytes: number;
}

const usual: StubShape = {
  machine: 0x8664,
  headerBytes: 1024,
  fileAlignment: 512,
  sectionAlignment: 512,
  trailingBytes: 100,
};

export function peStub(shape: Partial<StubShape> = {}): Buffer {
  const { machine, headerBytes, fileAlignment, sectionAlignment, trailingBytes } = { ...usual, ...shape };
  const wide = machine !== 0x14c;
  const optionalBytes = wide ? 240 : 224;
  const code = 0x600;
  const stub = Buffer.alloc(headerBytes + code + trailingBytes, 0x90);
  stub.fill(0, 0, headerBytes);
  stub.write('MZ', 0, 'latin1');
  stub.writeUInt32LE(0x80, 0x3c);
  stub.write('PE\0\0', 0x80, 'latin1');
  stub.writeUInt16LE(machine, 0x84);
  stub.writeUInt16LE(1, 0x86);
  stub.writeUInt32LE(0x12345678, 0x88);
  stub.writeUInt32LE(headerBytes + code, 0x8c);
  stub.writeUInt32LE(3, 0x90);
  stub.writeUInt16LE(optionalBytes, 0x94);
  stub.writeUInt16LE(0x206, 0x96);
  const optional = 0x98;
  stub.writeUInt16LE(wide ? 0x20b : 0x10b, optional);
  stub.writeUInt32LE(0x1000, optional + 16);
  stub.writeUInt32LE(sectionAlignment, optional + 32);
  stub.writeUInt32LE(fileAlignment, optional + 36);
  stub.writeUInt32LE(0x2000, optional + 56);
  stub.writeUInt32LE(headerBytes, optional + 60);
  stub.writeUInt16LE(10, optional + 68);
  stub.writeUInt32LE(16, optional + (wide ? 108 : 92));
  const section = optional + optionalBytes;
  stub.write('.text', section, 'latin1');
  stub.writeUInt32LE(code - 7, section + 8);
  stub.writeUInt32LE(0x1000, section + 12);
  stub.writeUInt32LE(code, section + 16);
  stub.writeUInt32LE(headerBytes, section + 20);
  stub.writeUInt32LE(0x60000020, section + 36);
  return stub;
}
