import type { Builder } from './builderOf.ts';
import type { RunState } from './runs.ts';

/** Where a review stands, as people say it. */
export const reviewStates = ['building', 'waiting', 'scheduled', 'publishing', 'published', 'failed', 'rejected', 'superseded', 'cancelled', 'expired'] as const;
export type ReviewState = (typeof reviewStates)[number];

/** Codes of the reasons for which a review ends without a publish, beside a cancel. */
export const reviewEndCodes = { rejected: 'Rejected', expired: 'Expired' } as const;

/** How long a review waits for a decision, in days; a scheduled one waits for its time. */
export const DECIDE_WITHIN_DAYS = 30;
/** How far ahead a publish may be scheduled, in days. */
export const SCHEDULE_WITHIN_DAYS = 366;

/** What the run and the decision about it say of where a review stands. */
export function reviewState(run: { readonly state: RunState; readonly phase: string | null; readonly reasonCode: string | null }, scheduledAt: Date | null): ReviewState {
  switch (run.state) {
    case 'running':
      if (run.phase === 'merge' || run.phase === 'publish') return 'publishing';
      if (run.phase !== 'decide') return 'building';
      return scheduledAt === null ? 'waiting' : 'scheduled';
    case 'succeeded':
      return 'published';
    case 'failed':
      return 'failed';
    case 'superseded':
      return 'superseded';
    case 'cancelled':
      return run.reasonCode === reviewEndCodes.rejected ? 'rejected' : 'cancelled';
    case 'terminated':
      return run.reasonCode === reviewEndCodes.expired ? 'expired' : 'cancelled';
  }
}

/** Who asked: a person's id, or null for the command line, which counts as one party. */
export interface Askers {
  readonly askedBy: string | null;
  /** Absent while nobody asked for approval. */
  readonly approvalAskedBy?: string | null;
}

/** Whether this person is another one than those who asked, and so may approve. */
export function isSecondParty(askers: Askers, by: string | null): boolean {
  return by !== askers.askedBy && (askers.approvalAskedBy === undefined || by !== askers.approvalAskedBy);
}

/** Why what this builds cannot be reviewed, as a sentence; undefined when it can. */
export function reviewFault(builder: Builder): string | undefined {
  if (builder === 'temporal') return undefined;
  return 'Concourse builds this site, and it builds anew when the site is published: what a review shows would not be what goes out. Publish the site without a review, or give it another builder first.';
}

/** Why a publish cannot be scheduled for this moment, as a sentence; undefined when it can. */
export function scheduleFault(at: Date, now: Date): string | undefined {
  if (at.getTime() <= now.getTime()) return 'That moment has passed. Choose one in the future, or publish now.';
  if (at.getTime() > now.getTime() + SCHEDULE_WITHIN_DAYS * 24 * 60 * 60_000) return 'A publish can be scheduled up to a year ahead.';
  return undefined;
}
