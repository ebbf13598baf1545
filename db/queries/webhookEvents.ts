import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

/** Who tells us something: GitHub, the existing builders, MediaConvert, 3Play. */
export type WebhookSource = 'github' | 'builder' | 'mediaconvert' | 'threeplay';

/** Postgres takes neither NUL nor half a character; an event is not lost for either. */
function storable(text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\uFFFD');
}

function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(storableValue);
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [storable(key), storableValue(inner)])) : value;
}

/** Keeps what a webhook brought. @returns whether it is new; a delivery that was kept before changes nothing. */
export async function keepWebhookEvent(db: Db, event: { readonly source: WebhookSource; readonly eventId: string; readonly payload: Readonly<Record<string, unknown>> }): Promise<boolean> {
  const rows = await db('webhook_events')
    .insert({ id: uuidv7(), source: event.source, event_id: storable(event.eventId), payload: JSON.stringify(storableValue(event.payload)) })
    .onConflict(['source', 'event_id'])
    .ignore()
    .returning<{ id: string }[]>('id');
  return rows.length > 0;
}

/** Jobs that events of MediaConvert said to be of a video, those that Amazon signed first, then the newest. */
export async function listToldJobs(db: Db, videoId: string, limit: number): Promise<string[]> {
  const rows = await db('webhook_events')
    .where({ source: 'mediaconvert' })
    .whereRaw(`payload #>> '{event,detail,userMetadata,videoId}' = ?`, [videoId])
    .whereRaw(`payload #>> '{event,detail,jobId}' is not null`)
    .orderByRaw(`payload -> 'verified' = 'true'::jsonb desc, id desc`)
    .limit(limit)
    .select<{ job_id: string }[]>(db.raw(`payload #>> '{event,detail,jobId}' as job_id`));
  return rows.map((row) => row.job_id);
}
