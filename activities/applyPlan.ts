import { deployedKey, type DeployPlan, type Manifest } from '#domain/manifest.ts';
import { storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { inParallel } from './inParallel.ts';

/** Between two reports of a position, milliseconds. */
const PROGRESS_MS = 1_000;

export interface OutputToWrite {
  readonly plan: Pick<DeployPlan, 'write' | 'assetCount' | 'remove'>;
  /** What the plan leads to; names the place and the source of every file. */
  readonly manifest: Manifest;
}

interface Applying {
  /** The web bucket. */
  readonly bucket: string;
  /** How many of the files to write an earlier try is known to have written. */
  readonly position: number;
  readonly abortSignal: AbortSignal;
  /** Told at most once a second how many files are written. */
  readonly onPosition?: (position: number) => void;
}

export type PlanToApply = Applying & OutputToWrite;

/** Writes assets, then pages, then removes what is gone. Objects are copied within S3, whole, so it may be done again. */
export async function applyPlan(deps: Pick<ActivityDeps, 'config' | 's3'>, todo: PlanToApply): Promise<void> {
  const { plan, manifest, ...rest } = todo;
  await applyPlans(deps, { ...rest, outputs: [{ plan, manifest }] });
}

/** Does the same for several outputs in one bucket: the assets of all, then the pages of all, then what is gone from any. */
export async function applyPlans(deps: Pick<ActivityDeps, 'config' | 's3'>, todo: Applying & { readonly outputs: readonly OutputToWrite[] }): Promise<void> {
  const { config, s3 } = deps;
  const { bucket, outputs, abortSignal } = todo;
  let { position } = todo;
  let reportedAt = 0;
  const filesOf = (part: (plan: OutputToWrite['plan']) => readonly string[]) => outputs.flatMap(({ plan, manifest }) => part(plan).map((path) => ({ manifest, path })));
  const write = async ({ manifest, path }: { manifest: Manifest; path: string }): Promise<void> => {
    const entry = manifest.files[path];
    if (entry === undefined) throw new Error(`The plan writes ${path}, which the manifest lacks`);
    const from = entry.storageKey === undefined ? { bucket: config.buildStoreBucket, key: storeKeys.blob(entry.sha256) } : { bucket: config.storageBucket, key: entry.storageKey };
    await s3.copy({ ...from, size: entry.size }, { bucket, key: deployedKey(manifest, path) }, { contentType: entry.contentType, metadata: { 'site-id': manifest.siteName } }, abortSignal);
  };
  const writeAll = async (files: readonly { manifest: Manifest; path: string }[], offset: number): Promise<void> => {
    const start = Math.min(Math.max(0, position - offset), files.length);
    await inParallel(files.slice(start), config.awsMaxConnections, write, {
      abortSignal,
      onProgress: (done) => {
        position = offset + start + done;
        if (Date.now() - reportedAt < PROGRESS_MS) return;
        reportedAt = Date.now();
        todo.onPosition?.(position);
      },
    });
    position = Math.max(position, offset + files.length);
  };
  const assets = filesOf((plan) => plan.write.slice(0, plan.assetCount));
  await writeAll(assets, 0);
  await writeAll(filesOf((plan) => plan.write.slice(plan.assetCount)), assets.length);
  await s3.remove(bucket, filesOf((plan) => plan.remove).map(({ manifest, path }) => deployedKey(manifest, path)), abortSignal);
}
