import type { Config } from '#config/load.ts';

/** Origin of the addresses that authors’ files are sent to: the storage bucket’s, as S3’s client addresses it. */
export function uploadOrigin(config: Pick<Config, 'awsEndpointUrl' | 'awsRegion' | 'storageBucket'>): string {
  if (config.awsEndpointUrl !== undefined) return new URL(config.awsEndpointUrl).origin;
  const host = `s3.${config.awsRegion}.amazonaws.com${config.awsRegion.startsWith('cn-') ? '.cn' : ''}`;
  // A certificate for *.s3.… covers no name with a further dot, so such a bucket is addressed by path.
  return config.storageBucket.includes('.') ? `https://${host}` : `https://${config.storageBucket}.${host}`;
}
