import { boundedFetch } from './boundedFetch.ts';

const SCOPES = ['https://www.googleapis.com/auth/youtube', 'https://www.googleapis.com/auth/youtube.force-ssl', 'https://www.googleapis.com/auth/youtube.upload'];
const TIMEOUT_MS = 15_000;
const MAX_BYTES = 64 * 1024;

export interface GoogleOAuthConfig {
  readonly authUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
}

/** Google refused a code; its reason is a word of the OAuth standard, such as `invalid_grant`. */
export class GoogleRefused extends Error {
  override readonly name = 'GoogleRefused';
}

/** Google’s consent for the YouTube account. */
export function createGoogleOAuth(config: GoogleOAuthConfig) {
  return {
    /** The page on which a person consents; `state` comes back with the code. */
    consentUrl(state: string): string {
      const url = new URL(config.authUrl);
      const parameters = { client_id: config.clientId, redirect_uri: config.redirectUri, response_type: 'code', scope: SCOPES.join(' '), access_type: 'offline', prompt: 'consent', include_granted_scopes: 'true', state };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return url.toString();
    },
    /**
     * Exchanges the code of a consent for tokens.
     * @throws {GoogleRefused} when Google does not take the code.
     * @throws {FetchError} when Google cannot be reached.
     */
    async exchange(code: string): Promise<{ readonly accessToken: string; readonly refreshToken: string }> {
      const body = new URLSearchParams({ grant_type: 'authorization_code', code, client_id: config.clientId, client_secret: config.clientSecret, redirect_uri: config.redirectUri });
      const answer = await boundedFetch(config.tokenUrl, { method: 'POST', body, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, takesErrors: true });
      const told = parse(answer.text);
      if (answer.status !== 200) throw new GoogleRefused(typeof told['error'] === 'string' ? told['error'] : `status ${answer.status}`);
      const { access_token: accessToken, refresh_token: refreshToken } = told;
      if (typeof accessToken !== 'string' || typeof refreshToken !== 'string') throw new GoogleRefused('the answer has no refresh token');
      return { accessToken, refreshToken };
    },
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // A page in the way of Google answers HTML; the status says what there is to say.
    return {};
  }
}
