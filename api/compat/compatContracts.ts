import { z } from 'zod';
import type { CompatAccess } from './access.ts';

/**
 * What themes, builders and webhooks of the existing system call. Its words and shapes are a wire format: names of keys,
 * slashes at the end of paths and the form of errors stay as they are. Everything else is under `/api/v1`.
 */
export interface CompatContract {
  readonly access: CompatAccess;
  readonly status: 200 | 202;
  /** Null for an empty answer. */
  readonly response: z.ZodType | null;
}

const timestamp = z.iso.datetime();
const publishStatus = z.enum(['not-started', 'pending', 'started', 'succeeded', 'errored', 'aborted']);
const starter = z.strictObject({ id: z.uuid(), name: z.string(), path: z.string(), source: z.enum(['github', 'local']), commit: z.string().nullable(), slug: z.string(), status: z.enum(['default', 'active', 'inactive']) });
const website = z.strictObject({
  uuid: z.uuid(),
  created_on: timestamp,
  updated_on: timestamp,
  name: z.string(),
  short_id: z.string(),
  title: z.string(),
  source: z.string(),
  site_type: z.string(),
  draft_publish_date: timestamp.nullable(),
  publish_date: timestamp.nullable(),
  first_published_to_production: timestamp.nullable(),
  metadata: z.null(),
  starter: starter.nullable(),
  url_path: z.string().nullable(),
  unpublished: z.boolean(),
  unpublish_status: publishStatus.nullable(),
  unpublish_status_updated_on: timestamp.nullable(),
  live_publish_status: publishStatus.nullable(),
  live_publish_status_updated_on: timestamp.nullable(),
  draft_publish_status: publishStatus.nullable(),
  draft_publish_status_updated_on: timestamp.nullable(),
});
export type Website = z.infer<typeof website>;
const newsPart = z.record(z.string(), z.string());
const nothing = z.strictObject({});

export const compatContracts = {
  'GET /api/websites/': { access: 'anyone', status: 200, response: z.strictObject({ count: z.number().int(), next: z.url().nullable(), previous: z.url().nullable(), results: z.array(website) }) },
  'GET /api/websites/:name/hide_download/': { access: 'builder', status: 200, response: z.union([z.strictObject({ version: z.string().regex(/^\d+$/) }), nothing]) },
  'POST /api/websites/:name/pipeline_status/': { access: 'builder', status: 200, response: null },
  'POST /api/websites/:name/remove_from_root_website/': { access: 'builder', status: 200, response: z.strictObject({ status: z.literal('success'), message: z.string() }) },
  'POST /api/websites/:name/unpublish/': { access: 'builder', status: 200, response: z.string() },
  'GET /api/publish/': {
    access: 'builder',
    status: 200,
    response: z.strictObject({ sites: z.array(z.strictObject({ name: z.string(), short_id: z.string(), starter_slug: z.string(), site_url: z.string(), base_url: z.string(), s3_path: z.string() })) }),
  },
  'GET /api/unpublish/': { access: 'builder', status: 200, response: z.strictObject({ sites: z.array(z.strictObject({ name: z.string(), site_url: z.string(), site_uid: z.string().regex(/^[0-9a-z]+$/i) })) }) },
  'GET /api/news/': { access: 'anyone', status: 200, response: z.strictObject({ items: z.array(z.record(z.string(), z.union([z.string(), z.null(), newsPart]))) }) },
  'GET /api/starters/': { access: 'anyone', status: 200, response: z.array(starter) },
  'GET /api/starters/:id/': { access: 'anyone', status: 200, response: starter.extend({ config: z.record(z.string(), z.unknown()) }) },
  'POST /api/starters/site_configs/': { access: 'webhook', status: 202, response: nothing },
  'GET /api/youtube-tokens/': { access: 'globalAdmin', status: 200, response: z.strictObject({ YT_ACCESS_TOKEN: z.string(), YT_REFRESH_TOKEN: z.string() }) },
  'POST /api/transcode-jobs/': { access: 'webhook', status: 200, response: nothing },
  'POST /api/transcription-jobs/': { access: 'webhook', status: 200, response: nothing },
} as const satisfies Readonly<Record<`${'GET' | 'POST'} /${string}/`, CompatContract>>;

export type CompatKey = keyof typeof compatContracts;
