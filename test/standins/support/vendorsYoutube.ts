import { auth, youtube as youtubeApi } from 'googleapis/build/src/apis/youtube/index.js';
import type { YoutubeWorld } from '#test/factories/youtube.ts';

function oauthOf(world: YoutubeWorld, refreshToken: string) {
  const oauth = new auth.OAuth2({ clientId: world.client.clientId, clientSecret: world.client.clientSecret });
  oauth.setCredentials({ refresh_token: refreshToken });
  oauth.transporter.interceptors.request.add({
    resolved: (request) => {
      if (request.url.hostname === 'oauth2.googleapis.com') request.url = new URL(`${world.url}${request.url.pathname}${request.url.search}`);
      request.retryConfig = { retry: 0, noResponseRetries: 0 };
      return Promise.resolve(request);
    },
  });
  return oauth;
}

/** Google’s own client of the stand-in; it takes the address of uploads from each call alone, `at`. */
export function vendorsClient(world: YoutubeWorld) {
  const youtube = youtubeApi({ version: 'v3', auth: oauthOf(world, world.env.YT_REFRESH_TOKEN), rootUrl: world.url, retry: false });
  return { youtube, at: { rootUrl: world.url } };
}

/** A token for a consent, as Google’s own client asks for it. */
export async function tokenOf(world: YoutubeWorld, refreshToken = world.env.YT_REFRESH_TOKEN): Promise<string> {
  return (await oauthOf(world, refreshToken).getAccessToken()).token ?? '';
}

/** Does what a person does on YouTube’s own pages. */
export async function person(world: YoutubeWorld, wish: Record<string, unknown>): Promise<Record<string, unknown>> {
  const answer = await fetch(`${world.url}/_person`, { method: 'POST', body: JSON.stringify(wish) });
  if (answer.status !== 200) throw new Error(await answer.text());
  return (await answer.json()) as Record<string, unknown>;
}
