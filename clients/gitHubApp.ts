import { createPrivateKey, sign } from 'node:crypto';
import type { Octokit } from '@octokit/rest';
import { GitHubError, hostTimeMs, isRequestError, type RequestErrorLike } from './gitHubError.ts';

/** A token is given out only while it lives this much longer: no git command may last longer than that. Milliseconds. */
const LEFT_FOR_USE_MS = 20 * 60_000;
/** GitHub takes at most ten minutes; a minute is for a clock of ours that is ahead. Seconds. */
const JWT_SECONDS = 9 * 60;
const BACKDATED_SECONDS = 60;
/** A refusal is put down to our clock only when it differs by more than this, milliseconds. */
const SKEW_MS = 30_000;

export interface GitHubAppConfig {
  readonly appId: string;
  /** PEM, PKCS#1 or PKCS#8. */
  readonly privateKey: string;
  readonly organization: string;
}

/** Tokens of a GitHub App’s installation in one organization. */
export interface GitHubApp {
  /** A token that lives for at least 20 minutes more. @throws {GitHubError} */
  token(): Promise<string>;
  /** Makes the next `token` ask for another one than this: the host does not take it any more. */
  forget(token: string): void;
}

/** Signs in as a GitHub App. `octokit` sends the calls; it must not add a credential of its own to them. */
export function createGitHubApp(config: GitHubAppConfig, octokit: Pick<Octokit, 'request'>): GitHubApp {
  const key = createPrivateKey(config.privateKey);
  /** What GitHub’s clock shows beyond ours, milliseconds. */
  let skewMs = 0;
  let installationId: number | null = null;
  let known: { readonly token: string; readonly goodUntil: number } | null = null;
  let asking: Promise<string> | null = null;

  function jwt(): string {
    const seconds = Math.floor((Date.now() + skewMs) / 1_000);
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const body = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: seconds - BACKDATED_SECONDS, exp: seconds + JWT_SECONDS, iss: config.appId })}`;
    return `${body}.${sign('RSA-SHA256', Buffer.from(body), key).toString('base64url')}`;
  }

  /** A call as the App itself; once more with GitHub’s time when ours is what it refused. */
  async function asApp<T>(send: (headers: { authorization: string }) => Promise<T>): Promise<T> {
    try {
      return await send({ authorization: `Bearer ${jwt()}` });
    } catch (error) {
      const behindMs = isRequestError(error) && error.status === 401 && error.response !== undefined ? hostTimeMs(error.response.headers) - Date.now() : skewMs;
      if (Math.abs(behindMs - skewMs) < SKEW_MS) throw error;
      skewMs = behindMs;
      return send({ authorization: `Bearer ${jwt()}` });
    }
  }

  async function findInstallation(): Promise<number> {
    try {
      return (await asApp((headers) => octokit.request('GET /orgs/{org}/installation', { org: config.organization, headers }))).data.id;
    } catch (error) {
      // A 404 that went on as one would read as "there is no such repository".
      if (hasStatus(error, 404)) throw new GitHubError('refused', `The GitHub App ${config.appId} is not installed in the organization ‘${config.organization}’`, 404);
      throw error;
    }
  }

  async function makeToken(): Promise<string> {
    const isKnown = installationId !== null;
    installationId ??= await findInstallation();
    const id = installationId;
    try {
      const { data, headers } = await asApp((given) => octokit.request('POST /app/installations/{installation_id}/access_tokens', { installation_id: id, headers: given }));
      const livesMs = Date.parse(data.expires_at) - hostTimeMs(headers);
      known = { token: data.token, goodUntil: Date.now() + livesMs - LEFT_FOR_USE_MS };
      return data.token;
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      installationId = null;
      // Removed and installed again, it has another id.
      if (isKnown) return makeToken();
      throw new GitHubError('refused', `The GitHub App ${config.appId} has lost its installation in the organization ‘${config.organization}’`, 404);
    }
  }

  return {
    token: () => {
      if (known !== null && known.goodUntil > Date.now()) return Promise.resolve(known.token);
      // Whoever comes while a token is made shares it.
      asking ??= makeToken().finally(() => {
        asking = null;
      });
      return asking;
    },
    forget: (token) => {
      if (known?.token === token) known = null;
    },
  };
}

function hasStatus(error: unknown, status: number): error is RequestErrorLike {
  return isRequestError(error) && error.status === status;
}
