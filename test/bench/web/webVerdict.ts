import { median } from '../measured.ts';
import { type WebGoal, webGoals, type WebMeasureName } from './webGoals.ts';

export interface WebMeasured {
  readonly name: WebMeasureName;
  /** One figure per round, in the unit of the goal. */
  readonly ours: readonly number[];
  /** What stands beside it, where something does. */
  readonly beside?: { readonly what: string; readonly figures: readonly number[] };
  /** Must be so whatever the figure. */
  readonly condition?: { readonly what: string; readonly holds: boolean };
  readonly note?: string;
}

export interface WebVerdict extends WebMeasured {
  readonly median: number;
  readonly theirs: number | null;
  /** Null where there is nothing to hold. */
  readonly holds: boolean | null;
}

/** Judges by the median of the rounds, and by the condition. */
export function webVerdictOf(measured: WebMeasured): WebVerdict {
  const { most }: WebGoal = webGoals[measured.name];
  const ours = median(measured.ours);
  const isSo = measured.condition?.holds ?? true;
  const holds = most === null && measured.condition === undefined ? null : (most === null || ours <= most) && isSo;
  return { ...measured, median: ours, theirs: measured.beside === undefined ? null : median(measured.beside.figures), holds };
}

/** The verdicts as a table of Markdown. */
export function webTableOf(verdicts: readonly WebVerdict[]): string {
  const rows = verdicts.map(({ name, ours, median: middle, beside, theirs, condition, holds, note }) => {
    const { what, unit, most }: WebGoal = webGoals[name];
    const ratio = theirs === null || theirs === 0 ? '' : (middle / theirs).toFixed(2);
    const said = [...(condition === undefined ? [] : [`${condition.what}: ${condition.holds ? 'yes' : 'NO'}`]), ...(note === undefined ? [] : [note])].join('; ');
    return `| ${name} | ${what} | ${middle.toFixed(1)} (${Math.min(...ours).toFixed(1)}–${Math.max(...ours).toFixed(1)}) ${unit} | ${beside?.what ?? ''} | ${theirs === null ? '' : `${theirs.toFixed(1)} ${unit}`} | ${ratio} | ${most === null ? '' : `≤ ${most} ${unit}`} | ${holds === null ? '' : holds ? 'yes' : 'NO'} | ${said} |\n`;
  });
  return `| measure | what | ours: median (min–max) | beside | theirs | ratio | goal | holds | |\n|---|---|---:|---|---:|---:|---:|---|---|\n${rows.join('')}`;
}
