import { v7 as uuidv7 } from 'uuid';
import type { Client } from '@temporalio/client';
import { createCaptionOrdersActivities } from '#activities/captionOrders.ts';
import { createCaptionsActivities } from '#activities/captions.ts';
import type { S3 } from '#clients/s3.ts';
import { createThreePlay } from '#clients/threePlay.ts';
import type { Db } from '#db/knex.ts';
import { listCaptionOrders } from '#db/queries/captionOrders.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItemById, type StoredContentItem } from '#db/queries/contentItems.ts';
import { readInstallation } from '#db/queries/installation.ts';
import { grantRole } from '#db/queries/roleGrants.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { createThreePlay as createStandIn } from '#local/standins/threePlay/createThreePlay.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeRun, makeSite, makeStarter, makeUser } from '#test/factories/rows.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';
import { keptLog } from './runActivity.ts';

/** Resources with what courses ask for of videos. */
const starter = makeSiteConfig((text) =>
  text.replace(
    '  - {name: file, label: File, widget: file}',
    `  - {name: resourcetype, label: Kind, widget: string}
  - {name: language, label: Language, widget: string}
  - {name: file, label: File, widget: file}
  - name: video_files
    label: Files of the video
    widget: object
    fields:
    - {name: video_captions_resources, label: Captions, widget: relation, collection: resource, display_field: title, multiple: true}
    - {name: video_transcript_resources, label: Transcripts, widget: relation, collection: resource, display_field: title, multiple: true}`,
  ),
);

export const START = Date.UTC(2026, 10, 25, 12);
const DURATION_MS = 120_000;

export interface Filmed {
  readonly videoId: string;
  readonly youtubeId: string;
  readonly itemId: string;
}

export type Captioning = Awaited<ReturnType<typeof createCaptioning>>;

/** A project at 3Play with a ledger, a site with an owner, and the steps of captions over both; the clock is the test’s own. */
export async function createCaptioning(given: { readonly db: Db; readonly s3: S3; readonly bucketsEnv: Record<string, string> }) {
  const { db, s3 } = given;
  const clock = { now: START };
  const standIn = createStandIn({ apiKey: 'secret', projectId: '7', now: () => clock.now });
  const url = await standIn.listen();
  const site: SiteRow = await makeSite(db, { starterId: await makeStarter(db, 'with-videos', starter) });
  const owner = await makeUser(db, 'owner@example.edu');
  const spender = await makeUser(db, 'spender@example.edu');
  await grantRole(db, owner.id, { role: 'owner', siteId: site.id });
  await grantRole(db, spender.id, { role: 'global_admin', siteId: null });
  const runId = await makeRun(db, { process: 'ingest-video', siteId: site.id, version: null });
  const configOf = (env: Record<string, string> = {}) => makeConfig({ STUDIO_INSTALLATION: 'test', ...given.bucketsEnv, THREEPLAY_API_URL: url, THREEPLAY_STATIC_URL: url, THREEPLAY_API_KEY: 'secret', THREEPLAY_PROJECT_ID: '7', ...env });
  await readInstallation(db, 'test');
  let films = 0;

  return {
    standIn,
    clock,
    site,
    runId,
    spender,
    configOf,

    /** The steps as a worker with this environment has them. */
    stepsOf(env: Record<string, string> = {}) {
      const config = configOf(env);
      const deps = { config, db, s3, threePlay: createThreePlay(config), temporal: {} as Client, log: keptLog().log, now: () => clock.now };
      return { ...createCaptionOrdersActivities(deps), ...createCaptionsActivities(deps) };
    },

    /** A video of the site that is on YouTube. */
    async film(): Promise<Filmed> {
      const number = (films += 1);
      const textId = uuidv7();
      const { id: itemId } = await db.transaction((trx) => createContentItem(trx, { siteId: site.id, item: makeContentItem({ textId, type: 'resource', title: `Lecture ${number}`, dirpath: 'content/resources', filename: `lecture-${number}`, metadata: { resourcetype: 'Video', video_files: {} } }), by: null, reason: 'from Google Drive' }));
      const videoId = uuidv7();
      const youtubeId = `yt-of-lecture-${number}`;
      await db('videos').insert({ id: videoId, site_id: site.id, item_id: itemId, source: 'youtube', duration_ms: DURATION_MS, youtube_id: youtubeId, phase: 'captions' });
      return { videoId, youtubeId, itemId };
    },

    /** Somebody puts captions into the site and ties them to a video, as a sync with Google Drive does. */
    async supply(film: Filmed, language = '', text = 'WEBVTT\n\n00:00.000 --> 00:01.000\nBy hand.\n'): Promise<StoredContentItem> {
      const textId = uuidv7();
      const file = `courses/${site.name}/${textId}_captions.vtt`;
      await s3.put(configOf().storageBucket, file, text, { contentType: 'text/vtt' });
      return db.transaction(async (trx) => {
        const captions = await createContentItem(trx, { siteId: site.id, item: makeContentItem({ textId, type: 'resource', title: 'captions', dirpath: 'content/resources', filename: textId, metadata: { language }, file }), by: null, reason: 'from Google Drive' });
        const video = await findContentItemById(trx, film.itemId);
        if (video === undefined) throw new Error('The video has no resource');
        await changeContentItem(trx, { siteId: site.id, textId: video.textId, fromRevision: null, set: { metadata: { ...video.metadata, video_files: { video_captions_resources: { content: [textId], website: site.name } } } }, by: null, reason: 'from Google Drive' });
        return captions;
      });
    },

    orders: (film: Filmed) => listCaptionOrders(db, film.videoId),
    itemOf: async (film: Filmed): Promise<StoredContentItem> => {
      const item = await findContentItemById(db, film.itemId);
      if (item === undefined) throw new Error('The video has no resource');
      return item;
    },
    mails: (): Promise<{ kind: string; user_id: string; data: Record<string, unknown> }[]> => db('mails').orderBy('created_at').select('kind', 'user_id', 'data'),
    waitsOf: async (film: Filmed): Promise<unknown> => (await db('videos').where({ id: film.videoId }).first<{ waits: unknown }>('waits')).waits,
    close: () => standIn.close(),
  };
}
