import { countActions, type PullAction, type PullLine } from './pullPlan.ts';

/** How far a pull goes back: newer commits of main are not taken. */
export interface GoesBack {
  /** When the commit was made, ISO 8601. */
  readonly at: string;
  readonly commits: number;
}

/** What people and the command line read of a pull, as it lies in the build store. */
export interface PullReport {
  readonly site: string;
  readonly commit: string;
  readonly dryRun: boolean;
  readonly goesBack: GoesBack | null;
  readonly counts: Readonly<Record<PullAction, number>>;
  readonly lines: readonly PullLine[];
}

/** Something that was planned and could not be done. */
export interface PullFault {
  readonly textId: string;
  readonly action: 'conflict' | 'refused';
  readonly reason: string;
}

/** `This goes back to 2026-03-01; 2 newer commits are not taken.` */
export function goesBackSentence({ at, commits }: GoesBack): string {
  return `This goes back to ${at.slice(0, 10)}; ${commits.toLocaleString('en-US')} newer ${commits === 1 ? 'commit is' : 'commits are'} not taken.`;
}

/** The report with what became of the plan. */
export function withFaults(report: PullReport, faults: readonly PullFault[]): PullReport {
  const byTextId = new Map(faults.map((fault) => [fault.textId, fault]));
  const lines = report.lines.map((line): PullLine => {
    const isChange = line.action === 'add' || line.action === 'change' || line.action === 'delete';
    const fault = isChange && line.textId !== null ? byTextId.get(line.textId) : undefined;
    return fault === undefined ? line : { ...line, action: fault.action, reason: fault.reason };
  });
  return { ...report, lines, counts: countActions(lines) };
}
