import { z } from 'zod';
import { pageQuerySchema, siteParamsSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema, runSchema } from './runs.ts';

export const driveOutcomes = ['waiting', 'streamed', 'unchanged', 'skipped', 'failed', 'removed', 'kept'] as const;

const driveFileStates = ['found', 'streaming', 'stored', 'complete', 'failed', 'skipped', 'trashed'] as const;

const runParamsSchema = z.object({ run: z.uuid().describe('the run of a sync') });

/** What a sync did with one file. */
export const driveFileSchema = z.object({
  /** Of the file's row in the studio; null when it belongs to no site, or to another one. */
  id: z.uuid().nullable(),
  fileId: z.string().describe('Drive’s id of the file'),
  url: z.url().describe('where it is in Google Drive'),
  folder: z.enum(['files_final', 'videos_final']),
  path: z.string().describe('folders below that, with slashes between'),
  name: z.string(),
  outcome: z.enum(driveOutcomes),
  reason: z.object({ code: z.string(), message: z.string() }).nullable(),
  bytes: z.number().int().describe('read from Google Drive for it; while it waits, what is there already'),
  size: z.number().int().nullable().describe('in Google Drive, in bytes; null for Google’s own documents'),
  /** How it stands now, whichever sync it was: a file that failed may have been brought over since. */
  state: z.enum(driveFileStates).nullable(),
});
export type DriveFileReport = z.infer<typeof driveFileSchema>;

/** A file in Google Drive as the studio knows it. */
export const driveSiteFileSchema = driveFileSchema.pick({ fileId: true, url: true, folder: true, path: true, name: true, reason: true, size: true }).extend({
  id: z.uuid(),
  state: z.enum(driveFileStates),
  item: z.object({ textId: z.string(), title: z.string().nullable() }).nullable(),
});
export type DriveSiteFile = z.infer<typeof driveSiteFileSchema>;

export const driveContracts = defineContracts({
  'GET /api/v1/sites/:site/drive': {
    summary: 'Where a site’s files are in Google Drive, and how its newest sync stands',
    access: 'signedIn',
    params: siteParamsSchema,
    status: 200,
    response: z.object({
      isSetUp: z.boolean().describe('whether this studio has a shared drive'),
      folderUrl: z.url().nullable().describe('the site’s folder; null until it is made'),
      newest: runSchema.nullable(),
      /** A newest sync that waits for a person's word about files that are missing. */
      asks: z.object({ missing: z.number().int(), known: z.number().int() }).nullable(),
      /** Of the newest sync: its files by what became of them; null where there was none. */
      outcomes: z.record(z.enum(driveOutcomes), z.number().int()).nullable(),
      can: z.object({ sync: z.boolean(), decide: z.boolean().describe('about many files that are missing') }),
    }),
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/sites/:site/drive/syncs': {
    summary: 'Brings new and changed files over from Google Drive; requests made while one runs share one more pass',
    access: 'signedIn',
    audit: 'process-start',
    params: siteParamsSchema,
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
  'POST /api/v1/sites/:site/drive/backfills': {
    summary: 'Puts files of the site’s resources that Google Drive lacks into its folder there, but for videos',
    access: 'signedIn',
    audit: 'process-start',
    params: siteParamsSchema,
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
  'GET /api/v1/drive-syncs/:run/files': {
    summary: 'What a sync did with each file, by folder and name',
    access: 'signedIn',
    params: runParamsSchema,
    query: pageQuerySchema.extend({ outcome: z.enum(driveOutcomes).optional() }),
    status: 200,
    response: z.object({ total: z.number().int(), files: z.array(driveFileSchema) }),
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/drive-syncs/:run/confirm-removal': {
    summary: 'Says that the files this sync lists as missing shall go with their resources',
    access: 'signedIn',
    audit: 'files-remove',
    params: runParamsSchema,
    status: 202,
    response: runSchema,
    errors: ['notFound', 'forbidden', 'wrongState', 'engineUnavailable'],
  },
  'POST /api/v1/drive-syncs/:run/refuse-removal': {
    summary: 'Says that the files this sync lists as missing shall stay',
    access: 'signedIn',
    audit: 'files-remove',
    params: runParamsSchema,
    status: 202,
    response: runSchema,
    errors: ['notFound', 'forbidden', 'wrongState', 'engineUnavailable'],
  },
  'GET /api/v1/sites/:site/drive/files': {
    summary: 'The files of a site in Google Drive, by folder and name',
    access: 'signedIn',
    params: siteParamsSchema,
    query: pageQuerySchema.extend({ name: z.string().min(1).max(1_000).optional().describe('only those of exactly this name'), state: z.enum(driveFileStates).optional() }),
    status: 200,
    response: z.object({ total: z.number().int(), files: z.array(driveSiteFileSchema) }),
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/sites/:site/drive/strays': {
    summary: 'Objects in the storage bucket under the site’s places that belong to no resource and to no file from Google Drive',
    access: 'signedIn',
    params: siteParamsSchema,
    status: 200,
    response: z.object({
      objects: z.number().int().describe('that were looked at'),
      total: z.number().int(),
      bytes: z.number().int(),
      /** The first thousand by key. */
      strays: z.array(z.object({ key: z.string(), size: z.number().int() })),
    }),
    errors: ['notFound', 'forbidden', 'starterMissing', 'storageUnavailable'],
  },
  'POST /api/v1/sites/:site/drive/files/:file/retry': {
    summary: 'Brings one file over once more, whether it failed or its bytes or its resource got lost',
    access: 'signedIn',
    audit: 'process-start',
    params: siteParamsSchema.extend({ file: z.uuid().describe('id of the file’s row, as the report says it') }),
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
});
