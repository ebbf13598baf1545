export interface Row {
  readonly what: string;
  /** Seconds of ours. */
  readonly ours: number;
  readonly peer: string;
  /** Seconds of the peer, or of the physical limit. */
  readonly theirs: number;
  readonly note?: string;
}

/** Prints the rows with the ratio of ours to the peer. */
export function printTable(rows: readonly Row[]): void {
  process.stdout.write(`\n${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${process.platform} ${process.arch}\n\n`);
  process.stdout.write('| what | ours (s) | against | (s) | ratio | |\n|---|---:|---|---:|---:|---|\n');
  for (const { what, ours, peer, theirs, note = '' } of rows) {
    process.stdout.write(`| ${what} | ${ours.toFixed(2)} | ${peer} | ${theirs.toFixed(2)} | ${(ours / theirs).toFixed(2)} | ${note} |\n`);
  }
}

/** Seconds `work` takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

/** The middle of an odd number of measurements. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
