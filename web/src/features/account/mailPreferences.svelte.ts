import type { MailPreferences } from '#api/contracts/mails.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';
import { mailPreferencesLogic as words } from '../../words/mail.ts';

type Group = MailPreferences['groups'][number]['group'];

/** Switches groups of mails, one at a time, and says what became of the last. */
export class MailSwitch extends OneAtATime<Group> {
  said = $state('');

  /** Switches a group; resolves to all that is chosen, or to undefined with `problem` set. */
  async turn(group: MailPreferences['groups'][number], isOn: boolean): Promise<MailPreferences | undefined> {
    this.said = '';
    const chosen = await this.once(group.group, () => call('PUT /api/v1/me/mail-preferences', { body: { groups: { [group.group]: isOn } } }));
    if (chosen !== undefined) this.said = `${group.name}: ${isOn ? words.youGetTheseMails : words.noMoreOfTheseMails}.`;
    return chosen;
  }
}
