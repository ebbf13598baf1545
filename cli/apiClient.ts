import type { ErrorBody } from '#api/contracts/errors.ts';
import type { Call, Input, Output, RouteKey } from '#api/contracts/client.ts';
import { CliError } from './CliError.ts';
import type { Studio } from './findStudio.ts';

/** The studio's API does not answer, or answers that it cannot just now. */
export class StudioUnreachable extends CliError {
  override readonly name = 'StudioUnreachable';
}

/** The studio refused a request, with the code of its contract. */
export class StudioRefused extends CliError {
  override readonly name = 'StudioRefused';
  readonly code: ErrorBody['error']['code'];
  constructor(code: ErrorBody['error']['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Answers of the API itself come in seconds; an upload or a report may be large. */
const ANSWER_MS = 30_000;
const TRANSFER_MS = 30 * 60_000;

/** The API of one studio as a function: the route is the key, input and answer have its contract's types. */
export function createApiClient(studio: Studio): Call {
  return async <K extends RouteKey>(key: K, input: Input<K>): Promise<Output<K>> => {
    const given = input as { params?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown };
    const [method = 'GET', path = ''] = key.split(' ');
    const url = new URL(studio.url + path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(textOf(given.params?.[name]))));
    for (const [name, value] of Object.entries(given.query ?? {})) if (value !== undefined) url.searchParams.set(name, textOf(value));
    const answer = await send(studio, url, method, given.body);
    return (await read(studio, answer)) as Output<K>;
  };
}

async function send(studio: Studio, url: URL, method: string, body: unknown): Promise<Response> {
  const isUpload = body instanceof ReadableStream;
  const isTransfer = isUpload || url.pathname.endsWith('.csv');
  const headers = { authorization: `Bearer ${studio.token}`, accept: 'application/json, text/csv', ...(body === undefined ? {} : { 'content-type': isUpload ? 'application/gzip' : 'application/json' }) };
  try {
    return await fetch(url, {
      method,
      headers,
      signal: AbortSignal.timeout(isTransfer ? TRANSFER_MS : ANSWER_MS),
      ...(body === undefined ? {} : isUpload ? { body, duplex: 'half' } : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    const cause = causeOf(error);
    // What was thrown while the upload was read is its own sentence, not the network's.
    if (cause instanceof CliError) throw cause;
    if (error instanceof Error && error.name === 'TimeoutError') throw new StudioUnreachable(`The studio at ${studio.url} did not answer in time.`);
    throw new StudioUnreachable(`The studio does not answer at ${studio.url}. Is \`npm start\` running?`);
  }
}

async function read(studio: Studio, answer: Response): Promise<unknown> {
  let value: unknown;
  const text = await textOfAnswer(studio, answer);
  if (answer.ok && answer.headers.get('content-type')?.startsWith('text/csv') === true) return text;
  try {
    value = JSON.parse(text);
  } catch {
    // A proxy's page, or an answer that broke off.
    value = undefined;
  }
  if (answer.ok && value !== undefined) return value;
  const error = isErrorBody(value) ? value.error : undefined;
  if (answer.status === 401) throw new StudioRefused('unauthenticated', `The studio at ${studio.url} does not accept the token of ${studio.tokenSource}.`);
  if (answer.status === 502 || answer.status === 503 || answer.status === 504) throw new StudioUnreachable(error?.message ?? `The studio at ${studio.url} cannot answer just now (${answer.status}).`);
  if (error !== undefined) throw new StudioRefused(error.code, error.message);
  throw new CliError(`What answers at ${studio.url} is not the studio (status ${answer.status}). Check STUDIO_URL.`);
}

/** The body of an answer; one that breaks off is as good as none. */
async function textOfAnswer(studio: Studio, answer: Response): Promise<string> {
  try {
    return await answer.text();
  } catch {
    throw new StudioUnreachable(`The answer of the studio at ${studio.url} broke off.`);
  }
}

function isErrorBody(value: unknown): value is ErrorBody {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false;
  const { error } = value;
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error && typeof error.message === 'string';
}

function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && !(cause instanceof CliError) && cause.cause !== undefined) cause = cause.cause;
  return cause;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
