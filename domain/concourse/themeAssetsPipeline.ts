import type { Pipeline, PipelineRef, Resource, Step } from './definition.ts';
import { type ConcourseSettings, isDevelopment } from './settings.ts';
import { awsParams, awsS3, purgeTask, RESOURCES, slackResource, task, themesResource, typesOf, withHooks } from './steps.ts';

/** The key the caches of the themes' assets are purged by. */
const ASSETS_KEY = 'ocw-hugo-themes';

export function themeAssetsRef(settings: ConcourseSettings): PipelineRef {
  return { name: 'ocw-theme-assets', vars: { branch: settings.themesBranch } };
}

/** The pipeline that builds the themes' assets: they are uploaded first, the manifest that names them last, and old ones stay. */
export function renderThemeAssetsPipeline(settings: ConcourseSettings): Pipeline {
  const isDev = isDevelopment(settings);
  const resources: Resource[] = [themesResource(settings, isDev ? 'never' : '1m'), ...(isDev ? [] : [slackResource()])];
  const hook = (step: Step, name: string): Step => withHooks(settings, step, name);
  const aws = awsS3(settings);
  const metadata = `--only-show-errors --metadata site-id=${ASSETS_KEY}`;
  const themes = RESOURCES.themes;
  return {
    resource_types: typesOf(resources),
    resources,
    jobs: [
      {
        name: 'build-theme-assets-job',
        serial: true,
        plan: [
          hook({ get: themes, trigger: !isDev, timeout: '5m', attempts: 3 }, `get ${themes}`),
          hook(
            task('build-ocw-hugo-themes', {
              image: 'node',
              inputs: [themes],
              outputs: [themes],
              params: {
                SEARCH_API_URL: settings.searchApiUrl,
                COURSE_SEARCH_API_URL: settings.courseSearchApiUrl,
                CONTENT_FILE_SEARCH_API_URL: settings.contentFileSearchApiUrl,
                MIT_LEARN_BASE_URL: settings.mitLearnBaseUrl,
                MIT_LEARN_API_BASE_URL: settings.mitLearnApiBaseUrl,
                SENTRY_DSN: settings.themesSentryDsn ?? '',
                SENTRY_ENV: settings.envName,
              },
              script: [`cd ${themes}`, 'corepack enable', 'yarn install --immutable', 'npm run build:webpack', 'npm run build:githash'],
              timeout: '20m',
              attempts: 3,
            }),
            'build-ocw-hugo-themes',
          ),
          hook(
            task('copy-s3-buckets', {
              image: 'aws',
              inputs: [themes],
              params: awsParams(settings),
              script: [
                ...[settings.previewBucket, settings.publishBucket, settings.testBucket].flatMap((bucket) => ['dist', 'static'].map((folder) => `${aws} cp ${themes}/base-theme/${folder} "s3://${bucket}/" --recursive ${metadata}`)),
                `${aws} cp ${themes}/base-theme/data/webpack.json "s3://${settings.artifactsBucket}/ocw-hugo-themes/${settings.themesBranch}/webpack.json" ${metadata}`,
              ],
              timeout: '40m',
              attempts: 3,
            }),
            'copy-s3-buckets',
          ),
          ...(isDev ? [] : (['draft', 'live'] as const).map((distribution) => hook(purgeTask(settings, distribution, ASSETS_KEY, `clear-cdn-cache-${distribution}`), `clear-cdn-cache-${distribution}`))),
        ],
      },
    ],
  };
}
