import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGoogleOAuth, GoogleRefused } from '#clients/googleOAuth.ts';
import { createYouTube } from '#clients/youtube.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeYoutube, type YoutubeWorld } from '#test/factories/youtube.ts';
import { refused } from './support/refused.ts';
import { person, tokenOf, vendorsClient } from './support/vendorsYoutube.ts';
import { watchJournal } from './support/watchJournal.ts';

const SCOPE = 'https://www.googleapis.com/auth/youtube';

let world: YoutubeWorld;
beforeAll(async () => {
  world = await makeYoutube();
});
afterAll(() => world.close());
const watch = watchJournal(() => world.url);

describe('tokens', () => {
  it('come for a consent, live for an hour, and end when the consent is taken back', async () => {
    const own = await makeYoutube();
    try {
      const { youtube } = vendorsClient(own);
      const mine = () => youtube.channels.list({ part: ['snippet'], mine: true });
      expect((await mine()).data.items?.[0]).toMatchObject({ id: own.env.YT_CHANNEL_ID });
      const first = await tokenOf(own);
      const ask = async () => (await fetch(`${own.url}/youtube/v3/channels?part=snippet&mine=true`, { headers: { authorization: `Bearer ${first}` } })).status;
      await own.advance(3_599);
      expect(await ask()).toBe(200);
      await own.advance(1);
      expect(await ask()).toBe(401);
      const second = await tokenOf(own);
      await person(own, { do: 'revoke' });
      expect((await fetch(`${own.url}/youtube/v3/channels?part=snippet&mine=true`, { headers: { authorization: `Bearer ${second}` } })).status).toBe(401);
      expect(await refused(tokenOf(own))).toEqual({ status: 400, reason: 'invalid_grant' });
      const { refreshToken } = await person(own, { do: 'consent' });
      expect(await tokenOf(own, String(refreshToken))).toMatch(/^ya29\./);
      // So does who holds the token itself.
      expect((await fetch(`${own.url}/revoke?token=${encodeURIComponent(String(refreshToken))}`, { method: 'POST' })).status).toBe(200);
      expect(await refused(tokenOf(own, String(refreshToken)))).toEqual({ status: 400, reason: 'invalid_grant' });
      expect((await fetch(`${own.url}/revoke?token=nobody`, { method: 'POST' })).status).toBe(400);
      expect(own.unexpected()).toEqual([]);
    } finally {
      await own.close();
    }
  });

  it('are not given for what nobody consented to, nor to another client', async () => {
    expect(await refused(tokenOf(world, 'made up'))).toEqual({ status: 400, reason: 'invalid_grant' });
    const ask = async (change: Record<string, string>) => {
      const answer = await fetch(`${world.url}/token`, { method: 'POST', body: new URLSearchParams({ client_id: world.client.clientId, client_secret: world.client.clientSecret, grant_type: 'refresh_token', refresh_token: world.env.YT_REFRESH_TOKEN, ...change }) });
      return [answer.status, ((await answer.json()) as { error?: string }).error];
    };
    expect(await ask({})).toEqual([200, undefined]);
    expect(await ask({ client_secret: 'guessed' })).toEqual([401, 'invalid_client']);
    expect(await ask({ client_id: 'another' })).toEqual([401, 'invalid_client']);
  });
});

describe('the page of consent', () => {
  const redirectUri = 'http://studio.example/api/youtube-tokens/';
  const query = (change: Record<string, string | null> = {}): string => {
    const all: Record<string, string | null> = { client_id: world.client.clientId, redirect_uri: redirectUri, response_type: 'code', scope: `${SCOPE} ${SCOPE}.force-ssl`, access_type: 'offline', prompt: 'consent', include_granted_scopes: 'true', state: 's&"1', ...change };
    return new URLSearchParams(Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [[name, value]]))).toString();
  };
  const press = async (channel: string, of = query(), headers: Record<string, string> = {}) => {
    const form = new URLSearchParams(of);
    form.set('channel', channel);
    return fetch(`${world.url}/o/oauth2/v2/auth`, { method: 'POST', body: form, redirect: 'manual', headers });
  };
  const exchange = async (code: string, change: Record<string, string> = {}) => {
    const answer = await fetch(`${world.url}/token`, { method: 'POST', body: new URLSearchParams({ client_id: world.client.clientId, client_secret: world.client.clientSecret, grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...change }) });
    return { status: answer.status, ...((await answer.json()) as { error?: string; access_token?: string; refresh_token?: string; scope?: string }) };
  };
  const codeOf = (answer: Response): string => new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';

  it('offers every channel of the person, and sends them back with a code that is good once', async () => {
    const page = await (await fetch(`${world.url}/o/oauth2/v2/auth?${query()}`)).text();
    for (const { title } of world.channels) expect(page).toContain(`Allow for ${title}`);
    expect(page).toContain('value="s&#38;&#34;1"');
    const other = world.channels[1]?.id ?? '';
    const answer = await press(other, query(), { origin: world.url });
    const back = new URL(answer.headers.get('location') ?? '');
    expect([answer.status, back.origin + back.pathname, back.searchParams.get('state')]).toEqual([302, redirectUri, 's&"1']);
    const told = await exchange(codeOf(answer));
    expect(told).toMatchObject({ status: 200, scope: `${SCOPE} ${SCOPE}.force-ssl` });
    expect(await exchange(codeOf(answer))).toMatchObject({ status: 400, error: 'invalid_grant' });
    const channels = await fetch(`${world.url}/youtube/v3/channels?part=snippet&mine=true`, { headers: { authorization: `Bearer ${await tokenOf(world, told.refresh_token)}` } });
    expect(await channels.json()).toMatchObject({ items: [{ id: other }] });
  });

  it('is where the studio sends an operator, and gives what its client goes on with', async () => {
    const google = createGoogleOAuth({ authUrl: `${world.url}/o/oauth2/v2/auth`, tokenUrl: `${world.url}/token`, clientId: world.client.clientId, clientSecret: world.client.clientSecret, redirectUri });
    const other = world.channels[1]?.id ?? '';
    const code = codeOf(await press(other, new URL(google.consentUrl('state')).search));
    const { refreshToken } = await google.exchange(code);
    const youtube = createYouTube(makeConfig({ ...world.env, YT_REFRESH_TOKEN: refreshToken, YT_CHANNEL_ID: other }));
    expect(await youtube.channel()).toMatchObject({ id: other });
    await expect(google.exchange(code)).rejects.toThrow(GoogleRefused);
  });

  it('sends who cancels back without one', async () => {
    const back = new URL((await press('')).headers.get('location') ?? '');
    expect([back.searchParams.get('error'), back.searchParams.get('state'), back.searchParams.has('code')]).toEqual(['access_denied', 's&"1', false]);
  });

  it('gives what lasts to nobody who did not ask for it, and nothing for a code of long ago', async () => {
    const short = await exchange(codeOf(await press(world.env.YT_CHANNEL_ID, query({ access_type: null }))));
    expect([short.status, short.refresh_token, short.access_token !== undefined]).toEqual([200, undefined, true]);
    const code = codeOf(await press(world.env.YT_CHANNEL_ID));
    await world.advance(600);
    expect(await exchange(code)).toMatchObject({ status: 400, error: 'invalid_grant' });
  });

  it('gives only what was consented to', async () => {
    const told = await exchange(codeOf(await press(world.env.YT_CHANNEL_ID, query({ scope: `${SCOPE}.upload` }))));
    // At once, and later by what lasts of it.
    for (const access of [told.access_token ?? '', await tokenOf(world, told.refresh_token)]) {
      const list = await fetch(`${world.url}/youtube/v3/captions?part=snippet&videoId=x`, { headers: { authorization: `Bearer ${access}` } });
      expect([list.status, await list.text()]).toEqual([403, expect.stringContaining('insufficientPermissions') as string]);
    }
  });

  it('is pressed by no other page', async () => {
    await watch.provokeBy(async () => expect((await press(world.env.YT_CHANNEL_ID, query(), { origin: 'http://elsewhere.example' })).status).toBe(403));
  });

  it.each([
    ['another client', { client_id: 'x' }, 'invalid_client'],
    ['an address nobody registered', { redirect_uri: 'http://evil.example/' }, 'redirect_uri_mismatch'],
    ['a token at once', { response_type: 'token' }, 'unsupported_response_type'],
    ['a scope it does not know', { scope: 'https://www.googleapis.com/auth/drive' }, 'invalid_scope'],
    ['a parameter it does not know', { acess_type: 'offline' }, 'acess_type'],
  ])('refuses %s', async (_name, change, says) => {
    await watch.provoke(`/o/oauth2/v2/auth?${query(change)}`, {}, { status: 400, says });
    await watch.provokeBy(async () => expect((await press(world.env.YT_CHANNEL_ID, query(change))).headers.get('location')).toBeNull());
  });
});

it('met nothing else it does not know', () => watch.expectNoOther());
