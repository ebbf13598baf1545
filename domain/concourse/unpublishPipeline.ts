import type { Pipeline, PipelineRef, Resource, Step } from './definition.ts';
import { type ConcourseSettings, isDevelopment } from './settings.ts';
import { awsParams, awsS3, purgeTask, slackResource, task, typesOf, withHooks } from './steps.ts';

export const unpublishRef: PipelineRef = { name: 'remove-unpublished-sites', vars: null };

/** The list the studio keeps of sites that are to be taken offline. */
const LIST = 'unpublished-sites';

/** The pipeline that takes sites offline: both live buckets, the catalogues, the caches, and then a word to the studio. A site that fails is tried again the next time. */
export function renderUnpublishPipeline(settings: ConcourseSettings): Pipeline {
  const isDev = isDevelopment(settings);
  const bearer = `Bearer ${settings.apiBearerToken ?? ''}`;
  const resources: Resource[] = [
    { name: LIST, type: 'http-resource', check_every: 'never', source: { url: `${settings.studioBaseUrl}/api/unpublish/`, method: 'GET', headers: { Authorization: bearer } } },
    ...(isDev ? [] : [slackResource()]),
  ];
  const report = (status: 'succeeded' | 'errored'): Step =>
    task('report-status', {
      image: 'curl',
      params: { STUDIO_URL: settings.studioBaseUrl, API_BEARER_TOKEN: settings.apiBearerToken ?? '', SITE_NAME: '((.:site.name))', BODY: JSON.stringify({ version: 'live', status, unpublished: true }) },
      script: ['curl --fail --silent --show-error --request POST --header "Authorization: Bearer $API_BEARER_TOKEN" --header "Content-Type: application/json" --data "$BODY" "$STUDIO_URL/api/websites/$SITE_NAME/pipeline_status/"'],
      timeout: '1m',
      attempts: 3,
    });
  const aws = awsS3(settings);
  const takeDown: Step = {
    do: [
      task('empty-s3-buckets', {
        image: 'aws',
        params: { ...awsParams(settings), SITE_URL: '((.:site.site_url))' },
        script: [
          // Without a path the whole bucket would be emptied.
          'if [ -z "$SITE_URL" ]; then echo "The site has no URL, so nothing of it is public." >&2; exit 0; fi',
          ...[settings.publishBucket, settings.offlinePublishBucket].map((bucket) => `${aws} rm "s3://${bucket}/$SITE_URL/" --recursive --only-show-errors`),
        ],
        timeout: '10m',
        attempts: 3,
      }),
      ...(isDev || settings.openCatalogWebhookKey === undefined ? [] : settings.openCatalogUrls.map((url, index) => tellCatalogue(url, index + 1, settings.openCatalogWebhookKey ?? ''))),
      ...(isDev ? [] : [purgeTask(settings, 'live', '((.:site.name))')]),
      { try: report('succeeded') },
    ],
  };
  return {
    resource_types: typesOf(resources),
    resources,
    jobs: [
      {
        name: 'remove-unpublished-sites-job',
        serial: true,
        plan: [
          { get: LIST, trigger: false, timeout: '5m', attempts: 3 },
          { load_var: 'unpublished', file: `${LIST}/body`, format: 'json' },
          {
            across: [{ var: 'site', values: '((.:unpublished.sites))', max_in_flight: 5 }],
            // One site that fails leaves the others to be taken down.
            try: withHooks(settings, takeDown, 'remove-unpublished-site ((.:site.name))', () => ({ try: report('errored') })),
          },
        ],
      },
    ],
  };
}

function tellCatalogue(url: string, number: number, key: string): Step {
  return {
    try: task(`open-catalog-webhook-${number}`, {
      image: 'curl',
      params: { CATALOGUE_URL: url, BODY: JSON.stringify({ webhook_key: key, site_uid: '((.:site.site_uid))', version: 'live', unpublished: true }) },
      script: ['curl --fail --silent --show-error --request POST --header "Content-Type: application/json" --data "$BODY" "$CATALOGUE_URL"'],
      timeout: '1m',
      attempts: 3,
    }),
  };
}
