import { findDeployment } from '#db/queries/deployments.ts';
import type { NewMail } from '#db/queries/mails.ts';
import { findPeople } from '#db/queries/people.ts';
import { changeReview, findReview, insertReview, listAnsweringFor, listOpenReviews, type ReviewRow } from '#db/queries/reviews.ts';
import { bindRequest, findRunRequest, insertRunRequest, markDelivered, type RunRequestRow } from '#db/queries/runRequests.ts';
import { amendRun, findPass, findRun, openRun, recordPhase } from '#db/queries/runs.ts';
import { lockSite } from '#db/queries/sites.ts';
import { reviewPublishProcess } from '#domain/processes.ts';
import type { PublishRequestInput } from '#domain/publishRequest.ts';
import { isSecondParty } from '#domain/review.ts';
import { reportCounts, reportSummary, type ReviewReport } from '#domain/reviewReport.ts';
import { isFinal, type PublishVersion } from '#domain/runs.ts';
import { WorkflowNotFoundError } from '#temporal/client.ts';
import { publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { reviewPublishContract, type ReviewPublishInput, reviewSuperseded } from '#temporal/contracts/reviewPublish.ts';
import { activityContext } from './activityContext.ts';
import { auditOwnPublish } from './auditOwnPublish.ts';
import { getJson, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { makeReport } from './makeReport.ts';
import { offlineSince } from './offlineSince.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';
import { tellPublish } from './tellPublish.ts';
import { withMails } from './withMails.ts';

export interface OpenReviewInput extends ReviewPublishInput {
  readonly workflowId: string;
  readonly workflowRunId: string;
}

/** What is noted of a review's decision; `by` is a person, or null for the command line. */
export type ReviewNote =
  /** Everything there is to see is there. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'approvalAsked' | 'approved' | 'unscheduled' | 'letThrough'; readonly by: string | null }
  /** `at` in ISO 8601. */
  | { readonly kind: 'scheduled'; readonly at: string; readonly by: string | null }
  | { readonly kind: 'rejected'; readonly by: string | null; readonly reason: string };

interface ReviewOf {
  readonly runId: string;
  readonly siteId: string;
  readonly version: PublishVersion;
}

export interface PublishReviewedInput extends PhaseInput, ReviewOf {
  readonly siteName: string;
  /** From 1; another one asks for another publish when the one before did not come to its end. */
  readonly attempt: number;
}

/** Between two looks at a publish that is waited for, milliseconds. */
const LOOK_MS = 1_000;

const DECIDE = 'decide';

/** Reviews: what a publish would change, and what people decided about it. */
export function createReviewsActivities(deps: ActivityDeps) {
  const { config, db, temporal } = deps;

  return {
    /**
     * Opens the run of a review for its request.
     * Idempotent because the run is found again by workflow id and run id, with what was noted of it.
     * Kill points: before the transaction (nothing happened), after it (the run is found again).
     */
    async openReview(input: OpenReviewInput): Promise<{ runId: string; askedBy: string | null }> {
      return db.transaction(async (trx) => {
        // Reviews of one site are opened one after the other, so that of two the later one knows of the earlier.
        await lockSite(trx, input.siteId);
        const known = await findPass(trx, input.workflowId, input.workflowRunId, 1);
        const askedBy = (await findRunRequest(trx, input.requestId))?.requestedBy ?? null;
        if (known !== undefined) return { runId: known.id, askedBy };
        const { runId } = await openRun(trx, { process: reviewPublishContract.process, siteId: input.siteId, version: input.version, workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: 1, frozen: {} });
        await bindRequest(trx, input.requestId, runId);
        await insertReview(trx, { runId, siteId: input.siteId, version: input.version, askedBy });
        return { runId, askedBy };
      });
    },

    /**
     * Tells older reviews of the site and version that a newer one has begun; whether they end is theirs to decide.
     * Idempotent because a review that was told twice ends once.
     * Kill points: between two signals; each is sent again.
     */
    async supersedeReviews(input: ReviewOf): Promise<void> {
      for (const review of await listOpenReviews(db, input.siteId, input.version)) {
        // Run ids are in the order of their opening: of two reviews only the later one tells the other.
        if (review.runId >= input.runId) continue;
        try {
          await temporal.workflow.getHandle(review.workflowId, review.workflowRunId).signal(reviewSuperseded, { runId: review.runId });
        } catch (error) {
          // It ended a moment ago, or was ended in Temporal: its row follows.
          if (!(error instanceof WorkflowNotFoundError)) throw new StepError('EngineUnavailable', 'An older review cannot be reached.');
        }
      }
    },

    /**
     * Compares what the review has built with what readers see, and stores what it found.
     * Idempotent because a run that has its report keeps it, and comparing changes nothing readers see.
     * Kill points: before either object (compared again), between them (both are written again), before the row (found again).
     */
    async reportReview(input: PhaseInput & ReviewOf): Promise<PhaseResult> {
      const [reportKey, diffsKey] = [storeKeys.reviewReport(input.runId), storeKeys.reviewDiffs(input.runId)];
      let report = await getJson<ReviewReport>(deps, reportKey);
      if (report === null) {
        const made = await makeReport(deps, input, activityContext().abortSignal);
        report = made.report;
        await putJson(deps, diffsKey, made.diffs);
        await putJson(deps, reportKey, report);
      }
      await amendRun(db, input.runId, { frozen: { reportKey, diffsKey } });
      return { summary: reportSummary(report), counts: reportCounts(report) };
    },

    /**
     * Notes what somebody decided, where people and lists read it, and sends the mails about it.
     * Idempotent because each note sets the same values, and a mail is queued once per review and person.
     * Kill points: before the transaction (noted again), after it (the same values are set, mails that wait are started).
     */
    async noteReview(input: { runId: string; note: ReviewNote }): Promise<void> {
      await withMails(deps, async (trx, mail) => {
        await writeNote(trx, input);
        if (input.note.kind === 'approvalAsked') await mail(await approvalMails(input.runId, trx));
      });
    },

    /**
     * Says whether what readers see by now is newer than what was reviewed: then it must not take its place.
     * Idempotent because it only reads.
     * Kill points: before the read, after it; either way it is read again.
     */
    async checkReviewed(input: ReviewOf): Promise<{ isOutdated: boolean; why?: string }> {
      const deployment = await findDeployment(db, { siteId: input.siteId, version: input.version, theme: '' });
      const review = await findRun(db, input.runId);
      const offline = review === undefined ? undefined : await offlineSince(db, input, review.startedAt);
      if (offline !== undefined) return { isOutdated: true, why: offline };
      const revision = review?.frozen['revision'];
      if (deployment?.contentRevision == null || review === undefined || typeof revision !== 'number') return { isOutdated: false };
      if (deployment.contentRevision !== revision) return { isOutdated: deployment.contentRevision > revision };
      // The same content was built after it, with themes that may be newer, and is out already. What was rolled back is no newer build.
      const out = deployment.runId === null ? undefined : await findRun(db, deployment.runId);
      return { isOutdated: out !== undefined && out.frozen['from'] === undefined && out.startedAt > review.startedAt };
    },

    /**
     * Sends the mail to whoever scheduled a publish that did not come to its end.
     * Idempotent because one mail is queued per review and reason.
     * Kill points: before the row (written again), after it (found there, and started).
     */
    async tellScheduleFailed(input: { runId: string; reason: string }): Promise<void> {
      const review = await reviewOf(input.runId);
      if (review.scheduledBy === null) return;
      const told: NewMail = {
        kind: 'publish-scheduled-failed',
        subject: `${review.siteId}/${review.version}`,
        dedupeKey: `publish-scheduled-failed/${input.runId}/${input.reason.slice(0, 200)}`,
        userId: review.scheduledBy,
        data: { ...mailData(review), scheduledAt: review.scheduledAt?.toISOString() ?? null, reason: input.reason },
      };
      await withMails(deps, (_trx, mail) => mail([told]));
    },

    /**
     * Asks for a publish of what the review has built, and waits until it is out.
     * Idempotent because the request is noted with the review and its attempt, and one that is out is not asked for again.
     * Kill points: before the row, between row and signal (told again), while it waits (it looks again).
     */
    async publishReviewed(input: PublishReviewedInput): Promise<PhaseResult & { publishRunId: string }> {
      const { context } = activityContext();
      const request = await askForPublish(input);
      await tellPublish(deps, { ...input, requestId: request.id, askedBy: 'a review of it' });
      await markDelivered(db, request.id);
      for (;;) {
        const asked = await findRunRequest(db, request.id);
        const run = asked?.runId == null ? undefined : await findRun(db, asked.runId);
        if (run?.state === 'succeeded') return { publishRunId: run.id, summary: `The ${input.version} site is as it was reviewed`, counts: {} };
        if (run !== undefined && (run.state === 'failed' || isFinal(run.state))) {
          throw new StepError('PublishFailed', `What was reviewed could not be published: ${run.reasonMessage ?? `its run ended as ${run.state}.`} Readers see the site as it was. Mend that, then retry.`, run.problems);
        }
        await context.sleep(LOOK_MS);
      }
    },
  };

  async function reviewOf(runId: string, trx = db): Promise<ReviewRow> {
    const review = await findReview(trx, runId);
    if (review === undefined) throw new Error(`Run ${runId} is no review`);
    return review;
  }

  async function writeNote(trx: typeof db, { runId, note }: { readonly runId: string; readonly note: ReviewNote }): Promise<void> {
    const phase = (state: 'running' | 'done', summary: string): Promise<void> => recordPhase(trx, { runId, phase: DECIDE, state, summary });
    switch (note.kind) {
      case 'ready':
        return phase('running', 'Waits for your decision');
      case 'approvalAsked':
        return changeReview(trx, runId, { approvalAskedBy: note.by });
      case 'approved':
        await changeReview(trx, runId, { approvedBy: note.by });
        return phase('running', 'Approved; waits to be published');
      case 'scheduled':
        await changeReview(trx, runId, { scheduled: { at: new Date(note.at), by: note.by } });
        return phase('running', 'Waits for the time that was set');
      case 'unscheduled':
        await changeReview(trx, runId, { scheduled: null });
        return phase('running', 'Waits for your decision');
      case 'rejected':
        await changeReview(trx, runId, { rejectedBy: note.by });
        return phase('done', 'Rejected');
      case 'letThrough':
        await changeReview(trx, runId, { letThroughBy: note.by });
        return phase('done', 'Let through');
    }
  }

  /** The request of this attempt: an earlier one that is out or on its way is as good as a new one. */
  async function askForPublish(input: PublishReviewedInput): Promise<RunRequestRow> {
    return db.transaction(async (trx) => {
      await lockSite(trx, input.siteId);
      const review = await reviewOf(input.runId, trx);
      const earlier = review.publishRequestId === null ? undefined : await findRunRequest(trx, review.publishRequestId);
      if (earlier !== undefined) {
        const run = earlier.runId === null ? undefined : await findRun(trx, earlier.runId);
        if (run === undefined || run.state === 'running' || run.state === 'succeeded' || review.publishAttempt === input.attempt) return earlier;
      }
      const asked: PublishRequestInput = { from: { kind: 'reviewed', runId: input.runId } };
      const request = await insertRunRequest(trx, { process: publishSiteContract.process, siteId: input.siteId, version: input.version, requestedBy: review.letThroughBy, input: { ...asked } });
      // Who let it through is told of where they did; a time that came is nobody’s.
      if (review.scheduledAt !== null) await auditOwnPublish(trx, reviewPublishProcess, { siteName: review.siteName, version: input.version, requestId: request.id, ofRunId: input.runId });
      await changeReview(trx, input.runId, { publish: { requestId: request.id, attempt: input.attempt } });
      return request;
    });
  }

  /** A mail to everybody who may approve, each once. */
  async function approvalMails(runId: string, trx: typeof db): Promise<readonly NewMail[]> {
    const review = await reviewOf(runId, trx);
    const approvers = (await listAnsweringFor(trx, review.siteId)).filter((userId) => isSecondParty({ askedBy: review.askedBy, approvalAskedBy: review.approvalAskedBy }, userId));
    const asker = review.approvalAskedBy === null ? undefined : (await findPeople(trx, [review.approvalAskedBy])).get(review.approvalAskedBy);
    return approvers.map((userId): NewMail => ({ kind: 'approval-asked', dedupeKey: `approval-asked/${runId}/${userId}`, userId, data: { ...mailData(review), askedBy: asker?.name ?? null } }));
  }

  function mailData(review: ReviewRow): Record<string, string> {
    return { runId: review.runId, siteName: review.siteName, siteTitle: review.siteTitle, version: review.version, url: `${config.studioBaseUrl}/sites/${encodeURIComponent(review.siteName)}/reviews/${review.runId}` };
  }
}
