import { isRootSite } from '../places.ts';
import type { PublishVersion } from '../runs.ts';
import type { Job, Pipeline, PipelineRef, Resource, Step } from './definition.ts';
import { type ConcourseSettings, isDevelopment } from './settings.ts';
import { buildOfflineTask, buildOnlineTask, type ForeignFolders, type Output, purgedDistribution, removeDownloadsScript, type SiteWords, staticFilesTask, themeAssetsTask, uploadOfflineTask, uploadOnlineTask } from './siteBuild.ts';
import { awsParams, branchOf, type BuilderStatus, catalogueResources, contentSource, gitResource, post, projectsResource, reportStatus, RESOURCES, slackResource, type StatusOf, task, purgeTask, themesResource, typesOf, webhookResource, webpackResource, withHooks } from './steps.ts';

export const ONLINE_JOB = 'online-site-job';
const OFFLINE_JOB = 'offline-site-job';

/** The pipeline of one version of a site; a further theme has one of its own. */
export function sitePipelineRef(siteName: string, version: PublishVersion, theme: string): PipelineRef {
  return { name: theme === '' ? version : `${version}-${theme}`, vars: { site: siteName } };
}

/** Resources whose newest versions a build must start from; nothing checks them by itself. */
export const CHECKED_RESOURCES: readonly string[] = [RESOURCES.webpack, RESOURCES.themes, RESOURCES.projects, RESOURCES.content];

export interface SitePipelineInput {
  readonly site: SiteWords;
  readonly version: PublishVersion;
  /** Empty for the site's own theme. */
  readonly theme: string;
  readonly foreignFolders: ForeignFolders;
}

/**
 * The pipeline that builds one version of a site: a job for the site readers see, started by the studio alone, and one for
 * the tree that is read without a network, which follows the first.
 * @throws {Error} when the site has no URL and is not the root site.
 */
export function renderSitePipeline(settings: ConcourseSettings, input: SitePipelineInput): Pipeline {
  const { site, version, theme } = input;
  const output: Output = { version, theme, placeOf: site.name };
  const content = contentSource(settings, site.shortId);
  const tellsCatalogues = version === 'live' && !isDevelopment(settings) && purgedDistribution(settings, output) !== null && !isRootSite(settings, site.name) && settings.openCatalogWebhookKey !== undefined;
  const catalogues = tellsCatalogues ? catalogueResources(settings) : [];
  const resources: Resource[] = [
    webpackResource(settings),
    themesResource(settings),
    projectsResource(settings),
    gitResource(RESOURCES.content, content.uri, branchOf(settings, version), { token: content.token, isBySsh: settings.concourseIsPrivateRepo }),
    webhookResource(settings, site.name),
    { name: RESOURCES.gate, type: 'keyval', check_every: 'never', source: {} },
    ...catalogues,
    ...(isDevelopment(settings) ? [] : [slackResource()]),
  ];
  return {
    resource_types: typesOf(resources),
    resources,
    jobs: [onlineJob(settings, input, output, catalogues), offlineJob(settings, input, output, catalogues)],
  };
}

function hooked(settings: ConcourseSettings, of: StatusOf): (step: Step, name: string) => Step {
  return (step, name) => withHooks(settings, step, name, (status: BuilderStatus) => reportStatus(of, status));
}

/** Purges, then tells those who list the course. Neither is done in development, nor for sites that only tests publish. */
function announce(settings: ConcourseSettings, site: SiteWords, output: Output, catalogues: readonly Resource[], hook: (step: Step, name: string) => Step): Step[] {
  const distribution = isDevelopment(settings) ? null : purgedDistribution(settings, output);
  return [
    ...(distribution === null ? [] : [hook(purgeTask(settings, distribution, site.name), 'clear-cdn-cache')]),
    ...catalogues.map((catalogue): Step => ({ try: post(catalogue.name, { webhook_key: settings.openCatalogWebhookKey ?? '', prefix: `${site.urlPath}/`, version: 'live' }) })),
  ];
}

function onlineJob(settings: ConcourseSettings, { site, version, theme, foreignFolders }: SitePipelineInput, output: Output, catalogues: readonly Resource[]): Job {
  const of: StatusOf = { version, buildType: 'online', theme };
  const hook = hooked(settings, of);
  const get = (name: string): Step => hook({ get: name, trigger: false, timeout: '5m', attempts: 3 }, `get ${name}`);
  return {
    name: ONLINE_JOB,
    serial: true,
    plan: [
      reportStatus(of, 'started'),
      ...CHECKED_RESOURCES.map(get),
      hook(staticFilesTask(settings, site, 'online'), 'static-resources-online'),
      hook(buildOnlineTask(settings, site, output), 'build-online-site'),
      hook(uploadOnlineTask(settings, site, output, { isDeleting: true, foreignFolders }), 'upload-online-build'),
      reportStatus(of, 'succeeded'),
      ...announce(settings, site, output, catalogues, hook),
      reportStatus(of, 'succeeded', true),
      ...gateSteps(settings, site, output, hook),
    ],
  };
}

/**
 * Lets the offline job begin, unless the course hides its downloads: then those that are there are taken away. The studio
 * not answering is neither answer, so it fails the job and removes nothing.
 */
function gateSteps(settings: ConcourseSettings, site: SiteWords, output: Output, hook: (step: Step, name: string) => Step): Step[] {
  const isRoot = isRootSite(settings, site.name);
  const studio = { STUDIO_URL: settings.studioBaseUrl, API_BEARER_TOKEN: settings.apiBearerToken ?? '', SITE_NAME: site.name };
  const curl = 'curl --fail --silent --show-error --header "Authorization: Bearer $API_BEARER_TOKEN"';
  const openGate: Step = { put: RESOURCES.gate, inputs: [], no_get: true, timeout: '1m', params: { mapping: 'timestamp = now()' } };
  if (isRoot) return [hook(openGate, 'offline-build-gate')];
  return [
    hook(
      task('ask-hide-download', {
        image: 'curl',
        outputs: ['hide-download'],
        params: studio,
        script: [`answer=$(${curl} "$STUDIO_URL/api/websites/$SITE_NAME/hide_download/")`, `case "$answer" in '{}') echo hidden ;; *version*) echo offered ;; *) echo "The studio answered: $answer" >&2; exit 1 ;; esac > hide-download/state`],
        timeout: '1m',
        attempts: 3,
      }),
      'ask-hide-download',
    ),
    hook(
      task('remove-downloads', {
        image: 'aws',
        inputs: ['hide-download'],
        params: awsParams(settings),
        script: ['if [ "$(cat hide-download/state)" != hidden ]; then exit 0; fi', ...removeDownloadsScript(settings, site, output)],
        timeout: '5m',
        attempts: 3,
      }),
      'remove-downloads',
    ),
    hook(
      task('remove-from-root-website', {
        image: 'curl',
        inputs: ['hide-download'],
        params: studio,
        script: ['if [ "$(cat hide-download/state)" != hidden ]; then exit 0; fi', `${curl} --request POST "$STUDIO_URL/api/websites/$SITE_NAME/remove_from_root_website/?version=${output.version}"`],
        timeout: '10m',
        attempts: 3,
      }),
      'remove-from-root-website',
    ),
    // A hidden download ends the job here, well.
    { try: { do: [task('offer-download', { image: 'curl', inputs: ['hide-download'], script: ['[ "$(cat hide-download/state)" = offered ]'], timeout: '1m', attempts: 1 }), openGate] } },
  ];
}

function offlineJob(settings: ConcourseSettings, { site, version, theme }: SitePipelineInput, output: Output, catalogues: readonly Resource[]): Job {
  const of: StatusOf = { version, buildType: 'offline', theme };
  const hook = hooked(settings, of);
  return {
    name: OFFLINE_JOB,
    serial: true,
    plan: [
      { get: RESOURCES.gate, trigger: true, passed: [ONLINE_JOB], timeout: '5m', attempts: 3 },
      // What the online job used, not what came since.
      ...CHECKED_RESOURCES.map((name) => hook({ get: name, trigger: false, passed: [ONLINE_JOB], timeout: '5m', attempts: 3 }, `get ${name}`)),
      hook(themeAssetsTask(settings, site, output), 'webpack-artifacts'),
      hook(staticFilesTask(settings, site, 'offline'), 'static-resources-offline'),
      hook(buildOfflineTask(settings, site, output), 'build-offline-site'),
      hook(uploadOfflineTask(settings, site, output, true), 'upload-offline-build'),
      ...announce(settings, site, output, catalogues, hook),
      reportStatus(of, 'succeeded'),
    ],
  };
}
