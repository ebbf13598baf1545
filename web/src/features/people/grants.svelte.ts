import type { Input, Output } from '#api/contracts/client.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';
import { grants as words } from '../../words/people.ts';

export type Grant = Input<'POST /api/v1/grants'>['body'];
export type GrantRole = Grant['role'];
type Answer = Output<'POST /api/v1/grants'> & { readonly did: 'give' | 'take' };

export const roleWords: Readonly<Record<GrantRole, { readonly name: string; readonly may: string; readonly isGlobal: boolean }>> = {
  global_admin: { name: words.globalAdmin, may: words.seesEverySitePublishes, isGlobal: true },
  global_author: { name: words.globalAuthor, may: words.importsAndCreatesSites, isGlobal: true },
  owner: { name: words.ownerOfSite, may: words.answersForSiteAndPublishes, isGlobal: false },
  admin: { name: words.adminOfSite, may: words.publishesSiteToStaging, isGlobal: false },
  editor: { name: words.editorOfSite, may: words.editsSiteAndPublishes, isGlobal: false },
};

/** Gives and takes roles, and keeps what was done since the page was opened. */
export class Grants extends OneAtATime<'give' | 'take'> {
  done = $state.raw<readonly Answer[]>([]);

  /** Gives or takes the role; true when the API did it. */
  async perform(did: 'give' | 'take', grant: Grant): Promise<boolean> {
    const answer = await this.once(did, () => (did === 'give' ? call('POST /api/v1/grants', { body: grant }) : call('POST /api/v1/grants/revoke', { body: grant })));
    if (answer === undefined) return false;
    this.done = [{ ...answer, did }, ...this.done];
    return true;
  }
}

/** What was done, as a sentence. */
export function grantSentence(answer: Answer): string {
  const role = Object.entries(roleWords).find(([name]) => name === answer.role)?.[1].name ?? answer.role;
  const where = answer.site === null ? '' : ` ‘${answer.site}’`;
  const what = `${role.charAt(0).toLowerCase()}${role.slice(1)}${where}`;
  if (answer.did === 'give') return answer.changed ? words.isNow(answer.email, what) : words.wasAlready(answer.email, what);
  return answer.changed ? words.isNoLonger(answer.email, what) : words.wasNot(answer.email, what);
}
