import type { PublishVersion } from '../runs.ts';
import type { Resource, ResourceType, Step } from './definition.ts';
import { type ConcourseSettings, isDevelopment } from './settings.ts';

/** Images of the tasks, each at a version that was tried. */
export const images = {
  publisher: { repository: 'mitodl/ocw-course-publisher', tag: '0.8' },
  aws: { repository: 'amazon/aws-cli', tag: '2.27.50' },
  curl: { repository: 'curlimages/curl', tag: '8.12.1' },
  node: { repository: 'node', tag: '24-bookworm' },
} as const;

const types: Readonly<Record<string, ResourceType>> = {
  'http-resource': { name: 'http-resource', type: 'registry-image', source: { repository: 'umar8hassan/http-resource', tag: 'latest' } },
  's3-iam': { name: 's3-iam', type: 'registry-image', source: { repository: 'governmentpaas/s3-resource', tag: 'latest' } },
  keyval: { name: 'keyval', type: 'registry-image', source: { repository: 'ghcr.io/cludden/concourse-keyval-resource', tag: 'latest' } },
  'slack-notification': { name: 'slack-notification', type: 'registry-image', source: { repository: 'arbourd/concourse-slack-alert-resource', tag: 'v0.15.0' } },
};

/** The resource types these resources need, beside those Concourse brings. */
export function typesOf(resources: readonly Resource[]): ResourceType[] {
  return [...new Set(resources.map((resource) => resource.type))].flatMap((name) => types[name] ?? []);
}

export interface TaskOptions {
  readonly image: keyof typeof images;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly params?: Readonly<Record<string, string>>;
  readonly script: readonly string[];
  readonly timeout: string;
  readonly attempts: number;
}

/** A task that runs a script with `sh`, which ends at the first command that fails. Not traced, for lines may hold tokens. */
export function task(name: string, options: TaskOptions): Step {
  return {
    task: name,
    timeout: options.timeout,
    attempts: options.attempts,
    config: {
      platform: 'linux',
      image_resource: { type: 'registry-image', source: images[options.image] },
      inputs: (options.inputs ?? []).map((input) => ({ name: input })),
      outputs: (options.outputs ?? []).map((output) => ({ name: output })),
      params: options.params ?? {},
      run: { path: 'sh', args: ['-ec', options.script.join('\n')] },
    },
  };
}

/** Keys and address of S3 where tasks do not get them from the machine they run on. */
export function awsParams(settings: ConcourseSettings): Record<string, string> {
  return settings.awsEndpointUrl === undefined
    ? { AWS_DEFAULT_REGION: settings.awsRegion }
    : { AWS_DEFAULT_REGION: settings.awsRegion, AWS_ACCESS_KEY_ID: settings.awsAccessKeyId ?? '', AWS_SECRET_ACCESS_KEY: settings.awsSecretAccessKey ?? '' };
}

/** `aws s3` with the endpoint it is to use. */
export function awsS3(settings: ConcourseSettings): string {
  return settings.awsEndpointUrl === undefined ? 'aws s3' : `aws s3 --endpoint-url ${settings.awsEndpointUrl}`;
}

export const RESOURCES = { webpack: 'webpack-json', themes: 'ocw-hugo-themes-git', projects: 'ocw-hugo-projects-git', content: 'site-content-git', webhook: 'ocw-studio-webhook', gate: 'offline-build-gate', slack: 'slack-alert' } as const;

/**
 * The manifest of the themes' assets. Themes that have none build with an empty one, where a `get` of a version that does
 * not exist would leave the build waiting without end.
 */
export function webpackResource(settings: ConcourseSettings, checkEvery = 'never'): Resource {
  return {
    name: RESOURCES.webpack,
    type: 's3-iam',
    check_every: checkEvery,
    source: {
      bucket: settings.artifactsBucket,
      versioned_file: `ocw-hugo-themes/${settings.themesBranch}/webpack.json`,
      region_name: settings.awsRegion,
      initial_version: '0',
      initial_content_text: '{}',
      ...(settings.awsEndpointUrl === undefined ? {} : { endpoint: settings.awsEndpointUrl, access_key_id: settings.awsAccessKeyId ?? '', secret_access_key: settings.awsSecretAccessKey ?? '' }),
    },
  };
}

export function gitResource(name: string, uri: string, branch: string, options: { readonly token?: string | undefined; readonly isBySsh?: boolean; readonly checkEvery?: string } = {}): Resource {
  return {
    name,
    type: 'git',
    check_every: options.checkEvery ?? 'never',
    source: {
      uri,
      branch,
      ...(options.isBySsh === true ? { private_key: '((git-private-key))' } : {}),
      ...(options.token === undefined ? {} : { username: 'x-access-token', password: options.token }),
    },
  };
}

export function themesResource(settings: ConcourseSettings, checkEvery?: string): Resource {
  return gitResource(RESOURCES.themes, settings.themesGitUrl, settings.themesBranch, checkEvery === undefined ? {} : { checkEvery });
}

export function projectsResource(settings: ConcourseSettings, checkEvery?: string): Resource {
  return gitResource(RESOURCES.projects, settings.projectsGitUrl, settings.projectsBranch, { token: settings.projectsGitToken, ...(checkEvery === undefined ? {} : { checkEvery }) });
}

/** Where a site's repository is cloned from, and with which token when not by key. */
export function contentSource(settings: ConcourseSettings, shortId: string): { readonly uri: string; readonly token: string | undefined } {
  if (settings.concourseIsPrivateRepo) return { uri: `git@${settings.gitDomain}:${settings.gitOrganization}/${shortId}.git`, token: undefined };
  return { uri: `${settings.gitCloneBaseUrl}/${settings.gitOrganization}/${shortId}.git`, token: settings.gitToken };
}

export function branchOf(settings: ConcourseSettings, version: PublishVersion): string {
  return version === 'live' ? settings.gitBranchRelease : settings.gitBranchPreview;
}

const jsonHeaders = { 'Content-Type': 'application/json' };

/** The webhook of the studio that builds of a site report to. */
export function webhookResource(settings: ConcourseSettings, siteName: string): Resource {
  return {
    name: RESOURCES.webhook,
    type: 'http-resource',
    check_every: 'never',
    source: { url: `${settings.studioBaseUrl}/api/websites/${siteName}/pipeline_status/`, method: 'POST', out_only: true, headers: { ...jsonHeaders, Authorization: `Bearer ${settings.apiBearerToken ?? ''}` } },
  };
}

export function slackResource(): Resource {
  return { name: RESOURCES.slack, type: 'slack-notification', check_every: 'never', source: { url: '((slack-url))', disabled: false } };
}

/** One resource per catalogue that is told of live courses. */
export function catalogueResources(settings: ConcourseSettings): Resource[] {
  return settings.openCatalogUrls.map((url, index) => ({ name: `open-catalog-webhook-${index + 1}`, type: 'http-resource', check_every: 'never', source: { url, method: 'POST', out_only: true, headers: jsonHeaders } }));
}

/** Puts a text to an address; nothing is fetched after it, and no other step's files are needed. */
export function post(resource: string, body: Readonly<Record<string, unknown>>): Step {
  return { put: resource, timeout: '1m', attempts: 3, inputs: [], no_get: true, params: { text: JSON.stringify(body), build_metadata: ['body'] } };
}

export interface StatusOf {
  readonly version: PublishVersion;
  readonly buildType: 'online' | 'offline';
  readonly theme: string;
}

export type BuilderStatus = 'started' | 'succeeded' | 'failed' | 'errored' | 'aborted';

/** What a report to the studio says. */
export function statusBody(of: StatusOf, status: BuilderStatus, isCdnCacheStep = false): Record<string, unknown> {
  return { version: of.version, status, build_id: '$BUILD_ID', build_type: of.buildType, is_cdn_cache_step: isCdnCacheStep, theme_slug: of.theme };
}

/** Reports a status; a studio that does not answer stops no build. */
export function reportStatus(of: StatusOf, status: BuilderStatus, isCdnCacheStep = false): Step {
  return { try: post(RESOURCES.webhook, statusBody(of, status, isCdnCacheStep)) };
}

const endings = [
  ['on_failure', 'failed', 'Failed'],
  ['on_error', 'errored', 'Concourse system error'],
  ['on_abort', 'aborted', 'Aborted'],
] as const;

/** Tells of each way a step can end badly; `report` is how the studio is told, absent where it is not. */
export function withHooks(settings: ConcourseSettings, step: Step, name: string, report?: (status: BuilderStatus) => Step): Step {
  const hooks = Object.fromEntries(
    endings.flatMap(([hook, status, word]): [string, Step][] => {
      const alert: Step[] = isDevelopment(settings)
        ? []
        : [{ try: { put: RESOURCES.slack, timeout: '1m', inputs: [], no_get: true, params: { alert_type: status === 'failed' ? 'failed' : status, text: `${word} - ${name} : $ATC_EXTERNAL_URL/builds/$BUILD_ID` } } }];
      const told = [...(report === undefined ? [] : [report(status)]), ...alert];
      return told.length === 0 ? [] : [[hook, { do: told }]];
    }),
  );
  return { ...step, ...hooks };
}

/** Empties the CDN's caches of a surrogate key. */
export function purgeTask(settings: ConcourseSettings, distribution: 'draft' | 'live' | 'test', key: string, name = 'clear-cdn-cache'): Step {
  const soft = settings.fastlyHardPurge ? '' : ' --header "Fastly-Soft-Purge: 1"';
  return task(name, {
    image: 'curl',
    params: { FASTLY_API_TOKEN: `((fastly_${distribution}.api_token))`, FASTLY_SERVICE_ID: `((fastly_${distribution}.service_id))`, SURROGATE_KEY: key },
    script: [`curl --fail --silent --show-error --request POST --header "Fastly-Key: $FASTLY_API_TOKEN"${soft} "${settings.fastlyApiUrl}/service/$FASTLY_SERVICE_ID/purge/$SURROGATE_KEY"`],
    timeout: '5m',
    attempts: 3,
  });
}
