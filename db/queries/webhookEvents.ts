import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

/** Who tells us something: GitHub, the existing builders, MediaConvert, 3Play. */
export type WebhookSource = 'github' | 'builder' | 'mediaconvert' | 'threeplay';

/** Keeps what a webhook brought. @returns whether it is new; a delivery that was kept before changes nothing. */
export async function keepWebhookEvent(db: Db, event: { readonly source: WebhookSource; readonly eventId: string; readonly payload: Readonly<Record<string, unknown>> }): Promise<boolean> {
  const rows = await db('webhook_events')
    .insert({ id: uuidv7(), source: event.source, event_id: event.eventId, payload: JSON.stringify(event.payload) })
    .onConflict(['source', 'event_id'])
    .ignore()
    .returning<{ id: string }[]>('id');
  return rows.length > 0;
}
