import { extraThemeUrl } from '../hugoSettings.ts';
import { distributionOf, isRootSite, isTestSite, offlineBucket, resourceBaseUrl, staticApiBaseUrl, webBucket } from '../places.ts';
import type { PublishVersion } from '../runs.ts';
import type { Step } from './definition.ts';
import { awsParams, awsS3, RESOURCES, task } from './steps.ts';
import type { ConcourseSettings } from './settings.ts';

/** A site as a definition names it. In a mass build the words are variables (`((.:site.name))`) that Concourse fills in. */
export interface SiteWords {
  readonly name: string;
  readonly shortId: string;
  /** Where readers find it, without slashes at its ends; what the root site is called in lists. */
  readonly urlPath: string;
  /** The same without the root path of its starter. */
  readonly pathBelowRoot: string;
  /** Where its uploaded files lie in the storage bucket. */
  readonly storagePrefix: string;
  readonly starterSlug: string;
}

/** One output of a site: which version, for which theme, and whose name decides where it goes. */
export interface Output {
  readonly version: PublishVersion;
  /** Empty for the site's own theme. */
  readonly theme: string;
  /** The real name, which decides on buckets; a mass build names any ordinary site. */
  readonly placeOf: string;
}

/** First parts of other sites' addresses: what the root site must never write over. */
export type ForeignFolders = readonly string[];

interface Words {
  readonly web: string;
  readonly offline: string;
  readonly target: string;
  readonly isRoot: boolean;
}

function wordsOf(settings: ConcourseSettings, site: SiteWords, output: Output): Words {
  const place = { siteName: output.placeOf, version: output.version };
  const isRoot = isRootSite(settings, output.placeOf);
  // Without a path a removal of what is not there any more would empty the bucket.
  if (!isRoot && site.urlPath === '') throw new Error(`The site ‘${site.name}’ has no URL, so it has no place in a bucket`);
  const target = [output.theme, isRoot ? '' : site.urlPath].filter((part) => part !== '').map((part) => `/${part}`).join('');
  return { web: webBucket(settings, place), offline: offlineBucket(settings, place), target, isRoot };
}

/** Under which address Hugo builds: where readers find it, which for some themes is not where it lies in the bucket. */
function baseUrlOf(settings: ConcourseSettings, site: SiteWords, output: Output): string {
  const baseUrl = isRootSite(settings, output.placeOf) ? '' : site.urlPath;
  if (output.theme === '') return `/${baseUrl}`;
  const own = settings.extraThemesBaseUrls[output.theme];
  return own === undefined ? `/${output.theme}/${baseUrl}` : extraThemeUrl(own, site.pathBelowRoot);
}

function hugoEnvironment(settings: ConcourseSettings, site: SiteWords, output: Output): Record<string, string> {
  const isTest = isTestSite(settings, output.placeOf);
  const place = { siteName: output.placeOf, version: output.version };
  const staticApi = staticApiBaseUrl(settings, place);
  const mayBeIndexed = output.version === 'live' && output.theme === '' && !isTest && /^prod(uction)?$/.test(settings.envName);
  return {
    API_BEARER_TOKEN: isRootSite(settings, output.placeOf) ? (settings.apiBearerToken ?? '') : '',
    GTM_ACCOUNT_ID: (output.theme === '' ? undefined : settings.extraThemesGtmIds[output.theme]) ?? settings.gtmAccountId ?? '',
    OCW_STUDIO_BASE_URL: !isTest ? settings.studioBaseUrl : isRootSite(settings, output.placeOf) ? staticApi : '',
    STATIC_API_BASE_URL: staticApi,
    OCW_IMPORT_STARTER_SLUG: settings.courseStarterSlug,
    OCW_COURSE_STARTER_SLUG: settings.courseStarterSlug,
    RESOURCE_BASE_URL: resourceBaseUrl(settings, place),
    SITEMAP_DOMAIN: isTest ? new URL(staticApi).host : settings.sitemapDomain,
    COURSE_V3_CANONICAL_DOMAIN: settings.courseV3CanonicalDomain,
    SENTRY_DSN: settings.themesSentryDsn ?? '',
    NOINDEX: mayBeIndexed ? 'false' : 'true',
  };
}

function hugoLine(settings: ConcourseSettings, site: SiteWords, output: Output, kind: 'online' | 'offline'): string {
  const config = kind === 'online' ? 'config.yaml' : 'config-offline.yaml';
  const drafts = output.version === 'draft' ? ' --buildDrafts' : '';
  const baseUrl = kind === 'online' ? baseUrlOf(settings, site, output) : '/';
  return `hugo --themesDir ../ocw-hugo-themes-git/ --config ../ocw-hugo-projects-git/${output.theme === '' ? site.starterSlug : output.theme}/${config} --baseURL ${baseUrl} --destination output-${kind}${drafts}`;
}

/** The manifest of assets lies where the themes look for it. */
const placeManifest = [`mkdir -p ${RESOURCES.themes}/base-theme/data`, `cp ${RESOURCES.webpack}/webpack.json ${RESOURCES.themes}/base-theme/data/webpack.json`];

/** Fetches the uploaded files of a site. */
export function staticFilesTask(settings: ConcourseSettings, site: SiteWords, kind: 'online' | 'offline', excludes: readonly string[] = []): Step {
  return task(`static-resources-${kind}`, {
    image: 'aws',
    outputs: ['static-resources'],
    params: awsParams(settings),
    script: [...concurrency(settings), `${awsS3(settings)} sync "s3://${settings.storageBucket}/${site.storagePrefix}" ./static-resources --only-show-errors${excludes.map((pattern) => ` --exclude '${pattern}'`).join('')}`],
    timeout: '120m',
    attempts: 3,
  });
}

function concurrency(settings: ConcourseSettings): string[] {
  return [`aws configure set default.s3.max_concurrent_requests ${settings.awsMaxConnections}`];
}

/** Runs Hugo and puts the uploaded files beside what it wrote, never over it. */
export function buildOnlineTask(settings: ConcourseSettings, site: SiteWords, output: Output): Step {
  const subfolder = isRootSite(settings, output.placeOf) ? `/${site.urlPath === '' ? site.name : site.urlPath}` : '';
  return task('build-online-site', {
    image: 'publisher',
    inputs: [RESOURCES.webpack, RESOURCES.themes, RESOURCES.projects, RESOURCES.content, 'static-resources'],
    outputs: [RESOURCES.content],
    params: hugoEnvironment(settings, site, output),
    script: [
      ...placeManifest,
      `cd ${RESOURCES.content}`,
      hugoLine(settings, site, output, 'online'),
      `mkdir -p ./output-online${subfolder}`,
      `cp -r -n ../static-resources/. ./output-online${subfolder}/`,
    ],
    timeout: '20m',
    attempts: 3,
  });
}

export interface UploadOptions {
  readonly isDeleting: boolean;
  readonly excludes?: readonly string[];
  readonly foreignFolders: ForeignFolders;
}

/** Puts the site into the web bucket, with the key its caches are purged by on every object. */
export function uploadOnlineTask(settings: ConcourseSettings, site: SiteWords, output: Output, options: UploadOptions): Step {
  const { web, target, isRoot } = wordsOf(settings, site, output);
  const aws = awsS3(settings);
  const from = `${RESOURCES.content}/output-online`;
  const metadata = `--only-show-errors --metadata site-id=${site.name}`;
  const excludes = (options.excludes ?? []).map((pattern) => ` --exclude '${pattern}'`).join('');
  const ordinary = [`${aws} sync ${from} "s3://${web}${target}" --exclude '${site.shortId}.zip' --exclude '${site.shortId}-video.zip'${excludes} ${metadata}${options.isDeleting ? ' --delete' : ''}`];
  return task('upload-online-build', {
    image: 'aws',
    inputs: [RESOURCES.content],
    params: isRoot ? { ...awsParams(settings), FOREIGN_FOLDERS: options.foreignFolders.join(' ') } : awsParams(settings),
    script: [...concurrency(settings), ...(isRoot ? rootUpload(aws, from, `s3://${web}${target}`, metadata, excludes) : ordinary)],
    timeout: '40m',
    attempts: 1,
  });
}

/** The root site shares its bucket with all others: folder by folder, and none that is another site's. */
function rootUpload(aws: string, from: string, to: string, metadata: string, excludes: string): string[] {
  return [
    `for folder in ${from}/*/; do`,
    '  name=$(basename "$folder")',
    '  case " $FOREIGN_FOLDERS " in *" $name "*) echo "The build put out ‘$name’, where other sites live. Nothing was uploaded." >&2; exit 1 ;; esac',
    'done',
    `for folder in ${from}/*/; do`,
    '  name=$(basename "$folder")',
    '  if [ "$name" = static_shared ]; then continue; fi',
    `  ${aws} sync "$folder" "${to}/$name"${excludes} ${metadata} --delete`,
    'done',
    `${aws} cp ${from} "${to}/" --recursive --exclude '*/*' ${metadata}`,
  ];
}

/** Fetches the themes' assets as readers see them, for a tree that is read without a network. */
export function themeAssetsTask(settings: ConcourseSettings, site: SiteWords, output: Output): Step {
  const { web } = wordsOf(settings, site, output);
  return task('webpack-artifacts', {
    image: 'publisher',
    inputs: [RESOURCES.webpack],
    outputs: ['webpack-artifacts'],
    params: awsParams(settings),
    script: [
      `jq -r '.[]' ${RESOURCES.webpack}/webpack.json | sed 's/?.*//' | sort -u | while read -r path; do`,
      `  ${awsS3(settings)} cp "s3://${web}$path" "webpack-artifacts$path" --only-show-errors || exit 1`,
      'done',
    ],
    timeout: '10m',
    attempts: 3,
  });
}

/** Builds the tree that is read without a network: once for a download without videos, once with them. */
export function buildOfflineTask(settings: ConcourseSettings, site: SiteWords, output: Output): Step {
  const { isRoot } = wordsOf(settings, site, output);
  const hugo = hugoLine(settings, site, output, 'offline');
  const zip = (name: string): string => `(cd output-offline && zip -q -r "../../build-course-zip/${name}" ./)`;
  return task('build-offline-site', {
    image: 'publisher',
    inputs: [RESOURCES.webpack, RESOURCES.themes, RESOURCES.projects, RESOURCES.content, 'static-resources', 'webpack-artifacts'],
    outputs: [RESOURCES.content, 'build-course-zip'],
    params: { ...hugoEnvironment(settings, site, output), IS_ROOT_WEBSITE: isRoot ? '1' : '0' },
    script: [
      ...placeManifest,
      `cd ${RESOURCES.content}`,
      'mkdir -p ./content/static_resources ./static/static_resources ./static/static_shared ../videos',
      'cp -r ../static-resources/. ./content/static_resources/',
      'touch ./content/static_resources/_index.md',
      `find ./content/static_resources -name '*.html' -exec mv {} ./static/static_resources/ ';'`,
      `find ./content/static_resources -name '*.mp4' -exec mv {} ../videos/ ';'`,
      'if [ -d ../webpack-artifacts/static_shared ]; then cp -r ../webpack-artifacts/static_shared/. ./static/static_shared/; fi',
      hugo,
      ...(isRoot ? [] : [zip(`${site.shortId}.zip`), 'rm -rf ./output-offline', `find ../videos -name '*.mp4' -exec mv {} ./content/static_resources/ ';'`, hugo, zip(`${site.shortId}-video.zip`)]),
    ],
    timeout: '120m',
    attempts: 3,
  });
}

/** Puts the tree into its bucket and the two downloads beside the site. */
export function uploadOfflineTask(settings: ConcourseSettings, site: SiteWords, output: Output, isDeleting: boolean): Step {
  const { web, offline, target, isRoot } = wordsOf(settings, site, output);
  const aws = awsS3(settings);
  const from = `${RESOURCES.content}/output-offline`;
  const metadata = `--only-show-errors --metadata site-id=${site.name}`;
  const downloads = ['', '-video'].map((suffix) => `${aws} cp "build-course-zip/${site.shortId}${suffix}.zip" "s3://${web}${target}/${site.shortId}${suffix}.zip" ${metadata}`);
  return task('upload-offline-build', {
    image: 'aws',
    inputs: [RESOURCES.content, 'build-course-zip'],
    params: awsParams(settings),
    script: [
      ...concurrency(settings),
      ...(isRoot ? [`${aws} cp ${from} "s3://${offline}${target}/" --recursive ${metadata}`] : [`${aws} sync ${from} "s3://${offline}${target}" ${metadata}${isDeleting ? ' --delete' : ''}`, ...downloads]),
    ],
    timeout: '120m',
    attempts: 1,
  });
}

/** Takes the downloads of a course away that is not to have any, and the tree they come from. */
export function removeDownloadsScript(settings: ConcourseSettings, site: SiteWords, output: Output): string[] {
  const { web, offline, target } = wordsOf(settings, site, output);
  const aws = awsS3(settings);
  return [
    ...['', '-video'].map((suffix) => `${aws} rm "s3://${web}${target}/${site.shortId}${suffix}.zip" --only-show-errors`),
    `${aws} rm "s3://${offline}${target}/" --recursive --only-show-errors`,
  ];
}

/** The distribution of the CDN in front of an output, or null where no cache is purged. */
export function purgedDistribution(settings: ConcourseSettings, output: Output): 'draft' | 'live' | null {
  const distribution = distributionOf(settings, { siteName: output.placeOf, version: output.version });
  return distribution === 'test' ? null : distribution;
}
