import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createYouTube } from '#clients/youtube.ts';
import { makeConfig } from '../../factories/config.ts';
import { makeYoutube, type YoutubeWorld } from '../../factories/youtube.ts';
import { type Answer, type Caller, useApi } from '../support/testApi.ts';

const PATH = '/api/youtube-tokens/';
let world: YoutubeWorld;
beforeAll(async () => {
  world = await makeYoutube();
});
const api = useApi({ env: () => ({ ...world.env, GOOGLE_AUTH_URL: `${world.url}/o/oauth2/v2/auth` }) });
let ada: Caller;
beforeAll(async () => {
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  world.client.redirectUris.push(`${api.url}${PATH}`);
});
beforeEach(() => world.reset());
afterAll(() => world.close());

/** A person consents at Google for one of two channels, and comes back. */
async function consentFor(channel: string): Promise<Answer> {
  const begun = await api.send('GET', PATH, { headers: ada.headers });
  const consent = new URL(begun.headers.get('location') ?? '');
  const pressed = await fetch(consent.origin + consent.pathname, { method: 'POST', redirect: 'manual', body: new URLSearchParams([...consent.searchParams, ['channel', channel]]) });
  const back = new URL(pressed.headers.get('location') ?? '');
  const cookie = `${ada.headers['cookie'] ?? ''}; ${(begun.headers.get('set-cookie') ?? '').split(';')[0] ?? ''}`;
  return api.send('GET', PATH, { query: Object.fromEntries(back.searchParams), headers: { ...ada.headers, 'sec-fetch-site': 'cross-site', cookie } });
}

/** What the audit log says of the newest consent. */
const told = async () => (await api.db('audit_entries').orderBy('created_at', 'desc').first<object>('action', 'actor_kind', 'actor_name', 'target', 'detail', 'outcome', 'code'));

test('a consent for the channel of the configuration gives tokens that work', async () => {
  const answer = await consentFor(world.env.YT_CHANNEL_ID);
  expect({ status: answer.status, json: answer.json }).toEqual({ status: 200, json: { YT_ACCESS_TOKEN: expect.any(String) as string, YT_REFRESH_TOKEN: expect.any(String) as string } });
  expect(await told()).toEqual({ action: 'youtube-consent', actor_kind: 'person', actor_name: 'ada', target: {}, detail: {}, outcome: 'done', code: null });
  const tokens = answer.json as { YT_REFRESH_TOKEN: string };
  expect(await createYouTube(makeConfig({ ...world.env, YT_REFRESH_TOKEN: tokens.YT_REFRESH_TOKEN })).channel()).toMatchObject({ id: world.env.YT_CHANNEL_ID });
});

test('a consent for another channel gives none, and says which it was', async () => {
  const answer = await consentFor('UCsomebody00000000000000');
  expect(answer.status).toBe(400);
  expect(await told()).toMatchObject({ action: 'youtube-consent', outcome: 'refused', code: '400' });
  expect(answer.text).toContain('Somebody’s own');
  expect(answer.text).toContain(`Begin again at ${PATH}`);
  expect(answer.text).not.toMatch(/1\/\/|ACCESS_TOKEN/);
});

test('a channel that YouTube does not name is none to hand out tokens for', async () => {
  world.addFault({ fault: '503', match: /^GET \/youtube\/v3\/channels/ });
  const answer = await consentFor(world.env.YT_CHANNEL_ID);
  expect({ status: answer.status, json: answer.json }).toEqual({ status: 502, json: { detail: `YouTube does not say which channel this consent is for. Begin again at ${PATH}.` } });
  expect(await told()).toMatchObject({ outcome: 'failed', code: '502' });
});
