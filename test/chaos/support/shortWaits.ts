/** What is waited for longer than this is shortened, milliseconds. */
const LONG_MS = 5_000;
const FACTOR = 60;

/** How long a test waits where the product waits so many milliseconds: of what is long a sixtieth, so that what is waited for longer stays so. */
export function shortWait(ms: number): number {
  return ms <= LONG_MS ? ms : Math.max(LONG_MS, ms / FACTOR);
}
