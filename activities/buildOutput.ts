import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { findDeployment } from '#db/queries/deployments.ts';
import { contentTypeOf } from '#domain/contentType.ts';
import type { ManifestEntry } from '#domain/manifest.ts';
import { siteStoragePrefix } from '#domain/siteUrl.ts';
import { maskVolatile } from '#domain/themeDeclaration.ts';
import { withTranscriptFile } from '#domain/transcriptFile.ts';
import { type BuildSource } from './buildSource.ts';
import { getManifest, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { inParallel } from './inParallel.ts';
import { isRootSite } from './places.ts';
import { staticIdentity } from './staticIdentity.ts';

/** Content that the build store has, by its hash. */
export interface KnownContent {
  has(sha256: string): boolean;
  add(sha256: string): void;
  /** The fingerprint of content that the same themes put out before; undefined where it is not known, null where nothing was masked. */
  fingerprintOf(sha256: string): string | null | undefined;
}

/** An uploaded file of the site, as it will stand below its prefix. */
export interface StaticFile {
  readonly path: string;
  readonly entry: ManifestEntry;
}

/** From Hugo's folder to the build store. */
export function createBuildOutput(deps: Pick<ActivityDeps, 'config' | 'db' | 's3'>) {
  const { config, db, s3 } = deps;

  return { readKnown, readStatics, store };

  /** What the store is known to have: all that the deployed outputs of the site, draft and live, are made of. */
  async function readKnown(source: BuildSource): Promise<KnownContent> {
    const known = new Set<string>();
    const fingerprints = new Map<string, string | null>();
    const wanted = source.outputs.flatMap(({ theme }) => (['draft', 'live'] as const).map((version) => ({ siteId: source.site.id, version, theme })));
    await inParallel(wanted, wanted.length, async (key) => {
      const deployment = await findDeployment(db, key);
      if (deployment?.manifestKey == null) return;
      const manifest = await getManifest(deps, deployment.manifestKey);
      for (const entry of Object.values(manifest.files)) {
        if (entry.storageKey !== undefined) continue;
        known.add(entry.sha256);
        // Other themes may declare other patterns.
        if (manifest.themesCommit === source.themesCommit) fingerprints.set(entry.sha256, entry.fingerprint ?? null);
      }
    });
    return { has: (sha256) => known.has(sha256), add: (sha256) => void known.add(sha256), fingerprintOf: (sha256) => fingerprints.get(sha256) };
  }

  /** Uploaded files of the site, from the list of their bucket: nothing of them passes through here. */
  async function readStatics(source: BuildSource, abortSignal: AbortSignal): Promise<StaticFile[]> {
    const { site } = source;
    const prefix = `${siteStoragePrefix(source.starterConfig, site)}/`;
    const files: StaticFile[] = [];
    for await (const object of s3.list(config.storageBucket, prefix)) {
      abortSignal.throwIfAborted();
      const name = object.key.slice(prefix.length);
      if (name === '' || name.endsWith('/')) continue;
      files.push({
        path: isRootSite(config, site.name) ? `${site.urlPath ?? site.name}/${name}` : name,
        entry: { sha256: staticIdentity(object), size: object.size, contentType: contentTypeOf(name), storageKey: object.key },
      });
    }
    return files;
  }

  /**
   * Reads each file that Hugo put out once: names its content, and stores it when it is new.
   * @returns the files, by path.
   */
  async function store(outputDir: string, source: BuildSource, known: KnownContent, abortSignal: AbortSignal): Promise<Record<string, ManifestEntry>> {
    const patterns = source.declaration.volatilePatterns.map((pattern) => new RegExp(pattern, 'g'));
    const paths = (await readdir(outputDir, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => relative(outputDir, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort();
    const entries = new Map<string, ManifestEntry>();
    await inParallel(
      paths,
      config.awsMaxConnections,
      async (path) => {
        const body = forReaders(path, await readFile(join(outputDir, path)));
        const contentType = contentTypeOf(path);
        const sha256 = createHash('sha256').update(body).digest('hex');
        const fingerprint = fingerprintOf(body, sha256, contentType, patterns, known);
        entries.set(path, { sha256, size: body.length, contentType, ...(fingerprint === null ? {} : { fingerprint }) });
        if (known.has(sha256)) return;
        known.add(sha256);
        await s3.put(config.buildStoreBucket, storeKeys.blob(sha256), body, { contentType: 'application/octet-stream' }, { sha256, abortSignal });
      },
      { abortSignal },
    );
    return Object.fromEntries(paths.flatMap((path) => {
      const entry = entries.get(path);
      return entry === undefined ? [] : [[path, entry]];
    }));
  }
}

function fingerprintOf(body: Buffer, sha256: string, contentType: string, patterns: readonly RegExp[], known: KnownContent): string | null {
  if (patterns.length === 0 || !/^text\/html|json/.test(contentType)) return null;
  const before = known.fingerprintOf(sha256);
  if (before !== undefined) return before;
  const masked = maskVolatile(body.toString('utf8'), patterns);
  return masked === undefined ? null : createHash('sha256').update(masked).digest('hex');
}

/** The data of a video with the transcript that MIT Learn looks for; everything else as Hugo put it out. */
function forReaders(path: string, body: Buffer): Buffer {
  if (!/(^|\/)data\.json$/.test(path) || !body.includes('"video_transcript_resources"')) return body;
  let data: unknown;
  try {
    data = JSON.parse(body.toString('utf8'));
  } catch {
    // A theme may put out what is no JSON under that name.
    return body;
  }
  const completed = withTranscriptFile(data);
  return completed === null ? body : Buffer.from(JSON.stringify(completed));
}
