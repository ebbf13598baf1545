import type { Db } from '#db/knex.ts';
import { findContentItemById } from '#db/queries/contentItems.ts';
import { listToldSince, type NewMail } from '#db/queries/mails.ts';
import { type GrantedRole, listPeopleWithRoles } from '#db/queries/roleGrants.ts';
import { findSite } from '#db/queries/sites.ts';
import { findVideo } from '#db/queries/videos.ts';

const DAY_MS = 24 * 60 * 60_000;
const ANSWERABLE: readonly GrantedRole[] = ['owner', 'admin'];

/** Who of a site is told of what; null is who may spend, of all sites. */
const TOLD = {
  'video-uploaded': [...ANSWERABLE, 'editor'],
  'video-stopped': [...ANSWERABLE, 'editor'],
  'captions-ready': ANSWERABLE,
  'captions-stopped': ANSWERABLE,
  'captions-approval-asked': null,
} as const satisfies Record<string, readonly GrantedRole[] | null>;
export type VideoMailKind = keyof typeof TOLD;

/** What stops may stop again and again: of that nobody is told more than once a day. */
const DAILY: ReadonlySet<VideoMailKind> = new Set(['video-stopped', 'captions-stopped']);

/**
 * The mails about a video: to the people of its site, and to who may spend where money is asked for. One per person and what it is about,
 * ever; that it stopped, one in 24 hours. Call inside the transaction that holds the row of the video or the order.
 */
export async function videoMails(trx: Db, told: { readonly kind: VideoMailKind; readonly videoId: string; readonly about: string; readonly reason: string | null; readonly url?: string }): Promise<NewMail[]> {
  const { kind, about } = told;
  const video = await findVideo(trx, told.videoId);
  const site = video === undefined ? undefined : await findSite(trx, video.siteId);
  if (video === undefined || site === undefined) return [];
  const item = video.itemId === null ? undefined : await findContentItemById(trx, video.itemId);
  const roles = TOLD[kind];
  const people = roles === null ? await listPeopleWithRoles(trx, ['global_admin'], null) : await listPeopleWithRoles(trx, roles, site.id);
  const data = { siteName: site.name, siteTitle: site.title, videoTitle: item?.title ?? video.youtubeId ?? '', reason: told.reason, ...(told.url === undefined ? {} : { url: told.url }) };
  const start = `${kind}/${about}/`;
  if (!DAILY.has(kind)) return people.map((userId) => ({ kind, dedupeKey: `${start}${userId}`, userId, data }));
  const known = await listToldSince(trx, people, start, DAY_MS);
  const at = new Date().toISOString();
  return people.filter((userId) => !known.has(userId)).map((userId) => ({ kind, dedupeKey: `${start}${userId}/${at}`, userId, data }));
}
