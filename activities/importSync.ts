import { S3Error, type ListedObject } from '#clients/s3.ts';
import type { Db } from '#db/knex.ts';
import { bindRequest, waitingRequests } from '#db/queries/runRequests.ts';
import { findOtherRunning, findPass, openRun, recordPhaseProgress } from '#db/queries/runs.ts';
import { counted } from '#domain/counted.ts';
import { compareObjects, differsFromSource, type ImportSyncTotals, noSyncTotals, SOURCE_ETAG } from '#domain/importSync.ts';
import { formatBytes } from '#domain/manifest.ts';
import { syncImportBucketContract } from '#temporal/contracts/syncImportBucket.ts';
import { activityContext } from './activityContext.ts';
import { reportPosition } from './activityInterceptor.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { ActivityDeps } from './deps.ts';
import { inParallel } from './inParallel.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';

/** Objects compared before the position is reported. */
const KEYS_PER_PART = 500;
/** Copied keys a result names; the number of all is beside them. */
const NAMED_KEYS = 100;

export interface OpenedImportSync {
  /** Null when nothing is to be done, or another sync is at work. */
  readonly runId: string | null;
  readonly isBusy: boolean;
  readonly dryRun: boolean;
}

export interface CopiedImports extends PhaseResult {
  /** The first keys that were copied, or would be. */
  readonly named: readonly string[];
}

/** What a try leaves to the next one. */
interface Position {
  readonly after: string;
  readonly totals: ImportSyncTotals;
  readonly named: readonly string[];
}

/** The import bucket, copied into the storage bucket. */
export function createImportSyncActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 's3' | 'log'>) {
  const { config, db, s3 } = deps;

  return {
    /**
     * Opens the run of a sync with the requests that wait, or, on schedule, with none.
     * Idempotent because a pass is found again by workflow id, run id and number.
     * Kill points: before the transaction (nothing happened), after it (the pass is found again).
     */
    async openImportSync(input: { workflowId: string; workflowRunId: string; pass: number; isScheduled: boolean }): Promise<OpenedImportSync> {
      return db.transaction(async (trx) => {
        await lockImportSync(trx);
        const known = await findPass(trx, input.workflowId, input.workflowRunId, input.pass);
        if (known !== undefined) return { runId: known.id, isBusy: false, dryRun: known.frozen['dryRun'] === true };
        if ((await findOtherRunning(trx, syncImportBucketContract.process, input.workflowRunId)) !== undefined) return { runId: null, isBusy: true, dryRun: false };
        const waiting = await waitingRequests(trx, syncImportBucketContract.process);
        const [oldest] = waiting;
        if (oldest === undefined && !input.isScheduled) return { runId: null, isBusy: false, dryRun: false };
        const dryRun = oldest?.input['dryRun'] === true;
        const { runId } = await openRun(trx, { process: syncImportBucketContract.process, siteId: null, version: null, workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: input.pass, frozen: { dryRun } });
        for (const request of waiting) if ((request.input['dryRun'] === true) === dryRun) await bindRequest(trx, request.id, runId);
        return { runId, isBusy: false, dryRun };
      });
    },

    /**
     * Copies into storage what storage does not have, or has differently; nothing is removed there.
     * Idempotent because what was copied compares as the same, and a try goes on behind the last key that was compared.
     * Kill points: before a copy, after it, between two parts of the list; the next try compares again from the reported key.
     */
    async copyImports(input: PhaseInput & { readonly dryRun: boolean }): Promise<CopiedImports> {
      if (!input.dryRun) await assertOutwardEffects(deps);
      if (config.importBucket === config.storageBucket) throw new StepError('S3Refused', 'The import bucket is the storage bucket: there is nothing to copy. Set AWS_IMPORT_STORAGE_BUCKET_NAME to another one.');
      const { abortSignal, context } = activityContext();
      const earlier = context.info.heartbeatDetails as Position | undefined;
      let at: Position = earlier ?? { after: '', totals: noSyncTotals, named: [] };
      const storage = readAlong(s3.list(config.storageBucket, '', at.after));
      let part: { source: ListedObject; target: ListedObject | undefined }[] = [];
      const flush = async (): Promise<void> => {
        const last = part.at(-1);
        if (last === undefined) return;
        const copied: ListedObject[] = [];
        await inParallel(part, s3.maxConnections, async ({ source, target }) => {
          if (await bringOver(source, target, input.dryRun, abortSignal)) copied.push(source);
        }, { abortSignal });
        const { totals, named } = at;
        at = {
          after: last.source.key,
          totals: { compared: totals.compared + part.length, copied: totals.copied + copied.length, bytes: copied.reduce((sum, object) => sum + object.size, totals.bytes) },
          named: [...named, ...copied.map((object) => object.key).sort()].slice(0, NAMED_KEYS),
        };
        part = [];
        reportPosition(context, at);
        await recordPhaseProgress(db, input.runId, input.phase, summaryOf(at.totals, input.dryRun), { ...at.totals });
      };
      for await (const source of s3.list(config.importBucket, '', at.after)) {
        // A folder that somebody made in a browser is no file.
        if (source.key.endsWith('/') && source.size === 0) continue;
        part.push({ source, target: await storage(source.key) });
        if (part.length >= KEYS_PER_PART) await flush();
      }
      await flush();
      return { summary: summaryOf(at.totals, input.dryRun), counts: { ...at.totals }, named: at.named };
    },
  };

  /** Copies one object if it differs. @returns whether it did, or would be. */
  async function bringOver(source: ListedObject, target: ListedObject | undefined, dryRun: boolean, abortSignal: AbortSignal): Promise<boolean> {
    const verdict = compareObjects(source, target);
    if (verdict === 'same') return false;
    if (verdict === 'ask' && target !== undefined) {
      const remembered = (await s3.head(config.storageBucket, source.key, abortSignal))?.metadata[SOURCE_ETAG];
      if (!differsFromSource(source, target, remembered)) return false;
    }
    if (dryRun) return true;
    const head = await s3.head(config.importBucket, source.key, abortSignal);
    // Taken away since it was listed.
    if (head === null) return false;
    try {
      await s3.copy({ bucket: config.importBucket, key: source.key, size: head.size }, { bucket: config.storageBucket, key: source.key }, { contentType: head.contentType, metadata: { ...head.metadata, [SOURCE_ETAG]: head.etag } }, abortSignal);
    } catch (error) {
      if (error instanceof S3Error && error.kind === 'missing') return false;
      throw error;
    }
    return true;
  }
}

async function lockImportSync(trx: Db): Promise<void> {
  await trx.raw(`select pg_advisory_xact_lock(hashtext('import-sync'))`);
}

function summaryOf(totals: ImportSyncTotals, dryRun: boolean): string {
  return `${counted(totals.copied, 'file')} of ${totals.compared.toLocaleString('en-US')} ${dryRun ? 'would be copied' : 'copied'}, ${formatBytes(totals.bytes)}`;
}

/** Finds keys in a listing that is in the order of keys, as long as they are asked for in that order too. */
function readAlong(listing: AsyncGenerator<ListedObject>): (key: string) => Promise<ListedObject | undefined> {
  let current: ListedObject | undefined;
  let isAtEnd = false;
  return async (key) => {
    const wanted = Buffer.from(key);
    while (!isAtEnd && (current === undefined || Buffer.compare(Buffer.from(current.key), wanted) < 0)) {
      const next = await listing.next();
      isAtEnd = next.done === true;
      current = next.done === true ? undefined : next.value;
    }
    return current?.key === key ? current : undefined;
  };
}
