export interface RateGuardOptions {
  /** How often one key may pass in a window. */
  readonly perKey: number;
  /** How often anything may pass in it. */
  readonly inAll: number;
  readonly windowMs: number;
  readonly now?: () => number;
  /** Told at the end of a window in which something was held back, how much that was. */
  readonly onHeldBack?: (count: number) => void;
}

/** Lets so much through in a stretch of time and no more, so that one fault that happens all the time costs little. */
export function createRateGuard({ perKey, inAll, windowMs, now = Date.now, onHeldBack }: RateGuardOptions): (key: string) => boolean {
  let began = -Infinity;
  let passed = new Map<string, number>();
  let all = 0;
  let heldBack = 0;
  return (key) => {
    if (now() - began >= windowMs) {
      if (heldBack > 0) onHeldBack?.(heldBack);
      began = now();
      passed = new Map();
      all = 0;
      heldBack = 0;
    }
    const count = passed.get(key) ?? 0;
    if (count >= perKey || all >= inAll) {
      heldBack += 1;
      return false;
    }
    passed.set(key, count + 1);
    all += 1;
    return true;
  };
}
