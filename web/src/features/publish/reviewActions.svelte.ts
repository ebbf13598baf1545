import type { Review } from '#api/contracts/reviews.ts';
import type { RunRequest } from '#api/contracts/runs.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

export type Decision = { readonly kind: 'publish' | 'unschedule' | 'askApproval' | 'approve' } | { readonly kind: 'schedule'; readonly at: string } | { readonly kind: 'reject'; readonly reason: string };

/** What a person asks for about reviews and earlier publishes: one thing at a time, each with its answer or why not. */
export class ReviewActions extends OneAtATime<Decision['kind'] | 'review' | 'rollback'> {
  /** Asks for a review; resolves to the request, or undefined with `problem` set. */
  ask(site: string, version: PublishVersion): Promise<RunRequest | undefined> {
    return this.once('review', () => call('POST /api/v1/sites/:site/reviews', { params: { site }, body: { version } }));
  }

  /** Asks to show an earlier publish again; resolves to the request, or undefined with `problem` set. */
  rollBack(site: string, version: PublishVersion, runId: string): Promise<RunRequest | undefined> {
    return this.once('rollback', () => call('POST /api/v1/sites/:site/rollbacks', { params: { site }, body: { version, runId } }));
  }

  /** Decides about a review; resolves to how it stands then, or undefined with `problem` set. */
  decide(review: Review, decision: Decision): Promise<Review | undefined> {
    const params = { run: review.runId };
    return this.once(decision.kind, () => {
      switch (decision.kind) {
        case 'publish':
          return call('POST /api/v1/reviews/:run/publish', { params });
        case 'unschedule':
          return call('POST /api/v1/reviews/:run/unschedule', { params });
        case 'askApproval':
          return call('POST /api/v1/reviews/:run/ask-approval', { params });
        case 'approve':
          return call('POST /api/v1/reviews/:run/approve', { params });
        case 'schedule':
          return call('POST /api/v1/reviews/:run/schedule', { params, body: { at: decision.at } });
        case 'reject':
          return call('POST /api/v1/reviews/:run/reject', { params, body: { reason: decision.reason } });
      }
    });
  }
}
