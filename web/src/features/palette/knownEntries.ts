import type { Me } from '#api/contracts/people.ts';
import type { RecentSite } from '../../lib/recentSites.svelte.ts';
import type { Shortcut } from '../../lib/shortcuts.svelte.ts';
import { pages, pathTo } from '../../pages/routes.ts';
import { knownEntries as texts } from '../../words/palette.ts';
import type { PaletteEntry } from './paletteEntries.ts';

/** Pages of one site, as people call them there. */
const sitePages = [
  ['site', texts.homeOfSite, texts.publishStagingProduction],
  ['drive', texts.googleDrive, texts.filesSyncFolder],
  ['videos', texts.videos, texts.captionsYoutube],
  ['links', texts.links, texts.brokenArchiveWayback],
  ['deletions', texts.deletions, texts.undoRestore],
  ['sitePeople', texts.peopleOfSite, texts.collaboratorsRolesInvite],
  ['siteAudit', texts.history, texts.auditLogWhoDid],
  ['siteSettings', texts.settings, texts.starterArchiveShortId],
] as const;

/** Addresses that only lead elsewhere, or are met and not gone to. */
const notGoneTo: ReadonlySet<string> = new Set(['signIn', 'start', 'admin', 'notFound', 'newSite']);

export interface Surroundings {
  readonly me: Me;
  /** The site whose page is open. */
  readonly site: string | undefined;
  readonly recent: readonly RecentSite[];
  /** What keys do on the page that is open. */
  readonly shortcuts: readonly Shortcut[];
}

/** What the palette knows without asking the server. */
export function knownEntries({ me, site, recent, shortcuts }: Surroundings): PaletteEntry[] {
  const isAdmin = me.can.grant || me.can.inspect;
  const entry = (id: string, group: PaletteEntry['group'], title: string, note: string, words: string, href: string | null, keys?: string): PaletteEntry => ({ id, group, title, note, words, href, ...(keys === undefined ? {} : { keys }) });
  return [
    ...shortcuts.filter(({ keys }) => keys !== 'j' && keys !== 'k' && !keys.startsWith('g ') && keys !== 'c').map(({ keys, does }) => entry(`do:${does}`, 'page', does, '', '', null, keys)),
    ...(site === undefined ? [] : sitePages.filter(([name]) => name !== 'siteSettings' || me.can.grant).map(([name, title, words]) => entry(`page:${name}/${site}`, 'site', title, '', words, pathTo(name, { site })))),
    ...recent.map((one) => siteEntry(one)),
    ...(me.can.importSites ? [entry('page:newSite', 'studio', texts.createSite, '', texts.newSite, pathTo('newSite'), 'c')] : []),
    ...pages.filter((page) => !page.pattern.includes(':') && !notGoneTo.has(page.name) && (page.access === 'signedIn' || (page.access === 'admin' && isAdmin))).map((page) => entry(`page:${page.name}`, 'studio', page.title, page.access === 'admin' ? texts.administration : '', page.pattern.replaceAll('/', ' '), page.pattern)),
  ];
}

/** A site, as its home. */
export function siteEntry(site: RecentSite): PaletteEntry {
  return { id: `site:${site.name}`, group: 'sites', title: site.title, note: site.shortId, words: `${site.shortId} ${site.name}`, href: pathTo('site', { site: site.name }) };
}
