import type { TokenScope } from '#domain/tokenScopes.ts';
import type { GlobalRole, Principal } from '../auth/principal.ts';

/**
 * Who may do what, with the why; every route asks here and the studio shows what `can` says.
 * A global admin runs the installation. An owner or admin of a site answers for it. An editor writes and looks at the
 * draft; readers see the live site, so that is for those who answer for it. A machine's token may do what its scopes name, for
 * its sites; each line names the scope that opens it, and what names none is for people.
 */
const rank = { editor: 1, admin: 2, owner: 3 } as const;

function isAtLeast(who: Principal, siteId: string, role: keyof typeof rank, scope: TokenScope): boolean {
  if (who.reach !== null) return who.reach.scopes.has(scope) && (who.reach.sites === null || who.reach.sites.has(siteId));
  const own = who.siteRoles.get(siteId);
  return who.globalRoles.has('global_admin') || (own !== undefined && rank[own] >= rank[role]);
}

/** A token that is for some sites only does nothing that concerns the whole installation. */
function inStudio(who: Principal, scope: TokenScope, roles: readonly GlobalRole[] = ['global_admin']): boolean {
  return who.reach === null ? roles.some((role) => who.globalRoles.has(role)) : who.reach.sites === null && who.reach.scopes.has(scope);
}

/** Rights and accounts are given and taken in one's own name only, never by an admin who acts as somebody else. */
const inOwnName = (who: Principal): boolean => who.impersonator === null;

export const sitePolicy = {
  /** Title and address, which readers see. */
  change: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin', 'admin'),
  see: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'editor', 'read'),
  publishDraft: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'editor', 'publish'),
  publishLive: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin', 'publish'),
  /** A pull changes many items at once, under one's name. */
  pull: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin', 'import'),
  /** Editors write content; what the whole site says of itself is for those who answer for it. */
  editItem: (who: Principal, siteId: string, type: string): boolean => isAtLeast(who, siteId, type === 'sitemetadata' ? 'admin' : 'editor', 'write'),
  /** A draft is what one person typed: no machine’s, and no admin’s who acts in the person’s name. */
  keepDraft: (who: Principal, siteId: string, type: string): boolean => inOwnName(who) && who.kind === 'person' && sitePolicy.editItem(who, siteId, type),
  /** Who edits with others shows themselves to them, and sees them; also an admin who acts in somebody’s name, who is shown as such. */
  editWithOthers: (who: Principal, siteId: string, type: string): boolean => who.kind === 'person' && sitePolicy.editItem(who, siteId, type),
  /** An editor takes away only what they made; an import made nothing of theirs. */
  deleteItem: (who: Principal, siteId: string, item: { readonly type: string; readonly createdBy: string | null }): boolean =>
    isAtLeast(who, siteId, 'admin', 'write') || (sitePolicy.editItem(who, siteId, item.type) && item.createdBy !== null && item.createdBy === who.userId),
  /** What is uploaded is for an item that one writes. */
  upload: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'editor', 'write'),
  /** What authors put into the site’s folders becomes theirs to write about. */
  syncDrive: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'editor', 'import'),
  /** Takes away many files at once, of whoever made them. */
  removeMissingFiles: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin', 'admin'),
  /** Sends files to others, which counts against Google’s limits. */
  backfillDrive: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin', 'admin'),
  /** Names whatever lies in the site’s part of the storage bucket, also what nobody published. */
  seeStrays: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin', 'admin'),
  /** What was asked for by one person goes or stays for all of them. */
  decideDeletions: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin', 'admin'),
  /** Reads and writes every item of a site at once; nobody's daily work. */
  rebuildReferences: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin', 'admin'),
  /** Its repository beside what publishes commit: create it, remove files, write over what others changed there. */
  manageRepository: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin', 'admin'),
  /** Who works together knows of each other. */
  seePeople: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'editor', 'admin'),
  /** Who answers for a site decides who writes it; addresses are for them, for they invite by address. */
  managePeople: (who: Principal, siteId: string): boolean => inOwnName(who) && isAtLeast(who, siteId, 'admin', 'admin'),
  /** An admin of a site may not take it from its owner. */
  changeOwner: (who: Principal, siteId: string): boolean => inOwnName(who) && isAtLeast(who, siteId, 'owner', 'admin'),
  /** Who did what is for those who answer for the site; an editor is one of those it tells of. */
  readAudit: (who: Principal, siteId: string): boolean => isAtLeast(who, siteId, 'admin', 'admin'),
  publish: (who: Principal, siteId: string, version: 'draft' | 'live'): boolean => (version === 'live' ? sitePolicy.publishLive(who, siteId) : sitePolicy.publishDraft(who, siteId)),
};

export const studioPolicy = {
  seeAllSites: (who: Principal): boolean => inStudio(who, 'read'),
  /** The Temporal UI shows every run of every site. */
  inspect: (who: Principal): boolean => inStudio(who, 'admin'),
  /** What no owner may change of a site, and putting sites away. */
  administerSites: (who: Principal): boolean => inStudio(who, 'admin'),
  createSites: (who: Principal): boolean => inStudio(who, 'import', ['global_admin', 'global_author']),
  /** Breaks addresses that others have noted, and needs the CDN's table. */
  moveSites: (who: Principal): boolean => inStudio(who, 'admin'),
  /** Pipelines of a builder hold the whole installation’s settings. */
  chooseBuilders: (who: Principal): boolean => inStudio(who, 'admin'),
  importSites: (who: Principal): boolean => inStudio(who, 'import', ['global_admin', 'global_author']),
  /** A starter says what every site of it may hold. */
  administerStarters: (who: Principal): boolean => inStudio(who, 'admin'),
  syncStarters: (who: Principal): boolean => inStudio(who, 'admin'),
  /** New assets stand before the readers of every site. */
  buildThemes: (who: Principal): boolean => inStudio(who, 'admin'),
  grant: (who: Principal): boolean => inOwnName(who) && inStudio(who, 'admin'),
  /** A rule of cleaning rewrites texts of any number of sites. */
  cleanUp: (who: Principal): boolean => inStudio(who, 'admin'),
  /** Operators publish live without a second person: what is broken at night is mended at night. */
  skipApproval: (who: Principal): boolean => inStudio(who, 'admin'),
  /** Publishes any number of sites that others answer for. */
  massPublish: (who: Principal): boolean => inStudio(who, 'publish'),
  /** What there is to do for the links of all sites, and what the account at the archive may do. */
  seeLinks: (who: Principal): boolean => inStudio(who, 'admin'),
  /** Pays others for captions, beyond what may be spent unasked. */
  spend: (who: Principal): boolean => inStudio(who, 'admin'),
  /** One channel and one quota serve all sites. */
  manageYoutube: (who: Principal): boolean => inStudio(who, 'admin'),
  /** Fills the storage of all sites. */
  syncImports: (who: Principal): boolean => inStudio(who, 'admin'),
  /** The outbox and its addresses are of all people. */
  manageMails: (who: Principal): boolean => inStudio(who, 'admin'),
  /** Names everybody with their addresses, and what was refused to whom. */
  readAudit: (who: Principal): boolean => inStudio(who, 'admin'),
  /** Pausing stops work that every site relies on. */
  steerSchedules: (who: Principal): boolean => inStudio(who, 'admin'),
  adopt: (who: Principal): boolean => inStudio(who, 'admin'),
  /** What a builder of the existing system does: it sees every site, also those that readers do not. */
  build: (who: Principal): boolean => who.kind === 'token' && inStudio(who, 'build'),
  /** Addresses, sign-ins and what waits on somebody. */
  seePeople: (who: Principal): boolean => inOwnName(who) && inStudio(who, 'admin'),
  /** Shuts somebody out, or lets them in again. */
  closePeople: (who: Principal): boolean => inOwnName(who) && inStudio(who, 'admin'),
  /** A token lives longer than a session and belongs to nobody, so none is made by another that was made here. */
  manageTokens: (who: Principal): boolean => inOwnName(who) && who.reach === null && who.globalRoles.has('global_admin'),
  /** Only a person takes responsibility for what is done in somebody else's name. */
  impersonate: (who: Principal): boolean => inOwnName(who) && who.kind === 'person' && who.globalRoles.has('global_admin'),
};

const changing: readonly TokenScope[] = ['write', 'publish', 'import', 'admin'];

/** Asked before every request that is more than a look: a token that only reads changes nothing, whatever its route asks for. */
export function mayChangeAnything(who: Principal): boolean {
  return who.reach === null || changing.some((scope) => who.reach?.scopes.has(scope));
}

/** What one may do about oneself. */
export const accountPolicy = {
  /** Sessions, leaving a site and asking for one are one's own, and nobody's who acts in one's name. */
  change: (who: Principal): boolean => inOwnName(who) && who.kind === 'person',
  /** A star is in a person's list; a machine has none. */
  star: (who: Principal): boolean => who.kind === 'person',
};
