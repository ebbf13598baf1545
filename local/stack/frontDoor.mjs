// @ts-check
import { startStandIn } from './standIns.mjs';

/**
 * Starts the web server in front of one web bucket: the draft site or the live site.
 * @param {import('./standIns.mjs').Context & {name: 'draftSite' | 'liveSite', port: number, bucket: string}} options
 */
export async function startFrontDoor({ name, port, bucket, ...context }) {
  const { env } = context;
  await startStandIn({
    ...context,
    name,
    folder: 'frontDoor',
    args: [
      '--port', String(port),
      '--s3-endpoint', env['AWS_ENDPOINT_URL_S3'] ?? '',
      '--bucket', bucket,
      '--access-key', env['AWS_ACCESS_KEY_ID'] ?? '',
      '--secret-key', env['AWS_SECRET_ACCESS_KEY'] ?? '',
      '--region', env['AWS_REGION'] ?? 'us-east-1',
    ],
  });
}
