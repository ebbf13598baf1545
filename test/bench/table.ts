import type { Verdict } from './measured.ts';

/** When and where the figures were taken. */
export interface Circumstances {
  readonly date: string;
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  /** The load of the last minute before and after: above a half of the cores the figures say little. */
  readonly load: { readonly before: number; readonly after: number };
  /** What was published: themes and courses. */
  readonly about: readonly string[];
}

/** The figures as a table of Markdown, one row per measure. */
export function tableOf(at: Circumstances, verdicts: readonly Verdict[]): string {
  const head = `${at.date}, Node ${at.node}, ${at.platform}, ${at.cores} cores, load ${at.load.before.toFixed(1)} before and ${at.load.after.toFixed(1)} after\n${at.about.map((line) => `${line}\n`).join('')}`;
  const rows = verdicts.map(({ name, what, ours, peer, theirs, unit, ratio, goal, holds, note }) => {
    const spread = `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`;
    return `| ${name} | ${what} | ${ours.toFixed(2)} ${unit} | ${peer} | ${theirs.toFixed(2)} ${unit} | ${spread} | ${goal === null ? '' : `≤ ${goal}`} | ${holds === null ? '' : holds ? 'yes' : 'NO'} | ${note} |\n`;
  });
  return `${head}\n| measure | what | ours | beside | theirs | ratio: median (min–max) | goal | holds | |\n|---|---|---:|---|---:|---:|---:|---|---|\n${rows.join('')}`;
}
