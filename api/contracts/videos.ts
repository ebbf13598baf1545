import { z } from 'zod';
import { videoPhases } from '#domain/videoPhases.ts';
import { videoStates } from '#domain/videoState.ts';
import { captionOrderSchema } from './captions.ts';
import { pageQuerySchema, siteParamsSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

const videoParamsSchema = z.object({ video: z.uuid() });

/** Captions or a transcript of a video. */
const videoTrackSchema = z.object({
  id: z.uuid(),
  kind: z.enum(['captions', 'transcript']),
  language: z.string().describe('en, pt-BR'),
  source: z.enum(['drive', 'threePlay']).describe('who made it: somebody who put it into Google Drive, or 3Play Media'),
  item: z.string().nullable().describe('text id of the resource it is; null while it is none'),
  url: z.string().describe('where it is read, on the studio’s own host: captions as WebVTT, a transcript as PDF'),
});

/** A video on its way from a file to YouTube, or one that was there before. */
export const videoSchema = z.object({
  id: z.uuid(),
  source: z.enum(['drive', 'youtube']).describe('a file of ours, or a video that was on YouTube before'),
  site: z.object({ name: z.string(), title: z.string() }),
  item: z.object({ textId: z.string(), title: z.string().nullable() }).nullable().describe('its resource; null when that is gone'),
  fileName: z.string().nullable().describe('in Google Drive; null for a video that was on YouTube before, or whose file is gone'),
  phase: z.enum(videoPhases).describe('the step it is at, of the phases of the process ingest-video'),
  state: z.enum(videoStates).describe('waiting: for a person; ended: nobody wants it any more, its file was changed or is gone'),
  youtubeId: z.string().nullable(),
  youtubeUrl: z.url().nullable(),
  youtubeStatus: z.string().nullable().describe('YouTube’s word: uploaded, processed, failed, rejected, deleted'),
  privacy: z.enum(['private', 'unlisted', 'public']).nullable(),
  durationMs: z.number().int().nullable(),
  tracks: z.array(videoTrackSchema).describe('captions first, by language'),
  /** The newest order of captions; null where there was none. */
  order: captionOrderSchema.pick({ id: true, attempt: true, state: true, priceCents: true, reason: true, orderedAt: true }).nullable(),
  costCents: z.number().int().nullable().describe('US cents set aside or paid for its captions; null while nothing is, or while nobody knows how much'),
  waits: z.object({ code: z.string(), message: z.string(), until: timestampSchema.nullable().describe('when it goes on by itself, where that is known') }).nullable().describe('what it waits for, or why it ended'),
  download: z
    .object({ url: z.string(), size: z.number().int().nullable().describe('bytes') })
    .nullable()
    .describe('the small form on the studio’s own host, to play and to download; null before it is there'),
  runId: z.uuid().nullable().describe('its newest run'),
  updatedAt: timestampSchema,
  can: z.object({ retry: z.boolean(), decideOrder: z.boolean() }),
});
export type Video = z.infer<typeof videoSchema>;

const videosSchema = z.object({ total: z.number().int(), videos: z.array(videoSchema) });

export const videoContracts = defineContracts({
  'GET /api/v1/sites/:site/videos': {
    summary: 'The videos of a site, newest first: how far each is, what it waits for, what it costs',
    access: 'signedIn',
    params: siteParamsSchema,
    query: pageQuerySchema.extend({ state: z.enum(videoStates).optional() }),
    status: 200,
    response: videosSchema.extend({
      counts: z.record(z.enum(videoStates), z.number().int()).describe('of all its videos, by how they stand'),
      publishesCaptions: z.boolean().describe('whether captions that are the only change since the last live publish go out by themselves'),
      can: z.object({ publishCaptions: z.boolean().describe('say whether captions go out by themselves') }),
    }),
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/videos': {
    summary: 'The videos of all sites that wait for a person, the longest wait first',
    access: 'signedIn',
    query: pageQuerySchema,
    status: 200,
    response: videosSchema,
    errors: ['forbidden'],
  },
  'GET /api/v1/videos/:video/download': {
    summary: 'The small form of a video, to play and to download; answers a Range with that part',
    access: 'signedIn',
    params: videoParamsSchema,
    status: 200,
    response: 'file',
    errors: ['notFound', 'forbidden', 'storageUnavailable'],
  },
  'GET /api/v1/videos/:video/tracks/:track': {
    summary: 'Captions of a video as WebVTT, or its transcript as PDF',
    access: 'signedIn',
    params: videoParamsSchema.extend({ track: z.uuid() }),
    status: 200,
    response: 'file',
    errors: ['notFound', 'forbidden', 'storageUnavailable'],
  },
  'POST /api/v1/videos/:video/retry': {
    summary: 'Lets a video that waits for a person go on with the step it is at; captions that came to nothing are ordered once more',
    access: 'signedIn',
    audit: 'process-start',
    params: videoParamsSchema,
    status: 202,
    response: z.object({ video: z.uuid() }),
    errors: ['notFound', 'forbidden', 'wrongState', 'engineUnavailable'],
  },
});
