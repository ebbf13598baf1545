import { findPeople, type PersonRow } from '#db/queries/people.ts';
import type { ReviewRow } from '#db/queries/reviews.ts';
import { isSecondParty, reviewState, type ReviewState } from '#domain/review.ts';
import type { PublishVersion } from '#domain/runs.ts';
import type { Principal } from '../auth/principal.ts';
import type { Review } from '../contracts/reviews.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';
import { personIn } from './items.ts';

/** Whether publishes of this version need a second person's approval here. */
export function needsApproval(config: Pick<ApiDeps['config'], 'publishApproval'>, version: PublishVersion): boolean {
  return config.publishApproval === version;
}

/** Who has to be another one than who approves. */
export function askersOf(review: ReviewRow): Parameters<typeof isSecondParty>[0] {
  return { askedBy: review.askedBy, ...(review.approvalAskedAt === null ? {} : { approvalAskedBy: review.approvalAskedBy }) };
}

export function stateOf(review: ReviewRow): ReviewState {
  return reviewState(review, review.scheduledAt);
}

/** Reviews as people see them, with what the caller may do about each. */
export async function presentReviews(deps: Pick<ApiDeps, 'db' | 'config'>, rows: readonly ReviewRow[], who: Principal): Promise<Review[]> {
  const ids = rows.flatMap((row) => [row.askedBy, row.approvalAskedBy, row.approvedBy, row.scheduledBy]).filter((id): id is string => id !== null);
  const people = await findPeople(deps.db, ids);
  return rows.map((row) => presentReview(deps, row, people, who));
}

function presentReview(deps: Pick<ApiDeps, 'config'>, row: ReviewRow, people: ReadonlyMap<string, PersonRow>, who: Principal): Review {
  const act = (by: string | null, at: Date | null): Review['approved'] => (at === null ? null : { person: personIn(people, by), at: at.toISOString() });
  const state = stateOf(row);
  const isOpen = state === 'waiting' || state === 'scheduled';
  const mayPublish = sitePolicy.publish(who, row.siteId, row.version);
  const needs = needsApproval(deps.config, row.version);
  const isFree = !needs || row.approvedAt !== null || studioPolicy.skipApproval(who);
  const counts = row.counts ?? {};
  return {
    runId: row.runId,
    site: { name: row.siteName, title: row.siteTitle },
    version: row.version,
    state,
    commit: row.commit,
    asked: { person: personIn(people, row.askedBy), at: row.askedAt.toISOString() },
    needsApproval: needs,
    approvalAsked: act(row.approvalAskedBy, row.approvalAskedAt),
    approved: act(row.approvedBy, row.approvedAt),
    scheduled: act(row.scheduledBy, row.scheduledAt),
    counts: row.counts === null ? null : { added: counts['added'] ?? 0, changed: counts['changed'] ?? 0, removed: counts['removed'] ?? 0, unchanged: counts['unchanged'] ?? 0, pages: counts['pages'] ?? 0, dying: counts['dying'] ?? 0, bytes: counts['bytes'] ?? 0 },
    reason: row.reasonCode === null ? null : { code: row.reasonCode, message: row.reasonMessage ?? '' },
    publishRunId: row.publishRunId,
    endedAt: row.endedAt?.toISOString() ?? null,
    can: {
      publish: isOpen && mayPublish && isFree,
      schedule: isOpen && mayPublish && isFree,
      unschedule: state === 'scheduled' && mayPublish,
      askApproval: isOpen && row.approvedAt === null,
      approve: isOpen && mayPublish && row.approvedAt === null && isSecondParty(askersOf(row), who.userId),
      reject: isOpen && mayPublish,
    },
  };
}
