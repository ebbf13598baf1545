/** A count with thousands separators: "1,933". */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** How much a part is of the whole, in whole percent that are full only at the end; of nothing it is none, and more than all is all. */
export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.min(100, Math.floor((100 * part) / whole));
}
