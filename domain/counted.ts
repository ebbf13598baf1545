/** A number with its noun, as people read it: `1 file`, `1,933 files`. */
export function counted(value: number, noun: string, nouns = `${noun}s`): string {
  return `${value.toLocaleString('en-US')} ${value === 1 ? noun : nouns}`;
}
