/**
 * How long things stay in the build store, each with a number. Pure: what is kept is decided from a key, its age and
 * what the rows say, so that it can be tested without a bucket.
 */
export interface Retention {
  /** Logs, snapshots, reports and archives, days. */
  readonly logDays: number;
  /** What was built and is not among the kept publishes: previews of runs that went nowhere, days. */
  readonly previewDays: number;
  /** Publishes of a site and version that can be shown again. */
  readonly publishes: number;
  /** Files that no manifest names, days: a build on its way stores files before its manifest. */
  readonly blobDays: number;
}

/** What the rows say is needed. */
export interface Needed {
  /** Manifest keys that deployments and redirects name, now or on their way. */
  readonly manifestKeys: ReadonlySet<string>;
  /** Runs that are open, are waited for, or are among the publishes that can be shown again. */
  readonly runIds: ReadonlySet<string>;
}

const DAY_MS = 24 * 60 * 60_000;
const RUN_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** Kinds that are kept for as long as a log; what lies under any other name is left alone. */
const LIKE_LOGS = /^(logs|snapshots|pulls|imports|cleanups|reviews|themes)\//;

/** Whether an object of the build store that is no blob may go. `ageMs` counts from when it was last written. */
export function isOver(key: string, ageMs: number, needed: Needed, retention: Retention): boolean {
  if (needed.manifestKeys.has(key) || isOfKeptRun(key, needed)) return false;
  if (key.startsWith('manifests/')) return ageMs > retention.previewDays * DAY_MS;
  return LIKE_LOGS.test(key) && ageMs > retention.logDays * DAY_MS;
}

/** A site's id stands in some keys too; it is nobody's run. A manifest in use keeps all its run stored: the outputs of one run belong together. */
function isOfKeptRun(key: string, needed: Needed): boolean {
  return [...key.matchAll(RUN_ID)].some(([id]) => needed.runIds.has(id));
}

/** Runs whose manifests are in use, read off their keys. */
export function runsOfManifests(keys: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const key of keys) {
    const [, run] = /^manifests\/[^/]+\/(?:draft|live)\/([^/]+)\//.exec(key) ?? [];
    if (run !== undefined) found.add(run);
  }
  return found;
}

/** Whether a blob no manifest names may go. */
export function isOldBlob(ageMs: number, retention: Retention): boolean {
  return ageMs > retention.blobDays * DAY_MS;
}

/**
 * A set of SHA-256 names in eight bytes each, for millions of them: two names may look alike, and then one too many is kept.
 * Add all, then ask.
 */
export class HashSet {
  private values = new BigUint64Array(1_024);
  private length = 0;
  private isSorted = true;

  add(sha256: string): void {
    if (this.length === this.values.length) this.compact();
    this.values[this.length] = BigInt(`0x${sha256.slice(0, 16)}`);
    this.length += 1;
    this.isSorted = false;
  }

  has(sha256: string): boolean {
    if (!this.isSorted) this.sort();
    const wanted = BigInt(`0x${sha256.slice(0, 16)}`);
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.values[middle] ?? 0n) < wanted) low = middle + 1;
      else high = middle;
    }
    return low < this.length && this.values[low] === wanted;
  }

  /** How many different names there are. */
  get size(): number {
    if (!this.isSorted) this.sort();
    return this.length;
  }

  /** Sorts and drops doubles: most names come again with each manifest. */
  private sort(): void {
    const sorted = this.values.subarray(0, this.length).sort();
    let kept = 0;
    for (let index = 0; index < sorted.length; index += 1) {
      const value = sorted[index] ?? 0n;
      if (kept > 0 && sorted[kept - 1] === value) continue;
      sorted[kept] = value;
      kept += 1;
    }
    this.length = kept;
    this.isSorted = true;
  }

  private compact(): void {
    this.sort();
    if (this.length < this.values.length / 2) return;
    const larger = new BigUint64Array(this.values.length * 2);
    larger.set(this.values);
    this.values = larger;
  }
}
