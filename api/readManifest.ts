import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Manifest } from '#domain/manifest.ts';
import type { ApiDeps } from './deps.ts';

const decompress = promisify(gunzip);

/** Reads the manifest a row names from the build store. @throws when it is gone: rows name only what is kept. */
export async function readManifest(deps: Pick<ApiDeps, 's3' | 'config'>, key: string): Promise<Manifest> {
  const body = await deps.s3.get(deps.config.buildStoreBucket, key);
  if (body === null) throw new Error(`The build store has no ${key}, although a row names it`);
  return JSON.parse((await decompress(body)).toString('utf8')) as Manifest;
}
