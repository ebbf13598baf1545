import { counted } from './counted.ts';

/** A `publish` builds and deploys many sites, an `undo` brings back what they showed before one. */
export const massPublishKinds = ['publish', 'undo'] as const;
export type MassPublishKind = (typeof massPublishKinds)[number];

export const massSiteStates = ['waiting', 'asked', 'succeeded', 'failed', 'skipped', 'cancelled', 'undone'] as const;
export type MassSiteState = (typeof massSiteStates)[number];

/** How many sites are in each state. */
export type MassCounts = Readonly<Record<MassSiteState, number>>;

export const noMassCounts: MassCounts = { waiting: 0, asked: 0, succeeded: 0, failed: 0, skipped: 0, cancelled: 0, undone: 0 };

/** Sites that may be published at once. */
export const MAX_WINDOW = 50;

/** How many sites it is about. */
export function totalOf(counts: MassCounts): number {
  return massSiteStates.reduce((sum, state) => sum + counts[state], 0);
}

/** How many sites will not change any more by themselves. */
export function endedOf(counts: MassCounts): number {
  return totalOf(counts) - counts.waiting - counts.asked;
}

const words: readonly (readonly [MassSiteState, string])[] = [
  ['failed', 'failed'],
  ['skipped', 'left out'],
  ['cancelled', 'stopped'],
  ['undone', 'undone'],
];

/** One line: "98 of 100 sites published, 2 failed". */
export function massSummary(kind: MassPublishKind, counts: MassCounts): string {
  const rest = words.filter(([state]) => counts[state] > 0).map(([state, word]) => `, ${counts[state].toLocaleString('en-US')} ${word}`);
  return `${counts.succeeded.toLocaleString('en-US')} of ${counted(totalOf(counts), 'site')} ${kind === 'undo' ? 'brought back' : 'published'}${rest.join('')}`;
}

/**
 * When the rest will be done, in milliseconds since 1970, if it goes on as it went for the sites that ended last.
 * @param endedAt when these ended, in any order; null is answered for fewer than two of them.
 */
export function estimateEnd(counts: MassCounts, endedAt: readonly number[], now: number): number | null {
  const left = counts.waiting + counts.asked;
  if (left === 0 || endedAt.length < 2) return null;
  const first = Math.min(...endedAt);
  // Time that passes without an end counts too, so that the estimate moves on when nothing does.
  const perSite = Math.max((Math.max(...endedAt) - first) / (endedAt.length - 1), (now - first) / endedAt.length);
  return Math.round(now + perSite * left);
}

/** Which sites a mass publish may be about at all, besides what their rows say: the root site needs no address, test sites are never among them. */
export function publishableAmong(config: { readonly rootWebsiteName: string; readonly testSiteSlugs: readonly string[]; readonly testRootWebsiteName: string }): { rootName: string; except: string[] } {
  return { rootName: config.rootWebsiteName, except: [...config.testSiteSlugs, config.testRootWebsiteName] };
}

/** Why a mass publish leaves out a site that a person took offline after it was chosen. */
export const UNPUBLISHED_SINCE = 'The site was unpublished since.';
