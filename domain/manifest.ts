import { counted } from './counted.ts';

/**
 * What one build put out, file by file, and what must happen to a bucket to show it. Pure: a plan is made from two
 * manifests and nothing else, so it can be tested without a bucket.
 */

export interface ManifestEntry {
  /** SHA-256 of the content, hex; for static files a name for the content: storage key and ETag. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  /** The content with the theme's volatile patterns masked, when that differs from `sha256`. */
  readonly fingerprint?: string;
  /** Where a static file is copied from; absent for build output, which lies in the build store under its hash. */
  readonly storageKey?: string;
}

export interface Manifest {
  readonly format: 1;
  readonly siteId: string;
  readonly siteName: string;
  readonly version: 'draft' | 'live';
  /** The theme output: empty for the site's own theme, else the slug of the extra one. */
  readonly theme: string;
  /** Key prefix in the web bucket, without a slash at the end; empty for the root site. */
  readonly prefix: string;
  readonly runId: string;
  readonly commit: string;
  readonly themesCommit: string;
  readonly projectsCommit: string;
  readonly hugoVersion: string;
  /** The version of the themes' asset manifest the pages name their assets by; null where there is none, absent in manifests of earlier versions. */
  readonly webpackVersion?: string | null;
  /** Keyed by path below the prefix, such as `pages/syllabus/index.html`. */
  readonly files: Readonly<Record<string, ManifestEntry>>;
  /**
   * Paths that deploys before this one, which broke off, may have written or removed. Only while this one is on its way:
   * when it broke off too, they are still unknown; when it ended, it has put them right.
   */
  readonly unsure?: readonly string[];
}

/** What stands in a manifest in the place of Hugo's version when another builder made the output. */
export const BUILT_ELSEWHERE = 'concourse';

/** Whether a manifest only lists what another builder left in the bucket: neither its commits nor its contents are known. */
export function isBuiltElsewhere(manifest: Pick<Manifest, 'hugoVersion'>): boolean {
  return manifest.hugoVersion === BUILT_ELSEWHERE;
}

export interface DeployPlan {
  /** Paths to write, in the order they must be written: assets before pages. */
  readonly write: readonly string[];
  /** How many of `write` are assets: nothing after them is written before them all. */
  readonly assetCount: number;
  /** Paths to remove, after everything was written. */
  readonly remove: readonly string[];
  readonly unchanged: number;
  /** Bytes of what is written. */
  readonly writeBytes: number;
  /** Pages readers find now that are removed: addresses that will be dead. */
  readonly removedPages: readonly string[];
  /** Paths the build put out that are not this site's to write, and so are not written. */
  readonly leftOut: readonly string[];
  /** The manifest that will be true after the plan ran: kept objects carry the hash they were deployed with. */
  readonly result: Manifest;
}

/** A path that belongs to another site came out of a build. */
export class ForeignPathError extends Error {
  override readonly name = 'ForeignPathError';
  readonly path: string;
  readonly owner: string;
  constructor(path: string, owner: string) {
    super(`The build put out ‘${path}’, which belongs to the site at ‘${owner}’`);
    this.path = path;
    this.owner = owner;
  }
}

const PAGE = /\.(html?|json|xml|txt)$/i;

/** Whether readers come to the file by its address (a page or data about it), so that what it needs must be there first. */
export function isPage(path: string): boolean {
  return PAGE.test(path);
}

/** The key in the web bucket of a path of the site. */
export function deployedKey(manifest: Pick<Manifest, 'prefix'>, path: string): string {
  return manifest.prefix === '' ? path : `${manifest.prefix}/${path}`;
}

function sameObject(a: ManifestEntry, b: ManifestEntry): boolean {
  return a.contentType === b.contentType && (a.sha256 === b.sha256 || (a.fingerprint ?? a.sha256) === (b.fingerprint ?? b.sha256));
}

export interface DeployInput {
  /** What readers see now; null before the first deploy. */
  readonly current: Manifest | null;
  /** A deploy that began and never ended: its objects may or may not be there, so they count as unknown. */
  readonly interrupted: Manifest | null;
  readonly next: Manifest;
  /** Paths written even when unchanged. */
  readonly always: readonly string[];
  /** Prefixes of other sites in the same bucket. */
  readonly otherPrefixes: readonly string[];
  /** Keys and prefixes that are no site's: what the build put there is left out, and nothing is removed there. */
  readonly reserved?: readonly string[];
}

/**
 * Plans the way from what is deployed to `next`.
 * @throws {ForeignPathError} when the build put a file where another site lives.
 */
export function planDeploy(input: DeployInput): DeployPlan {
  const { current, interrupted, next } = input;
  // A site that moved starts anew at its place; what stood at the old one is not this plan's to remove.
  const before = current !== null && current.prefix === next.prefix ? current.files : {};
  const uncertain = interrupted !== null && interrupted.prefix === next.prefix ? interrupted.files : {};
  const unsure = new Set(interrupted !== null && interrupted.prefix === next.prefix ? interrupted.unsure : []);
  if (interrupted !== null) {
    for (const path of Object.keys({ ...before, ...uncertain })) {
      if (before[path]?.sha256 !== uncertain[path]?.sha256 || before[path]?.contentType !== uncertain[path]?.contentType) unsure.add(path);
    }
  }
  const owners = input.otherPrefixes.filter((prefix) => prefix !== '' && prefix !== next.prefix);
  const within = (prefixes: readonly string[], path: string): string | undefined => {
    const key = deployedKey(next, path);
    return prefixes.find((prefix) => key === prefix || key.startsWith(`${prefix}/`));
  };
  const ownerOf = (path: string): string | undefined => within(owners, path);
  const isReserved = (path: string): boolean => within(input.reserved ?? [], path) !== undefined;

  const always = new Set(input.always);
  const files: Record<string, ManifestEntry> = {};
  const write: string[] = [];
  const leftOut: string[] = [];
  let unchanged = 0;
  let writeBytes = 0;
  for (const [path, entry] of Object.entries(next.files)) {
    const owner = ownerOf(path);
    if (owner !== undefined) throw new ForeignPathError(path, owner);
    if (isReserved(path)) {
      leftOut.push(path);
      continue;
    }
    const deployed = before[path];
    const isThere = deployed !== undefined && sameObject(deployed, entry) && !unsure.has(path);
    if (isThere && !always.has(path)) {
      // Kept as deployed: bucket and manifest must agree on its bytes.
      files[path] = deployed;
      unchanged += 1;
    } else {
      files[path] = entry;
      write.push(path);
      writeBytes += entry.size;
    }
  }
  write.sort((a, b) => Number(isPage(a)) - Number(isPage(b)) || (a < b ? -1 : 1));
  const remove = [...new Set([...Object.keys(before), ...unsure])].filter((path) => next.files[path] === undefined && ownerOf(path) === undefined && !isReserved(path)).sort();
  return {
    write,
    assetCount: write.filter((path) => !isPage(path)).length,
    remove,
    unchanged,
    writeBytes,
    removedPages: remove.filter((path) => before[path] !== undefined && /\.html?$/i.test(path)),
    leftOut: leftOut.sort(),
    result: { ...next, files, ...(unsure.size === 0 ? {} : { unsure: [...unsure].sort() }) },
  };
}

/** "312 of 1,933 files to write, 4.1 MB, 2 to remove (1 page readers find now)", for a timeline. */
export function planSummary(plan: Pick<DeployPlan, 'write' | 'unchanged' | 'writeBytes' | 'remove'> & Partial<Pick<DeployPlan, 'removedPages'>>): string {
  const all = plan.write.length + plan.unchanged;
  const parts = [`${plan.write.length.toLocaleString('en-US')} of ${all.toLocaleString('en-US')} files to write, ${formatBytes(plan.writeBytes)}`];
  const pages = plan.removedPages?.length ?? 0;
  if (plan.remove.length > 0) parts.push(`${plan.remove.length.toLocaleString('en-US')} to remove${pages === 0 ? '' : ` (${counted(pages, 'page')} readers find now)`}`);
  return parts.join(', ');
}

/** Bytes as people say them: 812 B, 4.1 MB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1_000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}
