import type { MailKind } from './mails.ts';

/** What people choose about: each group of mails is on or off for a person. */
export const mailGroups = ['publishes', 'reviews', 'videos', 'drive', 'links'] as const;
export type MailGroup = (typeof mailGroups)[number];

/** The words people read about a group. */
export const mailGroupWords: Readonly<Record<MailGroup, { readonly name: string; readonly about: string }>> = {
  publishes: { name: 'Publishes', about: 'A publish you asked for is out or failed, and a mass publish has ended.' },
  reviews: { name: 'Reviews', about: 'A publish you scheduled did not take place.' },
  videos: { name: 'Videos and captions', about: 'Videos of your sites are on YouTube, stopped on their way, or have captions or none.' },
  drive: { name: 'Google Drive', about: 'A sync of your sites with Google Drive had problems.' },
  links: { name: 'Links', about: 'Links of your sites lead nowhere any more, once a week at most.' },
};

/**
 * What is not in this table nobody can switch off: an approval that is asked of a person, and who may do what. A kind that is
 * new and was forgotten here is sent, too.
 */
const groups = {
  'publish-succeeded': 'publishes',
  'publish-failed': 'publishes',
  'mass-publish-finished': 'publishes',
  'publish-scheduled-failed': 'reviews',
  'video-uploaded': 'videos',
  'video-stopped': 'videos',
  'transcode-failed': 'videos',
  'captions-ready': 'videos',
  'captions-stopped': 'videos',
  'captions-cancelled': 'videos',
  'captions-complete': 'videos',
  'drive-problems': 'drive',
  'links-broken': 'links',
} as const satisfies Readonly<Partial<Record<MailKind, MailGroup>>>;

/** The group a mail belongs to; null for one that is always sent. */
export function mailGroupOf(kind: MailKind): MailGroup | null {
  const known: Readonly<Partial<Record<MailKind, MailGroup>>> = groups;
  return known[kind] ?? null;
}
