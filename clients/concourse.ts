import type { Pipeline, PipelineRef } from '#domain/concourse/definition.ts';
import { ConcourseError } from './concourseError.ts';
import { signIn } from './concourseSignIn.ts';

export interface ConcourseConfig {
  readonly concourseUrl: string | undefined;
  readonly concourseUsername: string | undefined;
  readonly concoursePassword: string | undefined;
  readonly concourseTeam: string;
}

export const buildStatuses = ['pending', 'started', 'succeeded', 'failed', 'errored', 'aborted'] as const;
export type BuildStatus = (typeof buildStatuses)[number];

export interface Build {
  readonly id: number;
  readonly status: BuildStatus;
}

export interface PipelineState {
  readonly name: string;
  readonly vars: Readonly<Record<string, unknown>> | null;
  readonly isPaused: boolean;
}

/** How long Concourse may take to answer, milliseconds. */
const ANSWER_MS = 20_000;
/** How often a definition is sent again after somebody else changed it in between. */
const SAVE_TRIES = 5;
const CONFLICT = 'comparison with existing config failed';

export type Concourse = ReturnType<typeof createConcourse>;

interface CallOptions {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly abortSignal?: AbortSignal | undefined;
}

/** A build as it is answered, perhaps. */
interface Given {
  readonly id?: unknown;
  readonly status?: unknown;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Concourse’s API as a local user of one team; null where no Concourse is set up. */
export function createConcourse(config: ConcourseConfig) {
  const { concourseUrl, concourseUsername, concoursePassword, concourseTeam } = config;
  if (concourseUrl === undefined || concourseUsername === undefined || concoursePassword === undefined) return null;
  const base = concourseUrl.replace(/\/+$/, '');
  let token: Promise<string> | null = null;

  function currentToken(): Promise<string> {
    token ??= signIn({ base, username: concourseUsername ?? '', password: concoursePassword ?? '', timeoutMs: ANSWER_MS }).catch((error: unknown) => {
      token = null;
      throw error;
    });
    return token;
  }

  async function send(path: string, options: CallOptions, bearer: string): Promise<Answer> {
    const timeout = AbortSignal.timeout(ANSWER_MS);
    try {
      const answer = await fetch(`${base}/api/v1${path}`, {
        method: options.method ?? 'GET',
        headers: { authorization: `Bearer ${bearer}`, accept: 'application/json', 'content-type': 'application/json', ...options.headers },
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        redirect: 'manual',
        signal: options.abortSignal === undefined ? timeout : AbortSignal.any([timeout, options.abortSignal]),
      });
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    } catch {
      options.abortSignal?.throwIfAborted();
      throw new ConcourseError('unavailable', timeout.aborted ? 'Concourse did not answer in time' : 'Concourse cannot be reached', null);
    }
  }

  /** A 401 may come once right after a sign-in although the token is good; only a second one means that it ended. */
  async function authorized(path: string, options: CallOptions): Promise<Answer> {
    const first = await currentToken();
    let answer = await send(path, options, first);
    if (answer.status === 401) answer = await send(path, options, first);
    if (answer.status === 401) {
      // Only who held the token that ended takes it away: another call may have brought a new one by now.
      const held = token;
      if (held !== null && (await held.catch(() => null)) === first && token === held) token = null;
      const next = await currentToken();
      answer = await send(path, options, next);
      if (answer.status === 401) answer = await send(path, options, next);
    }
    return answer;
  }

  async function call(path: string, options: CallOptions = {}): Promise<Answer> {
    const answer = await authorized(path, options);
    if (answer.status >= 200 && answer.status < 300) return answer;
    const said = `Concourse answered ${answer.status}: ${answer.text.trim().slice(0, 300) || 'no reason'}`;
    if (answer.status === 404) throw new ConcourseError('missing', said, 404);
    throw new ConcourseError(answer.status >= 500 || answer.status === 429 ? 'unavailable' : 'refused', said, answer.status);
  }

  const of = (ref: PipelineRef, rest = ''): string => {
    const vars = ref.vars === null ? '' : `?vars=${encodeURIComponent(JSON.stringify(ref.vars))}`;
    return `/teams/${encodeURIComponent(concourseTeam)}/pipelines/${encodeURIComponent(ref.name)}${rest}${vars}`;
  };
  const job = (ref: PipelineRef, name: string): string => of(ref, `/jobs/${encodeURIComponent(name)}/builds`);

  async function configVersion(ref: PipelineRef, abortSignal: AbortSignal | undefined): Promise<string | null> {
    try {
      const answer = await call(of(ref, '/config'), { abortSignal });
      return answer.headers.get('x-concourse-config-version');
    } catch (error) {
      if (error instanceof ConcourseError && error.kind === 'missing') return null;
      throw error;
    }
  }

  return {
    /**
     * Makes a pipeline what the definition says, new or not. A new one is paused.
     * @throws {ConcourseError} `refused` when Concourse finds the definition wrong.
     */
    async upsert(ref: PipelineRef, pipeline: Pipeline, abortSignal?: AbortSignal): Promise<void> {
      for (let attempt = 1; ; attempt += 1) {
        const version = await configVersion(ref, abortSignal);
        try {
          const answer = await call(of(ref, '/config'), { method: 'PUT', body: pipeline, headers: version === null ? {} : { 'x-concourse-config-version': version }, abortSignal });
          const errors = jsonOf<{ errors?: readonly string[] }>(answer.text || '{}').errors ?? [];
          if (errors.length > 0) throw new ConcourseError('refused', `Concourse finds the definition wrong: ${errors.join('; ').slice(0, 300)}`, answer.status);
          return;
        } catch (error) {
          if (!(error instanceof ConcourseError) || !error.message.includes(CONFLICT) || attempt >= SAVE_TRIES) throw error;
        }
      }
    },

    async pause(ref: PipelineRef, abortSignal?: AbortSignal): Promise<void> {
      await call(of(ref, '/pause'), { method: 'PUT', abortSignal });
    },

    async unpause(ref: PipelineRef, abortSignal?: AbortSignal): Promise<void> {
      await call(of(ref, '/unpause'), { method: 'PUT', abortSignal });
    },

    /** Takes a pipeline away; one that is not there is as good. */
    async remove(ref: PipelineRef, abortSignal?: AbortSignal): Promise<void> {
      await call(of(ref), { method: 'DELETE', abortSignal }).catch((error: unknown) => {
        if (!(error instanceof ConcourseError) || error.kind !== 'missing') throw error;
      });
    },

    async list(abortSignal?: AbortSignal): Promise<PipelineState[]> {
      const { text } = await call(`/teams/${encodeURIComponent(concourseTeam)}/pipelines`, { abortSignal });
      return jsonOf<{ name: string; instance_vars?: Record<string, unknown> | null; paused: boolean }[]>(text).map((row) => ({ name: row.name, vars: row.instance_vars ?? null, isPaused: row.paused }));
    },

    /** Asks for the newest version of a resource. @returns the check, a build that `build` tells the end of. */
    async checkResource(ref: PipelineRef, resource: string, abortSignal?: AbortSignal): Promise<Build> {
      return buildOf(jsonOf((await call(of(ref, `/resources/${encodeURIComponent(resource)}/check`), { method: 'POST', body: { from: null }, abortSignal })).text));
    },

    /** Starts a build of a job. Whoever loses the answer looks at `builds` before it asks again. */
    async trigger(ref: PipelineRef, jobName: string, abortSignal?: AbortSignal): Promise<Build> {
      return buildOf(jsonOf((await call(job(ref, jobName), { method: 'POST', abortSignal })).text));
    },

    /** Builds of a job, the newest first. */
    async builds(ref: PipelineRef, jobName: string, abortSignal?: AbortSignal): Promise<Build[]> {
      const { text } = await call(job(ref, jobName), { abortSignal });
      return jsonOf<Given[]>(text).map(buildOf).sort((a, b) => b.id - a.id);
    },

    /** One build, or null when Concourse does not know it (any more). */
    async build(id: number, abortSignal?: AbortSignal): Promise<Build | null> {
      try {
        return buildOf(jsonOf((await call(`/builds/${id}`, { abortSignal })).text));
      } catch (error) {
        if (error instanceof ConcourseError && error.kind === 'missing') return null;
        throw error;
      }
    },

    /** Stops a build; one that ended, or is not known any more, needs no stopping. */
    async abort(id: number, abortSignal?: AbortSignal): Promise<void> {
      await call(`/builds/${id}/abort`, { method: 'PUT', abortSignal }).catch((error: unknown) => {
        if (!(error instanceof ConcourseError) || error.kind !== 'missing') throw error;
      });
    },
  };
}

/** What stands in for Concourse while it is away answers well too, with a page. */
function jsonOf<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ConcourseError('unavailable', 'Concourse answered with something that is no JSON', 200);
  }
}

function buildOf(given: Given): Build {
  const status = buildStatuses.find((one) => one === given.status);
  if (typeof given.id !== 'number' || status === undefined) throw new ConcourseError('unavailable', 'Concourse answered with something that is no build', 200);
  return { id: given.id, status };
}
