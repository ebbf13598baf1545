import { FetchError } from '#clients/boundedFetch.ts';
import { createGoogleOAuth, GoogleRefused } from '#clients/googleOAuth.ts';
import { createYouTube, YouTubeError } from '#clients/youtube.ts';
import { newToken } from '../auth/tokens.ts';
import type { Audited } from '../audited.ts';
import type { ApiDeps } from '../deps.ts';
import { compatActor, isSameSecret } from './access.ts';
import { CompatError } from './CompatError.ts';
import type { CompatHandlers } from './compatRouter.ts';

const PATH = '/api/youtube-tokens/';
const COOKIE = 'studio_youtube_state';
const CONSENT_MS = 10 * 60_000;

/** Mints the tokens of the YouTube account: a global admin consents at Google for the channel of the configuration and gets them to put there. */
export function compatYoutubeTokens(deps: Pick<ApiDeps, 'config' | 'log'>, audited: Audited): Pick<CompatHandlers, 'GET /api/youtube-tokens/'> {
  const { config, log } = deps;
  return {
    'GET /api/youtube-tokens/': async (call) => {
      const { ctx, query, principal } = call;
      const { ytClientId: clientId, ytClientSecret: clientSecret } = config;
      if (clientId === undefined || clientSecret === undefined) throw new CompatError(400, 'This studio has no OAuth client for YouTube. Set YT_CLIENT_ID and YT_CLIENT_SECRET, then come back.');
      const google = createGoogleOAuth({ authUrl: config.googleAuthUrl, tokenUrl: config.ytTokenUrl, clientId, clientSecret, redirectUri: `${config.studioBaseUrl}${PATH}` });
      const isHttps = config.studioBaseUrl.startsWith('https:');
      ctx.cookies.secure = isHttps;
      const cookie = { httpOnly: true, sameSite: 'lax', secure: isHttps, path: PATH, overwrite: true, signed: false } as const;
      const expected = ctx.cookies.get(COOKIE);
      const [code, refusal] = [query('code'), query('error')];
      if (code === undefined && refusal === undefined) {
        const state = newToken();
        ctx.cookies.set(COOKIE, state, { ...cookie, maxAge: CONSENT_MS });
        ctx.redirect(google.consentUrl(state));
        return undefined;
      }
      // A state is good for one answer: what somebody else’s consent sends here has none of ours.
      ctx.cookies.set(COOKIE, '', { ...cookie, maxAge: 0 });
      if (!isSameSecret(query('state') ?? '', expected)) throw new CompatError(400, `This answer belongs to no consent that was begun here. Begin again at ${PATH}.`);
      if (code === undefined) throw new CompatError(400, `Google gave no consent (${shortened(refusal ?? '')}). Begin again at ${PATH}.`);
      // What comes of a consent is told of before anybody has the tokens.
      return audited({ action: 'youtube-consent', actor: compatActor(call), ctx, target: {} }, async () => {
        try {
          const { accessToken, refreshToken } = await google.exchange(code);
          // A person who manages several channels may choose a wrong one: its tokens are not handed out.
          if (config.ytChannelId !== undefined) await createYouTube({ ...config, ytRefreshToken: refreshToken }).channel();
          log.info({ userId: principal?.userId }, 'Tokens for YouTube were minted');
          return { YT_ACCESS_TOKEN: accessToken, YT_REFRESH_TOKEN: refreshToken };
        } catch (error) {
          if (error instanceof YouTubeError && error.kind === 'wrongChannel') throw new CompatError(400, `${error.message}. Begin again at ${PATH}.`);
          if (error instanceof YouTubeError) {
            log.warn({ err: error }, 'YouTube could not be asked for the channel of a consent');
            throw new CompatError(502, `YouTube does not say which channel this consent is for. Begin again at ${PATH}.`);
          }
          if (error instanceof GoogleRefused) throw new CompatError(400, `Google does not take this consent (${shortened(error.message)}). Begin again at ${PATH}.`);
          if (!(error instanceof FetchError)) throw error;
          log.warn({ err: error }, 'Google could not be asked for tokens');
          throw new CompatError(502, `Google cannot be reached now. Begin again at ${PATH}.`);
        }
      });
    },
  };
}

function shortened(text: string): string {
  return text.replace(/[^\w .-]/g, '').slice(0, 100);
}
