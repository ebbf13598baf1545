import { listManifestKeysInUse } from '#db/queries/deployments.ts';
import { listNeededRuns } from '#db/queries/neededRuns.ts';
import { formatBytes } from '#domain/manifest.ts';
import { HashSet, isOldBlob, isOver, type Needed, type Retention, runsOfManifests } from '#domain/retention.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { getJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { inParallel } from './inParallel.ts';

export interface Swept {
  readonly removed: number;
  readonly bytes: number;
  readonly summary: string;
}

/** Everything that names files by their content; plans and lists of outputs do not. */
const NAMES_FILES = /^(manifests|themes|offline)\/.*\.json\.gz$/;
const NAMES_NONE = /\/(plan|outputs)\.json\.gz$/;
/** How many objects one request removes. */
const REMOVED_AT_ONCE = 1_000;
/** How many manifests are read before the next ones are listed. */
const READ_AT_ONCE = 1_000;

interface Doomed {
  readonly key: string;
  readonly size: number;
}

/** The janitor of the build store. */
export function createSweepActivities(deps: ActivityDeps) {
  const { config, db, s3 } = deps;
  const bucket = config.buildStoreBucket;
  const retention: Retention = { logDays: config.retainLogDays, previewDays: config.retainPreviewDays, publishes: config.retainPublishes, blobDays: config.retainBlobDays };

  return {
    /**
     * Removes what runs left in the store and nobody needs.
     * Idempotent because it removes only what is over, and what is gone is gone.
     * Kill points: between any two removals; the next sweep takes the rest.
     */
    async sweepRuns(_input: object): Promise<Swept> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const needed = await readNeeded();
      const remover = createRemover(abortSignal);
      for (const prefix of ['manifests/', 'logs/', 'snapshots/', 'pulls/', 'imports/', 'cleanups/', 'reviews/', 'themes/']) {
        for await (const object of s3.list(bucket, prefix)) {
          abortSignal.throwIfAborted();
          if (isOver(object.key, Date.now() - object.lastModified.getTime(), needed, retention)) await remover.add(object);
        }
      }
      return remover.end('objects that runs had left');
    },

    /**
     * Removes files of builds that no manifest in the store names.
     * Idempotent because it removes only what is named nowhere and was not written lately.
     * Kill points: while manifests are read, between any two removals; the next try begins anew.
     */
    async sweepBlobs(_input: object): Promise<Swept> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const named = await readNamed(abortSignal);
      const remover = createRemover(abortSignal, async ({ key }) => {
        // A build that runs at this moment may just have stored the file again.
        const now = await s3.list(bucket, key).next();
        return now.done === true || now.value.key !== key || !isOldBlob(Date.now() - now.value.lastModified.getTime(), retention);
      });
      const prefix = storeKeys.blob('');
      for await (const object of s3.list(bucket, prefix)) {
        abortSignal.throwIfAborted();
        if (!named.has(object.key.slice(prefix.length)) && isOldBlob(Date.now() - object.lastModified.getTime(), retention)) await remover.add(object);
      }
      return remover.end(`files, of which no manifest named any; ${named.size.toLocaleString('en-US')} are in use`);
    },
  };

  async function readNeeded(): Promise<Needed> {
    const manifestKeys = await listManifestKeysInUse(db);
    const runIds = await listNeededRuns(db, retention.publishes);
    for (const id of runsOfManifests(manifestKeys)) runIds.add(id);
    return { manifestKeys, runIds };
  }

  async function readNamed(abortSignal: AbortSignal): Promise<HashSet> {
    const named = new HashSet();
    let keys: string[] = [];
    const readAll = async (): Promise<void> => {
      await inParallel(keys, config.awsMaxConnections, async (key) => {
        const stored = await getJson<{ readonly files?: Readonly<Record<string, { readonly sha256?: string; readonly storageKey?: string }>> }>(deps, key);
        for (const entry of Object.values(stored?.files ?? {})) if (entry.sha256 !== undefined && entry.storageKey === undefined) named.add(entry.sha256);
      }, { abortSignal });
      keys = [];
    };
    for (const prefix of ['manifests/', 'themes/', 'offline/']) {
      for await (const { key } of s3.list(bucket, prefix)) {
        if (!NAMES_FILES.test(key) || NAMES_NONE.test(key)) continue;
        keys.push(key);
        if (keys.length >= READ_AT_ONCE) await readAll();
      }
    }
    await readAll();
    return named;
  }

  /** Gathers what is to go and removes it in large requests. `spare` is asked right before. */
  function createRemover(abortSignal: AbortSignal, spare?: (object: Doomed) => Promise<boolean>) {
    let doomed: Doomed[] = [];
    let removed = 0;
    let bytes = 0;
    const flush = async (): Promise<void> => {
      const going: Doomed[] = [];
      await inParallel(doomed, config.awsMaxConnections, async (object) => {
        if (spare === undefined || !(await spare(object))) going.push(object);
      }, { abortSignal });
      doomed = [];
      await s3.remove(bucket, going.map(({ key }) => key), abortSignal);
      removed += going.length;
      bytes += going.reduce((sum, { size }) => sum + size, 0);
    };
    return {
      async add(object: Doomed): Promise<void> {
        doomed.push({ key: object.key, size: object.size });
        if (doomed.length >= REMOVED_AT_ONCE) await flush();
      },
      async end(what: string): Promise<Swept> {
        await flush();
        return { removed, bytes, summary: `Removed ${removed.toLocaleString('en-US')} ${what}, ${formatBytes(bytes)}` };
      },
    };
  }
}
