import type { Principal } from '../auth/principal.ts';

/**
 * Who may do what, with the why; every route asks here and the studio shows what `can` says.
 * A global admin runs the installation. An owner or admin of a site answers for it. An editor writes and looks at the
 * draft; readers see the live site, so that is for those who answer for it.
 */
const rank = { editor: 1, admin: 2, owner: 3 } as const;

function isAtLeast(who: Principal, siteId: string, role: keyof typeof rank): boolean {
  const own = who.siteRoles.get(siteId);
  return who.globalRoles.has('global_admin') || (own !== undefined && rank[own] >= rank[role]);
}

export const sitePolicy = {
  /** Title and address, which readers see. */
  change: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin'),
  see: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'editor'),
  publishDraft: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'editor'),
  publishLive: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin'),
  /** A pull changes many items at once, under one's name. */
  pull: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin'),
  /** Editors write content; what the whole site says of itself is for those who answer for it. */
  editItem: (who: Principal, siteId: string, type: string): boolean => isAtLeast(who, siteId, type === 'sitemetadata' ? 'admin' : 'editor'),
  /** An editor takes away only what they made; an import made nothing of theirs. */
  deleteItem: (who: Principal, siteId: string, item: { readonly type: string; readonly createdBy: string | null }): boolean =>
    isAtLeast(who, siteId, 'admin') || (sitePolicy.editItem(who, siteId, item.type) && item.createdBy !== null && item.createdBy === who.userId),
  /** What authors put into the site’s folders becomes theirs to write about. */
  syncDrive: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'editor'),
  /** Takes away many files at once, of whoever made them. */
  removeMissingFiles: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin'),
  /** Sends files to others, which counts against Google’s limits. */
  backfillDrive: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin'),
  /** Names whatever lies in the site’s part of the storage bucket, also what nobody published. */
  seeStrays: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin'),
  /** What was asked for by one person goes or stays for all of them. */
  decideDeletions: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin'),
  /** Reads and writes every item of a site at once; nobody's daily work. */
  rebuildReferences: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin'),
  /** Its repository beside what publishes commit: create it, remove files, write over what others changed there. */
  manageRepository: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin'),
  publish: (who: Principal, siteId: string, version: 'draft' | 'live'): boolean => (version === 'live' ? sitePolicy.publishLive(who, siteId) : sitePolicy.publishDraft(who, siteId)),
};

export const studioPolicy = {
  seeAllSites: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  /** The Temporal UI shows every run of every site. */
  inspect: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  /** What no owner may change of a site, and putting sites away. */
  administerSites: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  createSites: (who: Principal): boolean => who.globalRoles.has('global_admin') || who.globalRoles.has('global_author'),
  /** Breaks addresses that others have noted, and needs the CDN's table. */
  moveSites: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  /** Pipelines of a builder hold the whole installation’s settings. */
  chooseBuilders: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  importSites: (who: Principal): boolean => who.globalRoles.has('global_admin') || who.globalRoles.has('global_author'),
  /** A starter says what every site of it may hold. */
  administerStarters: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  syncStarters: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  /** New assets stand before the readers of every site. */
  buildThemes: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  grant: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  /** A rule of cleaning rewrites texts of any number of sites. */
  cleanUp: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  /** Operators publish live without a second person: what is broken at night is mended at night. */
  skipApproval: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  /** Publishes any number of sites that others answer for. */
  massPublish: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  /** What there is to do for the links of all sites, and what the account at the archive may do. */
  seeLinks: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  /** Pays others for captions, beyond what may be spent unasked. */
  spend: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  /** One channel and one quota serve all sites. */
  manageYoutube: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  /** Fills the storage of all sites. */
  syncImports: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  adopt: (who: Principal): boolean => who.globalRoles.has('global_admin'),
};
