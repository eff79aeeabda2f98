// Checks that no frame of a channel is missing: a repeated frame is told from a new one and from a gap.

export type Place = 'next' | 'duplicate' | 'gap';

export interface Sequence {
  readonly last: number;
  /** Where a frame with this number stands; `next` also moves on. */
  take(sequence: number): Place;
}

/** @param begin `strict`: the first frame is number 1; `any`: the host may have come late, the first frame seen begins */
export function sequence(begin: 'strict' | 'any'): Sequence {
  let last = 0;
  let begun = begin === 'strict';
  return {
    get last() {
      return last;
    },
    take(number) {
      if (begun && number <= last) return 'duplicate';
      if (begun && number !== last + 1) return 'gap';
      begun = true;
      last = number;
      return 'next';
    },
  };
}
