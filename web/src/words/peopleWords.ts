import type { ApiToken } from '#api/contracts/apiTokens.ts';
import { tokenScopes } from '#domain/tokenScopes.ts';
import type { IconName } from '../ui/Icon.svelte';
import type { Tone } from '../ui/tones.ts';

/** A browser as people call it: "Firefox on Windows"; as it calls itself when that says neither. */
export function browserWords(userAgent: string | null): string {
  if (userAgent === null) return 'Unknown browser';
  const browser = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']].find(([mark]) => mark !== undefined && userAgent.includes(mark))?.[1];
  const system = [['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Android', 'Android'], ['Windows', 'Windows'], ['Mac OS X', 'macOS'], ['CrOS', 'ChromeOS'], ['Linux', 'Linux']].find(([mark]) => mark !== undefined && userAgent.includes(mark))?.[1];
  if (browser === undefined) return userAgent.slice(0, 60);
  return system === undefined ? browser : `${browser} on ${system}`;
}

type PersonState = 'active' | 'invited' | 'closed';

export const personStateWords: Readonly<Record<PersonState, { readonly tone: Tone; readonly word: string; readonly icon: IconName }>> = {
  active: { tone: 'done', word: 'Active', icon: 'done' },
  invited: { tone: 'waiting', word: 'Not signed in yet', icon: 'waiting' },
  closed: { tone: 'neutral', word: 'Closed', icon: 'stopped' },
};

export const siteRoleWords = { owner: 'Owner', admin: 'Admin', editor: 'Editor' } as const;

/** What a token may, as a sentence. */
export function tokenSentence(token: Pick<ApiToken, 'scopes' | 'roles' | 'sites'>): string {
  const where = token.sites === null ? 'for every site' : token.sites.length === 0 ? 'for no site any more' : `only for ${token.sites.join(', ')}`;
  return `It may ${mayWords(token)}, ${where}.`;
}

function mayWords({ scopes, roles }: Pick<ApiToken, 'scopes' | 'roles'>): string {
  if ((scopes ?? roles).length === 0) return 'do nothing';
  return scopes === null ? `do what a ${roles.map((role) => role.replace('_', ' ')).join(' and a ')} may` : scopes.map((scope) => tokenScopes[scope].words).join('; ');
}
