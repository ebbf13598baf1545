/** A count with thousands separators: "1,933". */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** A count with its noun: "1 site", "2,700 sites". */
export function counted(value: number, noun: string, nouns = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : nouns}`;
}
