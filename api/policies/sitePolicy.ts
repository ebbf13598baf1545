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
  see: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'editor'),
  publishDraft: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'editor'),
  publishLive: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin'),
  /** Its repository beside what publishes commit: create it, remove files, write over what others changed there. */
  manageRepository: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin'),
  publish: (who: Principal, siteId: string, version: 'draft' | 'live'): boolean => (version === 'live' ? sitePolicy.publishLive(who, siteId) : sitePolicy.publishDraft(who, siteId)),
};

export const studioPolicy = {
  seeAllSites: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  /** The Temporal UI shows every run of every site. */
  inspect: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  importSites: (who: Principal): boolean => who.globalRoles.has('global_admin') || who.globalRoles.has('global_author'),
  syncStarters: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  grant: (who: Principal): boolean => who.globalRoles.has('global_admin'),
  adopt: (who: Principal): boolean => who.globalRoles.has('global_admin'),
};
