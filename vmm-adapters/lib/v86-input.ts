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
 * A 16550 has room for 16 bytes, but each refill costs a turn of the emulator (64 KiB took 4.7 s on a loaded host), and Linux
 * takes up to 256 bytes from the port at each interrupt.
 */
const portBytes = 256;

/** `taken` is called when the last byte of what was given is in the port. */
export function paceInput(uart: UartInput, taken: () => void): PacedInput {
  let rest: Uint8Array | undefined;
  return {
    give(bytes) {
      rest = Uint8Array.from(bytes);
    },
    pump() {
      if (rest === undefined) return { left: false, moved: false };
      const room = Math.min(Math.max(portBytes - uart.waiting(), 0), rest.length);
      if (room > 0) uart.send(rest.subarray(0, room));
      rest = rest.subarray(room);
      if (rest.length > 0) return { left: true, moved: room > 0 };
      rest = undefined;
      taken();
      return { left: false, moved: true };
    },
  };
}
