import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { deployedKey, type Manifest } from '#domain/manifest.ts';
import type { Studio } from './studio.ts';

/** What the manifests that the rows of deployments name say of the live bucket, for one site or for all: SHA-256 in hex by key. */
export async function promisedHashes(studio: Studio, siteId?: string): Promise<Map<string, string>> {
  const rows = await studio.query<{ manifest_key: string }>(`select manifest_key from deployments where version = 'live' and manifest_key is not null and ($1::uuid is null or site_id = $1)`, [siteId ?? null]);
  const all = new Map<string, string>();
  for (const { manifest_key: key } of rows) {
    const body = await (await studio.s3.send(new GetObjectCommand({ Bucket: studio.stack.buckets.buildStore, Key: key }))).Body?.transformToByteArray();
    const manifest = JSON.parse(gunzipSync(Buffer.from(body ?? [])).toString('utf8')) as Manifest;
    for (const [path, entry] of Object.entries(manifest.files)) all.set(deployedKey(manifest, path), entry.sha256);
  }
  return all;
}

/** SHA-256 in hex of every object readers are served below a prefix, by its key. */
export async function servedHashes(studio: Studio, prefix = ''): Promise<Map<string, string>> {
  const objects = await studio.objects(studio.stack.buckets.publish, prefix);
  return new Map([...objects].map(([key, object]) => [key, createHash('sha256').update(object.body).digest('hex')]));
}
