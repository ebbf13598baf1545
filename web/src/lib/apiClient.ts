import type { Call, Input, Output, RouteKey } from '#api/contracts/client.ts';
import type { ErrorBody } from '#api/contracts/errors.ts';
import { apiClient as words } from '../words/common.ts';

/** What the API refused or could not do, as the sentence people read. */
export class ApiProblem extends Error {
  /** A code of the contracts, or `unreachable` when no answer came at all. */
  readonly code: string;
  readonly status: number;
  readonly issues: readonly { readonly path: string; readonly message: string }[];
  /** What the code means here: both versions of a conflict, what names an item that cannot be deleted. */
  readonly details: Readonly<Record<string, unknown>>;
  constructor(code: string, status: number, message: string, issues: ApiProblem['issues'] = [], details: ApiProblem['details'] = {}) {
    super(message);
    this.name = 'ApiProblem';
    this.code = code;
    this.status = status;
    this.issues = issues;
    this.details = details;
  }
}

export interface ApiClientOptions {
  /** Where the API is; '' for the page's own origin. */
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  /** Called once per answer that says nobody is signed in. */
  readonly onSignedOut: () => void;
  /** Called with the headers of every answer. */
  readonly onAnswer?: (headers: Headers) => void;
}

interface Parts {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** The one function that speaks to the API, typed by the key of the route. */
export function createApiClient(options: ApiClientOptions): Call {
  return async <K extends RouteKey>(key: K, input: Input<K>): Promise<Output<K>> => {
    const [method = 'GET', pattern = ''] = key.split(' ');
    const parts = input as Parts;
    const answer = await send(options, method, `${options.baseUrl}${addressOf(pattern, parts)}`, parts.body);
    options.onAnswer?.(answer.headers);
    const body = await readJson(answer);
    if (answer.ok) {
      if (body === undefined) throw new ApiProblem('internal', answer.status, words.studiosAnswerCouldNotBeRead);
      // The server checks each answer against its contract, whose type this is.
      return body as Output<K>;
    }
    const problem = problemOf(answer.status, body);
    if (problem.code === 'unauthenticated') options.onSignedOut();
    throw problem;
  };
}

async function send({ fetch: fetchNow, timeoutMs }: ApiClientOptions, method: string, url: string, body: unknown): Promise<Response> {
  try {
    return await fetchNow(url, {
      method,
      credentials: 'same-origin',
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    throw new ApiProblem('unreachable', 0, isLate ? words.studioTakesTooLongToAnswer : words.studioDoesNotAnswer);
  }
}

async function readJson(answer: Response): Promise<unknown> {
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    // A proxy's own page, say; what its status means is told instead.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function problemOf(status: number, body: unknown): ApiProblem {
  if (isErrorBody(body)) return new ApiProblem(body.error.code, status, body.error.message, body.error.issues ?? [], body.error.details ?? {});
  if (status >= 502 && status <= 504) return new ApiProblem('unreachable', status, words.studioIsNotThereJustNow);
  return new ApiProblem('internal', status, words.studioAnsweredInWayNobody(status));
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' && 'message' in error && typeof error.message === 'string';
}

function addressOf(pattern: string, { params = {}, query = {} }: Parts): string {
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (typeof value === 'string' || typeof value === 'number') search.set(name, String(value));
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}
