import type { Pipeline, PipelineRef, Resource, Step } from './definition.ts';
import { type ConcourseSettings, isDevelopment } from './settings.ts';
import { awsParams, awsS3, slackResource, task, typesOf, withHooks } from './steps.ts';

export const s3SyncRef: PipelineRef = { name: 's3-bucket-sync', vars: null };

/** The pipeline that copies what is new in the import bucket to storage, where nothing is ever removed by it. */
export function renderS3SyncPipeline(settings: ConcourseSettings): Pipeline {
  const timer = 's3-sync-interval';
  const resources: Resource[] = [{ name: timer, type: 'time', source: { interval: intervalOf(settings.importSyncIntervalMs) } }, ...(isDevelopment(settings) ? [] : [slackResource()])];
  const sync: Step = task('s3-sync', {
    image: 'aws',
    params: awsParams(settings),
    script: [`${awsS3(settings)} sync "s3://${settings.importBucket}/" "s3://${settings.storageBucket}/" --only-show-errors`],
    timeout: '2h',
    attempts: 3,
  });
  return {
    resource_types: typesOf(resources),
    resources,
    jobs: [{ name: 's3-bucket-sync-job', serial: true, plan: [{ get: timer, trigger: true, timeout: '5m', attempts: 3 }, withHooks(settings, sync, 's3-sync')] }],
  };
}

/** A time as Concourse writes it. Its timer has no "never": a day is what it had. */
function intervalOf(ms: number): string {
  if (ms === 0) return '24h';
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${Math.ceil(ms / 1_000)}s`;
}
