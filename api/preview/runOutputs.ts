import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { listSiteDeployments } from '#db/queries/deployments.ts';
import { findRun } from '#db/queries/runs.ts';
import { buildKeys } from '#domain/buildKeys.ts';
import type { Manifest, ManifestEntry } from '#domain/manifest.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { webBucket } from '#domain/places.ts';
import type { ApiDeps } from '../deps.ts';

const decompress = promisify(gunzip);

/** Runs whose manifests stay in memory: a page asks for many files at once. */
const MAX_KEPT = 8;
/** How long they are believed, milliseconds: a run that goes on gets other manifests. */
const KEPT_MS = 10_000;

/** What one run put out, and the bucket its site's readers are served from. */
export interface RunOutputs {
  readonly bucket: string;
  /** Key prefix of the site's own output; empty for the root site. */
  readonly prefix: string;
  /** The file at a key: null when the run owns the place and has no such file, undefined when the place is another's. */
  fileAt(key: string): ManifestEntry | null | undefined;
}

/** Finds the outputs of runs: what was deployed, or what was built where nothing was deployed. */
export function createRunOutputs(deps: Pick<ApiDeps, 'config' | 'db' | 's3'>) {
  const { config, db, s3 } = deps;
  const kept = new Map<string, { readonly at: number; readonly outputs: Promise<RunOutputs | null> }>();

  async function getJson<T>(key: string): Promise<T | null> {
    const body = await s3.get(config.buildStoreBucket, key);
    return body === null ? null : (JSON.parse((await decompress(body)).toString('utf8')) as T);
  }

  async function find(runId: string): Promise<RunOutputs | null> {
    const run = await findRun(db, runId);
    if (run?.siteId == null || run.siteName === null || run.version === null) return null;
    const { siteId, siteName, version } = run;
    // Runs of earlier code list no outputs: they have the site's own only.
    const { themes } = (await getJson<{ themes: readonly string[] }>(buildKeys.outputs(siteId, version, runId))) ?? { themes: [''] };
    const manifests: Manifest[] = [];
    for (const theme of themes) {
      const manifest = (await getJson<Manifest>(buildKeys.deployed(siteId, version, runId, theme))) ?? (await getJson<Manifest>(buildKeys.build(siteId, version, runId, theme)));
      if (manifest !== null) manifests.push(manifest);
    }
    const own = manifests.find((manifest) => manifest.theme === '') ?? manifests[0];
    if (own === undefined) return null;
    // Beside the root site's files stand other sites, and what readers see of the root site itself, which may be another state of it.
    const standing = own.prefix === '' ? await standingFiles(siteId, version) : null;
    // The longest prefix first: one output may lie inside another.
    const byPrefix = [...manifests].sort((a, b) => b.prefix.length - a.prefix.length);
    return {
      bucket: webBucket(config, { siteName, version }),
      prefix: own.prefix,
      fileAt(key) {
        const manifest = byPrefix.find(({ prefix }) => prefix === '' || key.startsWith(`${prefix}/`));
        if (manifest === undefined) return undefined;
        const path = manifest.prefix === '' ? key : key.slice(manifest.prefix.length + 1);
        if (Object.hasOwn(manifest.files, path)) return manifest.files[path] ?? null;
        return manifest.prefix !== '' || (standing !== null && Object.hasOwn(standing, path)) ? null : undefined;
      },
    };
  }

  /** What readers see of a site's own theme now. */
  async function standingFiles(siteId: string, version: PublishVersion): Promise<Manifest['files'] | null> {
    const row = (await listSiteDeployments(db, siteId)).find((deployment) => deployment.version === version && deployment.theme === '');
    return row?.manifestKey == null ? null : ((await getJson<Manifest>(row.manifestKey))?.files ?? null);
  }

  return {
    /** What a run put out, or null when there is no such run, or nothing of it is kept. */
    outputsOf(runId: string): Promise<RunOutputs | null> {
      const known = kept.get(runId);
      if (known !== undefined && Date.now() - known.at < KEPT_MS) return known.outputs;
      const outputs = find(runId);
      kept.delete(runId);
      kept.set(runId, { at: Date.now(), outputs });
      for (const oldest of kept.keys()) {
        if (kept.size <= MAX_KEPT) break;
        kept.delete(oldest);
      }
      outputs.catch(() => {
        if (kept.get(runId)?.outputs === outputs) kept.delete(runId);
      });
      return outputs;
    },
  };
}
