import type { Db } from '#db/knex.ts';
import { findContentItemById } from '#db/queries/contentItems.ts';
import type { NewMail } from '#db/queries/mails.ts';
import { type GrantedRole, listPeopleWithRoles } from '#db/queries/roleGrants.ts';
import { findSite } from '#db/queries/sites.ts';
import { findVideo } from '#db/queries/videos.ts';

const ANSWERABLE: readonly GrantedRole[] = ['owner', 'admin'];

/** Who of a site is told of what; null is who may spend, of all sites. */
const TOLD = {
  'video-uploaded': [...ANSWERABLE, 'editor'],
  'video-stopped': [...ANSWERABLE, 'editor'],
  'captions-ready': ANSWERABLE,
  'captions-stopped': ANSWERABLE,
  'captions-approval-asked': null,
  'transcode-failed': [...ANSWERABLE, 'editor'],
  'captions-cancelled': ANSWERABLE,
  'captions-complete': [...ANSWERABLE, 'editor'],
} as const satisfies Record<string, readonly GrantedRole[] | null>;
export type VideoMailKind = keyof typeof TOLD;

/** What stops may stop again and again, and is told of once a day. */
const FAILURES = ['video-stopped', 'transcode-failed', 'captions-stopped', 'captions-cancelled'] as const satisfies readonly VideoMailKind[];
type VideoFailureKind = (typeof FAILURES)[number];
const isFailure = (kind: VideoMailKind): kind is VideoFailureKind => FAILURES.some((known) => known === kind);

/**
 * The mails about a video: to the people of its site, and to who may spend where money is asked for. One per person and what it is about,
 * ever; that it stopped, whenever the outbox lets it be told. Call inside the transaction that holds the row of the video or the order.
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
  if (!isFailure(kind)) return people.map((userId) => ({ kind, dedupeKey: `${kind}/${about}/${userId}`, userId, data }));
  const at = new Date().toISOString();
  return people.map((userId) => ({ kind, subject: about, dedupeKey: `${kind}/${about}/${userId}/${at}`, userId, data }));
}
