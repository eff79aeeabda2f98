// Hands bytes to v86's serial port as fast as the guest takes them; pure, so that its pace can be tested without a machine.

/** v86's UART: it keeps whatever it is given, so that nothing would hold back a host that writes faster than the guest reads. */
export interface UartInput {
  /** Bytes that the guest has not read yet. */
  waiting(): number;
  send(bytes: Uint8Array): void;
}

export interface PacedInput {
  /** To be called when the one before has been taken. */
  give(bytes: Uint8Array): void;
  /** Hands over what fits now: whether anything is left, and whether this call got anything through. */
  pump(): { readonly left: boolean; readonly moved: boolean };
}

/**
 * A 16550 has room for 16 bytes, but each refill costs a turn of the emulator, and Linux empties the port to 256 bytes at each
 * interrupt: measured, 64 KiB take 4.7 s by 16 and 0.4 s by 256.
 */
const portBytes = 256;

/** `taken` is called when the last byte of what was given is in the port. */
export function paceInput(uart: UartInput, taken: () => void): PacedInput {
  let rest = new Uint8Array(0);
  return {
    give(bytes) {
      rest = rest.length === 0 ? Uint8Array.from(bytes) : Buffer.concat([rest, bytes]);
    },
    pump() {
      const room = Math.min(Math.max(portBytes - uart.waiting(), 0), rest.length);
      if (room === 0) return { left: rest.length > 0, moved: false };
      uart.send(rest.subarray(0, room));
      rest = rest.subarray(room);
      if (rest.length === 0) taken();
      return { left: rest.length > 0, moved: true };
    },
  };
}
