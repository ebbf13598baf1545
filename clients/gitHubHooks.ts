import { createHmac } from 'node:crypto';
import { createGitHubConnection } from './gitHubConnection.ts';

export interface GitHubHooksConfig {
  /** An Enterprise Server's address ends in /api/v3. */
  readonly apiUrl: string;
  readonly token: string | undefined;
  readonly githubTimeoutSeconds: number;
  readonly githubRateLimitCutoff: number;
}

export interface WantedHook {
  readonly owner: string;
  readonly repo: string;
  /** Where GitHub delivers; a hook is known by it. */
  readonly url: string;
  readonly secret: string;
  readonly events: readonly string[];
  /** The fingerprint of what was last set; null when nothing was. */
  readonly lastSet: string | null;
}

export interface KeptHook {
  readonly state: 'created' | 'changed' | 'unchanged';
  /** Tells this hook with this secret from any other, and the secret to nobody. */
  readonly fingerprint: string;
}

/** Hooks of one answer, the most GitHub gives. */
const PAGE = 100;

export type GitHubHooksClient = ReturnType<typeof createGitHubHooks>;

/** Webhooks of a repository, at whatever host and with whatever credential the repository has. */
export function createGitHubHooks(config: GitHubHooksConfig) {
  const { octokit, call } = createGitHubConnection({ apiUrl: config.apiUrl, token: config.token, app: null, timeoutSeconds: config.githubTimeoutSeconds, rateLimitCutoff: config.githubRateLimitCutoff });

  async function findHook(at: { readonly owner: string; readonly repo: string }, url: string, abortSignal?: AbortSignal) {
    // Page by page: Octokit's own paging drops the signal.
    for (let page = 1; ; page += 1) {
      const { data } = await call((request) => octokit.rest.repos.listWebhooks({ ...at, per_page: PAGE, page, request }), abortSignal);
      const found = data.find((hook) => hook.config.url === url);
      if (found !== undefined || data.length < PAGE) return found;
    }
  }

  return {
    /**
     * Makes the hook that delivers to the URL as JSON, or brings the one that is there in line. GitHub shows no secret: a hook
     * is given ours again when its fingerprint is another than what was last set.
     * @throws {GitHubError} kind `missing` or `refused` when the token may not administer hooks; which of both is GitHub’s choice.
     */
    async ensureHook(wanted: WantedHook, abortSignal?: AbortSignal): Promise<KeptHook> {
      const at = { owner: wanted.owner, repo: wanted.repo };
      const settings = { config: { url: wanted.url, content_type: 'json', secret: wanted.secret }, events: [...wanted.events], active: true };
      const fingerprintOf = (hook: { readonly url: string }): string => createHmac('sha256', wanted.secret).update(`${hook.url}\n${wanted.url}`).digest('hex');
      const known = await findHook(at, wanted.url, abortSignal);
      if (known === undefined) {
        const { data } = await call((request) => octokit.rest.repos.createWebhook({ ...at, name: 'web', ...settings, request }), abortSignal);
        return { state: 'created', fingerprint: fingerprintOf(data) };
      }
      const fingerprint = fingerprintOf(known);
      const hasEvents = known.events.length === wanted.events.length && wanted.events.every((event) => known.events.includes(event));
      const isInLine = known.active && hasEvents && known.config.content_type === 'json' && known.config.secret !== undefined && fingerprint === wanted.lastSet;
      if (isInLine) return { state: 'unchanged', fingerprint };
      await call((request) => octokit.rest.repos.updateWebhook({ ...at, hook_id: known.id, ...settings, request }), abortSignal);
      return { state: 'changed', fingerprint };
    },
  };
}
