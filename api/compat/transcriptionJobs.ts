import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { keepWebhookEvent } from '#db/queries/webhookEvents.ts';
import { isUuid } from '#domain/isUuid.ts';
import type { ApiDeps } from '../deps.ts';
import { isSameSecret } from './access.ts';
import { type CompatHandlers, readRawBody } from './compatRouter.ts';

const MAX_KEPT_CHARACTERS = 16 * 1024;

/**
 * 3Play’s word that the captions of a video have changed. It is kept when it brings our key, and answered alike when it does not:
 * whoever guesses learns nothing.
 */
export function compatTranscriptionJobs(deps: Pick<ApiDeps, 'db' | 'config' | 'engine' | 'log'>): Pick<CompatHandlers, 'POST /api/transcription-jobs/'> {
  const { db, config, engine, log } = deps;
  return {
    'POST /api/transcription-jobs/': async ({ ctx, query }) => {
      const body = await readRawBody(ctx);
      const videoId = query('video_id') ?? '';
      if (!isSameSecret(query('callback_key') ?? '', config.threePlayCallbackKey)) {
        log.warn({ ip: ctx.ip }, 'A call in the name of 3Play did not bring the key of this studio');
        return {};
      }
      if (videoId === '') {
        log.warn('3Play named no video');
        return {};
      }
      // The body says the state, so the same body again is the same news; an empty one is news each time.
      const eventId = body.length === 0 ? uuidv7() : createHash('sha256').update(`${videoId}\n`).update(body).digest('hex');
      const text = body.toString('utf8').slice(0, MAX_KEPT_CHARACTERS);
      const isNew = await keepWebhookEvent(db, { source: 'threeplay', eventId, payload: { video_id: videoId.slice(0, 200), body: text } });
      // A hint: who gets it asks 3Play.
      if (isNew && isUuid(videoId)) await engine.captionsChanged(videoId);
      return {};
    },
  };
}
