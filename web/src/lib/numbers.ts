/** A count with thousands separators: "1,933". */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
