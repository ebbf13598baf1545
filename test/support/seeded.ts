/** Random choices that are the same on every run, so that a failing case can be met again. */
export interface Seeded {
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** Up to `most` results of `make`. */
  some<T>(most: number, make: () => T): T[];
}

/** A generator (mulberry32) of the given seed. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const below = (end: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * end);
  };
  return {
    below,
    pick: (items) => items[below(items.length)] ?? items[0],
    some: (most, make) => Array.from({ length: below(most + 1) }, make),
  };
}
