import { type DeploymentRow, listDeployedThemes, listSiteDeployments } from '#db/queries/deployments.ts';
import { listSiteRedirects } from '#db/queries/siteRedirects.ts';
import { listOtherUrlPaths } from '#db/queries/sites.ts';
import { type DeployPlan, type Manifest, type ManifestEntry, planDeploy } from '#domain/manifest.ts';
import type { PublishSource } from '#domain/publishRequest.ts';
import type { Problem } from '#domain/runs.ts';
import { getJson, getManifest, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { isRootSite } from './places.ts';
import { staticIdentity } from './staticIdentity.ts';
import { StepError } from './stepError.ts';
import type { PlanOwner, StoredPlan } from './storedPlans.ts';

/** What builds of the themes' assets keep at the top of a web bucket: no site writes or removes it. */
const THEME_ASSETS = ['static_shared', 'static', 'favicon.ico'];

/** Paths of a kind that a warning names; the number of all is beside them. */
const NAMED = 5;

export interface OutputsToPlan extends PlanOwner {
  /** Of the output in the site's own theme. */
  readonly buildKey: string;
  /** A stored run whose output is shown instead of a build of this run's own. */
  readonly from?: PublishSource | undefined;
}

export interface PlannedOutputs {
  readonly outputs: readonly { readonly theme: string; readonly plan: DeployPlan; readonly isDropped: boolean }[];
  /** What people should know although it goes on. */
  readonly warnings: readonly Problem[];
}

type PlanDeps = Pick<ActivityDeps, 'config' | 'db' | 's3'>;

interface NextOutput {
  readonly theme: string;
  readonly next: Manifest;
  readonly isDropped: boolean;
}

/**
 * Plans every theme output of a site: from what stands in its bucket to what was built, or to what an earlier run put out.
 * An output that nothing builds any more is taken away.
 * @throws {StepError} UrlInUse, final, when a live site would write where another site or its redirects stand.
 */
export async function planOutputs(deps: PlanDeps, input: OutputsToPlan): Promise<PlannedOutputs> {
  const { config, db } = deps;
  const rows = new Map((await listSiteDeployments(db, input.siteId)).filter((row) => row.version === input.version).map((row) => [row.theme, row]));
  const warnings: Problem[] = [];
  const own = await getManifest(deps, input.buildKey);
  const others = await listOtherUrlPaths(db, input.siteId);
  const isRoot = isRootSite(config, own.siteName);
  assertOwnPlace(own, others, isRoot);
  const outputs = [];
  for (const { theme, next, isDropped } of await nextOutputs(own)) {
    const row = rows.get(theme);
    const current = await standingAt(next, row);
    const interrupted = row?.pendingManifestKey == null ? null : await getJson<Manifest>(deps, row.pendingManifestKey);
    const themePrefix = themePrefixOf(next, own);
    const plan = planDeploy({
      current,
      interrupted,
      next: input.from === undefined ? next : await withPresentStatics(next, interrupted === null ? current : null),
      // Learn compares the time of this file to see that a course was published.
      always: input.version === 'live' && theme === '' && next.files['data.json'] !== undefined ? ['data.json'] : [],
      otherPrefixes: isRoot ? [...others, ...config.extraCourseThemes, ...(await listDeployedThemes(db))] : others.map((other) => `${themePrefix}${other}`),
      ...(isRoot ? { reserved: THEME_ASSETS } : {}),
    });
    if (plan.leftOut.length > 0) warnings.push({ message: `Not written, because it belongs to the themes’ assets: ${named(plan.leftOut)}. Remove it from the site’s own content or theme.` });
    outputs.push({ theme, plan, isDropped });
  }
  return { outputs, warnings };

  /** Each output as it shall be, the site's own first. */
  async function nextOutputs(ownManifest: Manifest): Promise<NextOutput[]> {
    const asOwn = (manifest: Manifest): Manifest => {
      // What was unknown when the earlier run was planned was put right by its deploy.
      const { unsure: _unsure, ...known } = manifest;
      return { ...known, runId: input.runId };
    };
    const source = input.from?.runId ?? input.runId;
    const isRollback = input.from?.kind === 'rollback';
    const keyOf = isRollback ? storeKeys.deployed : storeKeys.build;
    const themes = isRollback ? await themesOfEarlier(source) : await builtThemes(source);
    const next: NextOutput[] = [{ theme: '', next: asOwn(ownManifest), isDropped: false }];
    // An earlier publish does not bring back a theme the site has no output in any more; a site that has none at all gets every one.
    const isKnown = (theme: string): boolean => !isRollback || rows.size === 0 || rows.has(theme);
    for (const theme of themes) if (theme !== '' && isKnown(theme)) next.push({ theme, next: asOwn(await getManifest(deps, keyOf(input.siteId, input.version, source, theme))), isDropped: false });
    for (const [theme, row] of rows) {
      if (theme === '' || next.some((output) => output.theme === theme)) continue;
      if (isRollback) {
        warnings.push({ message: `The earlier publish had no output in the theme ‘${theme}’: readers keep the one that stands there. Publish the site to renew it.` });
        continue;
      }
      const key = row.manifestKey ?? row.pendingManifestKey;
      const standing = key === null ? null : await getJson<Manifest>(deps, key);
      if (standing !== null) next.push({ theme, next: { ...asOwn(standing), commit: ownManifest.commit, files: {} }, isDropped: true });
    }
    return next;
  }

  async function builtThemes(runId: string): Promise<readonly string[]> {
    return (await getJson<{ themes: readonly string[] }>(deps, storeKeys.outputs(input.siteId, input.version, runId)))?.themes ?? [''];
  }

  /** The outputs that stood there once that run was deployed. */
  async function themesOfEarlier(runId: string): Promise<readonly string[]> {
    const plan = await getJson<StoredPlan>(deps, storeKeys.plan(input.siteId, input.version, runId));
    return plan?.themes?.filter((theme) => plan.dropped?.includes(theme) !== true) ?? [''];
  }

  /** What stands at the place an output goes to: the output itself, or pages that lead on from there, left by a move it now comes back from. */
  async function standingAt(next: Manifest, row: DeploymentRow | undefined): Promise<Manifest | null> {
    const current = row?.manifestKey == null ? null : await getManifest(deps, row.manifestKey);
    if (current === null || current.prefix === next.prefix || input.version !== 'live') return current;
    const redirect = (await listSiteRedirects(db, input.siteId)).find((each) => each.fromPath === own.prefix);
    const key = redirect?.manifests[next.theme];
    return key === undefined ? current : getManifest(deps, key);
  }

  /** An earlier output with its uploaded files as the storage bucket holds them now: what is copied must be what the manifest says. */
  async function withPresentStatics(next: Manifest, current: Manifest | null): Promise<Manifest> {
    const stale = Object.entries(next.files).flatMap(([path, entry]) => (entry.storageKey === undefined || current?.files[path]?.sha256 === entry.sha256 ? [] : [{ path, entry, storageKey: entry.storageKey }]));
    if (stale.length === 0) return next;
    const present = new Map<string, Pick<ManifestEntry, 'sha256' | 'size'>>();
    for await (const object of deps.s3.list(config.storageBucket, commonFolder(stale.map(({ storageKey }) => storageKey)))) present.set(object.key, { sha256: staticIdentity(object), size: object.size });
    const files: Record<string, ManifestEntry> = { ...next.files };
    const gone: string[] = [];
    const changed: string[] = [];
    for (const { path, entry, storageKey } of stale) {
      const now = present.get(storageKey);
      if (now === undefined) {
        delete files[path];
        gone.push(path);
      } else if (now.sha256 !== entry.sha256) {
        files[path] = { ...entry, ...now };
        changed.push(path);
      }
    }
    if (gone.length > 0) warnings.push({ message: `Not shown again, because the uploaded file is gone: ${named(gone)}.` });
    if (changed.length > 0) warnings.push({ message: `Shown as they are now, because the uploaded file was replaced since: ${named(changed)}.` });
    return { ...next, files };
  }
}

/** What comes before the site's own address in the keys of an extra theme, with a slash at its end; empty for the own theme. */
export function themePrefixOf(output: Pick<Manifest, 'prefix'>, own: Pick<Manifest, 'prefix'>): string {
  return own.prefix !== '' && output.prefix.endsWith(`/${own.prefix}`) ? output.prefix.slice(0, -own.prefix.length) : '';
}

function assertOwnPlace(own: Manifest, others: readonly string[], isRoot: boolean): void {
  if (own.version !== 'live' || isRoot) return;
  const place = own.prefix.toLowerCase();
  const holder = others.find((other) => other !== '' && (place === other.toLowerCase() || place.startsWith(`${other.toLowerCase()}/`)));
  if (holder !== undefined) throw new StepError('UrlInUse', `The URL ‘${own.prefix}’ lies where another site stands or leads its readers on from (‘${holder}’). Nothing was deployed. Give the site another URL, then publish again.`);
}

/** The longest folder all keys lie in, with its slash. */
function commonFolder(keys: readonly string[]): string {
  const [first = '', ...rest] = keys;
  let folder = first.slice(0, first.lastIndexOf('/') + 1);
  while (!rest.every((key) => key.startsWith(folder))) folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1);
  return folder;
}

function named(paths: readonly string[]): string {
  const shown = paths.slice(0, NAMED).map((path) => `‘${path}’`).join(', ');
  return paths.length <= NAMED ? shown : `${shown} and ${(paths.length - NAMED).toLocaleString('en-US')} more`;
}
