import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { startStack } from '#local/stack/startStack.mjs';
import { onlyParts } from '#test/support/onlyParts.ts';

/** The real S3 server alone, as the stack starts it. */
export async function startGateway() {
  const home = mkdtempSync(join(tmpdir(), 'ocw-s3-'));
  const stack = await startStack({ home, ephemeralPorts: true, parts: onlyParts('s3') });
  const { s3Endpoint, s3AccessKey, s3SecretKey, buckets } = stack.stack;
  if (s3Endpoint === null || s3AccessKey === null || s3SecretKey === null) throw new Error('The stack has no S3 server of its own');
  const credentials = { accessKeyId: s3AccessKey, secretAccessKey: s3SecretKey };
  return {
    endpoint: s3Endpoint,
    accessKey: s3AccessKey,
    secretKey: s3SecretKey,
    buckets,
    client: (endpoint: string, maxAttempts = 1) => new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts }),
    stop: async (): Promise<void> => {
      await stack.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>;
