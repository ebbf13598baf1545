import { type Goal, goals, type MeasureName } from './goals.ts';

/** One round: what ours took and what the peer took, in the unit of the goal. */
export interface Round {
  readonly ours: number;
  readonly theirs: number;
}

/** Something that must be so whatever the time. */
export interface Condition {
  readonly what: string;
  readonly holds: boolean;
}

export interface Measured {
  readonly name: MeasureName;
  /** Where one measure has several rows: which this is, and what stands beside it. */
  readonly row?: { readonly what: string; readonly peer: string };
  readonly rounds: readonly Round[];
  readonly conditions?: readonly Condition[];
  readonly note?: string;
}

export interface Verdict {
  readonly name: MeasureName;
  readonly what: string;
  readonly peer: string;
  readonly unit: Goal['unit'];
  /** Medians. */
  readonly ours: number;
  readonly theirs: number;
  /** Of the rounds' own ratios: ours through the peer's. */
  readonly ratio: { readonly min: number; readonly median: number; readonly max: number };
  readonly rounds: readonly Round[];
  readonly goal: number | null;
  readonly conditions: readonly Condition[];
  /** Null where there is nothing to hold. */
  readonly holds: boolean | null;
  readonly note: string;
}

/**
 * Judges what was measured by its goal: by the median of the ratios of its rounds, and by every condition.
 * @throws {Error} when there is no round, or one that says nothing because a time is not above zero.
 */
export function verdictOf(measured: Measured): Verdict {
  const goal: Goal = goals[measured.name];
  const { rounds, conditions = [] } = measured;
  if (rounds.length === 0) throw new Error(`${measured.name} has no round`);
  for (const { ours, theirs } of rounds) {
    if (!(ours > 0 && theirs > 0)) throw new Error(`A round of ${measured.name} says nothing: ours came to ${ours.toFixed(3)} ${goal.unit}, the peer to ${theirs.toFixed(3)} ${goal.unit}. Less than nothing is noise: measure again on a quieter machine.`);
  }
  const ratios = rounds.map(({ ours, theirs }) => ours / theirs);
  const ratio = { min: Math.min(...ratios), median: median(ratios), max: Math.max(...ratios) };
  const isGoodEnough = goal.most === null ? null : ratio.median <= goal.most;
  const isSo = conditions.every((condition) => condition.holds);
  return {
    name: measured.name,
    what: measured.row?.what ?? goal.what,
    peer: measured.row?.peer ?? goal.peer,
    unit: goal.unit,
    ours: median(rounds.map((round) => round.ours)),
    theirs: median(rounds.map((round) => round.theirs)),
    ratio,
    rounds,
    goal: goal.most,
    conditions,
    holds: isGoodEnough === null && conditions.length === 0 ? null : (isGoodEnough ?? true) && isSo,
    note: [...conditions.map(({ what, holds }) => `${what}: ${holds ? 'yes' : 'NO'}`), ...(measured.note === undefined ? [] : [measured.note])].join('; '),
  };
}

/** The middle of some numbers; of an even number of them the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
