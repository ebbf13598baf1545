import type { Output } from '#api/contracts/client.ts';
import type { Builder } from '#domain/builderOf.ts';
import { count } from '../lib/numbers.ts';

/** What each builder is called. */
export const builderNames: Readonly<Record<Builder, string>> = { temporal: 'The studio’s own workers', concourse: 'Concourse' };

/** The one that a site is handed to when this one gives it away. */
export const otherBuilder: Readonly<Record<Builder, Builder>> = { temporal: 'concourse', concourse: 'temporal' };

/** What a publish that Concourse builds does not have beside one of our own, each with what it means. */
export const concourseLacks: readonly string[] = [
  'No review: nobody sees beforehand what would change for readers.',
  'No ordered upload: every file is written each time, in any order, and readers may see a part of it until it is done. A build that fails leaves what it had uploaded.',
  'No steps inside the build and no counts of files: its log is in Concourse.',
  'No preview, and this publish cannot be shown again later.',
  'No purge by the studio, and no look at the pages afterwards: emptying the CDN’s caches is left to Concourse.',
];

/** Which builder publishes which sites, in one sentence. */
export function builderSentence({ usual, others }: Output<'GET /api/v1/system'>['builder']): string {
  const publishing = { temporal: 'the studio’s own workers publish', concourse: 'Concourse publishes' } as const;
  const who = usual === 'temporal' ? 'The studio’s own workers publish' : publishing.concourse;
  if (others === null) return `${who} every site that did not choose another builder.`;
  return others.total === 0 ? `${who} every site.` : `${who} every site but ${count(others.total)}, which ${publishing[otherBuilder[usual]]}.`;
}
