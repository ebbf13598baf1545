import { afterEach, describe, expect, it } from 'vitest';
import type { ListedMail, Suppression } from '#api/contracts/mails.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { type StartedApi, startApi } from './support/startApi.ts';

const ID = '01890a5d-ac96-774b-8cce-b302099a8057';
const AT = '2026-03-01T14:05:00.000Z';

describe('studio mails', () => {
  let api: StartedApi;
  afterEach(() => api.stop());
  const mail = (changes: Partial<ListedMail> = {}): ListedMail => ({ id: ID, kind: 'publish-succeeded', subject: 'algebra: it is out', state: 'sent', reason: null, attempts: 1, to: { person: { id: ID, name: 'Olga' }, address: 'olga@example.edu' }, createdAt: AT, sentAt: AT, event: null, resentAs: null, canResend: false, ...changes });
  const suppressed = (address: string, detail: string | null): Suppression => ({ id: ID, address, cause: 'bounced', detail, since: AT });

  it('lists what was told to whom, and why not', async () => {
    const asked: unknown[] = [];
    api = await startApi({
      'GET /api/v1/mails': async ({ query }) => {
        asked.push(query);
        return { total: 1_234, mails: [mail({ state: 'refused', reason: 'The mail service refused it: no (400).' }), mail({ event: { kind: 'bounced', detail: '550 No such user', at: AT } }), mail({ to: { person: null, address: null } })] };
      },
    });
    const { code, out } = await runStudio(api.url, ['mails', 'list', '--state', 'refused', '--event', 'bounced', '--limit', '3']);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        `${ID}  refused       2026-03-01 14:05  algebra: it is out`,
        '  to Olga, olga@example.edu: The mail service refused it: no (400).',
        `${ID}  bounced       2026-03-01 14:05  algebra: it is out`,
        '  to Olga, olga@example.edu: 550 No such user',
        `${ID}  sent          2026-03-01 14:05  algebra: it is out`,
        '  to somebody who is gone',
        'The newest 3 of 1,234 mails.',
        '',
      ].join('\n'),
    );
    expect(asked).toEqual([{ limit: 3, offset: 0, state: 'refused', event: 'bounced' }]);
    expect(JSON.parse((await runStudio(api.url, ['mails', '--json'])).out)).toMatchObject({ total: 1_234, mails: [{ state: 'refused' }, {}, {}] });
  });

  it('says that there is none, and refuses a limit that is none', async () => {
    api = await startApi({ 'GET /api/v1/mails': async () => ({ total: 0, mails: [] }) });
    expect((await runStudio(api.url, ['mails'])).out).toBe('There is no such mail.\n');
    expect(await runStudio(api.url, ['mails', '--limit', '0'])).toEqual(failure('--limit is a whole number from 1 to 100.'));
  });

  it('sends one anew', async () => {
    api = await startApi({ 'POST /api/v1/mails/:mail/resend': async ({ params }) => ({ id: params.mail }) });
    expect((await runStudio(api.url, ['mails', 'resend', ID])).out).toBe(`It is sent anew, as ${ID}.\n`);
  });

  it('names the addresses that get none, page by page, and lifts one', async () => {
    const all = [suppressed('a@example.edu', '550 No such user'), suppressed('b@example.edu', null)];
    const lifted: string[] = [];
    api = await startApi({
      'GET /api/v1/mail-suppressions': async ({ query }) => ({ total: all.length, suppressions: all.slice(Number(query.offset), Number(query.offset) + 1) }),
      'POST /api/v1/mail-suppressions/:suppression/lift': async ({ params }) => {
        lifted.push(params.suppression);
        return { address: 'b@example.edu' };
      },
    });
    expect((await runStudio(api.url, ['mails', 'suppressed'])).out).toBe('a@example.edu  since 2026-03-01\n  A mail to this address came back for good: 550 No such user\nb@example.edu  since 2026-03-01\n  A mail to this address came back for good\n');
    expect((await runStudio(api.url, ['mails', 'lift', 'B@Example.edu'])).out).toBe('b@example.edu gets mails again.\n');
    expect(lifted).toEqual([ID]);
    expect(await runStudio(api.url, ['mails', 'lift', 'c@example.edu'])).toEqual(failure('Mails go to c@example.edu already. ‘studio mails suppressed’ lists addresses that get none.'));
  });
});
