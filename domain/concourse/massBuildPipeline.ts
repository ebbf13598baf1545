import type { PublishVersion } from '../runs.ts';
import type { Job, Pipeline, PipelineRef, Resource, Step } from './definition.ts';
import { type ConcourseSettings, isDevelopment } from './settings.ts';
import { buildOfflineTask, buildOnlineTask, type ForeignFolders, type Output, purgedDistribution, type SiteWords, staticFilesTask, themeAssetsTask, uploadOfflineTask, uploadOnlineTask } from './siteBuild.ts';
import { branchOf, type BuilderStatus, contentSource, projectsResource, purgeTask, RESOURCES, slackResource, statusBody, task, themesResource, typesOf, webpackResource, withHooks } from './steps.ts';

export interface MassBuildInput {
  readonly version: PublishVersion;
  readonly isOffline: boolean;
  /** Also removes what builds do not put out any more; cannot be offline. */
  readonly isDeleting: boolean;
  /** Empty for each site's own theme. */
  readonly theme: string;
  /** Only sites of this starter; empty for all. */
  readonly starter: string;
  /** In the order they are built. */
  readonly sites: readonly SiteWords[];
  readonly rootSiteName: string;
  readonly foreignFolders: ForeignFolders;
}

/** The instance of the mass build that does this; every variable is part of its name. */
export function massBuildRef(settings: ConcourseSettings, input: Omit<MassBuildInput, 'sites' | 'rootSiteName' | 'foreignFolders'>): PipelineRef {
  return {
    name: 'mass-build-sites',
    vars: {
      version: input.version,
      themes_branch: settings.themesBranch,
      projects_branch: settings.projectsBranch,
      prefix: input.theme,
      starter: input.starter,
      offline: input.isOffline,
      theme_slug: input.theme === '' ? null : input.theme,
      ...(input.isDeleting ? { sync_with_delete: true } : {}),
    },
  };
}

const jobName = (batch: number): string => `mass-build-sites-job-batch-${batch}`;
const gateName = (batch: number): string => `batch-gate-${batch}`;

/** The words of a site inside `across`. */
const VARIABLE: SiteWords = { name: '((.:site.name))', shortId: '((.:site.short_id))', urlPath: '((.:site.url_path))', pathBelowRoot: '((.:site.path_below_root))', storagePrefix: '((.:site.s3_path))', starterSlug: '((.:site.starter_slug))' };

function valueOf(site: SiteWords): Record<string, string> {
  return { name: site.name, short_id: site.shortId, url_path: site.urlPath, path_below_root: site.pathBelowRoot, s3_path: site.storagePrefix, starter_slug: site.starterSlug };
}

/**
 * The pipeline that builds every site of a version again, a batch after the other, a few sites at a time. A site that
 * fails is reported and stops neither its batch nor those that follow.
 * @throws {Error} when it is to remove files and build offline at once, or has no sites.
 */
export function renderMassBuildPipeline(settings: ConcourseSettings, input: MassBuildInput): Pipeline {
  if (input.isDeleting && input.isOffline) throw new Error('A mass build cannot be offline and remove files at once');
  if (input.sites.length === 0) throw new Error('There is no site to build');
  const batches: SiteWords[][] = [];
  for (let start = 0; start < input.sites.length; start += settings.massBuildBatchSize) batches.push(input.sites.slice(start, start + settings.massBuildBatchSize));
  // What builds offline or removes files starts when a person says so, and at no other time.
  const isTriggered = !input.isOffline && !input.isDeleting;
  const checkEvery = isTriggered ? '1m' : 'never';
  const resources: Resource[] = [
    webpackResource(settings, checkEvery),
    themesResource(settings, checkEvery),
    projectsResource(settings, checkEvery),
    ...batches.slice(1).map((_batch, index): Resource => ({ name: gateName(index + 1), type: 'keyval', check_every: 'never', source: {} })),
    ...(isDevelopment(settings) ? [] : [slackResource()]),
  ];
  const jobs = batches.map((sites, index): Job => {
    const passed = index === 0 ? {} : { passed: [jobName(index)] };
    return {
      name: jobName(index + 1),
      serial: true,
      plan: [
        ...(index === 0 ? [] : [{ get: gateName(index), trigger: true, ...passed, timeout: '5m', attempts: 3 } satisfies Step]),
        { get: RESOURCES.webpack, trigger: index === 0 && isTriggered, ...passed, timeout: '5m', attempts: 3 },
        { get: RESOURCES.themes, trigger: false, ...passed, timeout: '5m', attempts: 3 },
        { get: RESOURCES.projects, trigger: index === 0 && isTriggered, ...passed, timeout: '5m', attempts: 3 },
        ...siteSteps(settings, input, sites),
        ...(index + 1 === batches.length ? [] : [{ put: gateName(index + 1), inputs: [], no_get: true, timeout: '1m', params: { mapping: 'timestamp = now()' } } satisfies Step]),
      ],
    };
  });
  return { resource_types: typesOf(resources), resources, jobs };
}

/** Ordinary sites side by side; the root site, whose files lie beside theirs, after them. */
function siteSteps(settings: ConcourseSettings, input: MassBuildInput, sites: readonly SiteWords[]): Step[] {
  const ordinary = sites.filter((site) => site.name !== input.rootSiteName);
  const root = sites.filter((site) => site.name === input.rootSiteName);
  const first = ordinary[0];
  return [
    ...(first === undefined ? [] : [{ across: [{ var: 'site', values: ordinary.map(valueOf), max_in_flight: settings.massBuildMaxInFlight }], try: buildOne(settings, input, VARIABLE, first.name) } satisfies Step]),
    ...root.map((site): Step => ({ try: buildOne(settings, input, site, site.name) })),
  ];
}

function buildOne(settings: ConcourseSettings, input: MassBuildInput, site: SiteWords, placeOf: string): Step {
  const output: Output = { version: input.version, theme: input.theme, placeOf };
  const excludes = input.isOffline ? [] : ['*.mp4'];
  const report = (status: BuilderStatus, isCdnCacheStep = false): Step => reportTask(settings, input, site, status, isCdnCacheStep);
  const hook = (step: Step, name: string): Step => withHooks(settings, step, `${name} ${site.name}`, (status) => ({ try: report(status) }));
  const distribution = isDevelopment(settings) ? null : purgedDistribution(settings, output);
  const steps = input.isOffline
    ? [themeAssetsTask(settings, site, output), staticFilesTask(settings, site, 'offline'), buildOfflineTask(settings, site, output), uploadOfflineTask(settings, site, output, false)]
    : [staticFilesTask(settings, site, 'online', excludes), buildOnlineTask(settings, site, output), uploadOnlineTask(settings, site, output, { isDeleting: input.isDeleting, excludes, foreignFolders: input.foreignFolders })];
  return hook(
    {
      do: [
        cloneTask(settings, input.version, site),
        ...steps,
        ...(distribution === null ? [] : [purgeTask(settings, distribution, site.name)]),
        ...(input.isOffline ? [] : [{ try: report('succeeded', true) } satisfies Step]),
      ],
    },
    'mass-build',
  );
}

/** A resource per site would mean thousands of them, so the repository is cloned by a task. */
function cloneTask(settings: ConcourseSettings, version: PublishVersion, site: SiteWords): Step {
  const { uri, token } = contentSource(settings, site.shortId);
  const byKey = settings.concourseIsPrivateRepo;
  const clone = `clone --quiet --depth 1 --branch ${branchOf(settings, version)} "${uri}" ${RESOURCES.content}`;
  return task('clone-site-content', {
    image: 'publisher',
    outputs: [RESOURCES.content],
    params: byKey ? { GIT_PRIVATE_KEY: '((git-private-key))' } : token === undefined ? {} : { GIT_TOKEN: token },
    script: byKey
      ? ['printf "%s\\n" "$GIT_PRIVATE_KEY" > git.key', 'chmod 600 git.key', `GIT_SSH_COMMAND="ssh -i $PWD/git.key -o StrictHostKeyChecking=no" git ${clone}`]
      : [`git ${token === undefined ? '' : `-c "http.extraHeader=Authorization: Basic $(printf "x-access-token:%s" "$GIT_TOKEN" | base64 | tr -d '\\n')" `}${clone}`],
    timeout: '40m',
    attempts: 3,
  });
}

/** Inside `across` the site is a variable, so that no resource can be its webhook. */
function reportTask(settings: ConcourseSettings, input: MassBuildInput, site: SiteWords, status: BuilderStatus, isCdnCacheStep: boolean): Step {
  const body = statusBody({ version: input.version, buildType: input.isOffline ? 'offline' : 'online', theme: input.theme }, status, isCdnCacheStep);
  return task('report-status', {
    image: 'curl',
    params: { STUDIO_URL: settings.studioBaseUrl, API_BEARER_TOKEN: settings.apiBearerToken ?? '', SITE_NAME: site.name, BODY: JSON.stringify({ ...body, build_id: null }) },
    script: ['curl --fail --silent --show-error --request POST --header "Authorization: Bearer $API_BEARER_TOKEN" --header "Content-Type: application/json" --data "$BODY" "$STUDIO_URL/api/websites/$SITE_NAME/pipeline_status/"'],
    timeout: '1m',
    attempts: 3,
  });
}
