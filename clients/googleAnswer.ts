/** What one of Google’s services answered other than a good answer. */
export interface GoogleAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body, or its text. */
  readonly data: unknown;
}

/** What Google says in it. */
export interface GoogleWords {
  /** Its own word for it; null when it says none. */
  readonly reason: string | null;
  readonly message: string;
  /** The parameter it is about. */
  readonly location: string | null;
  /** How long it asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
}

/** The first reason of Google’s error JSON. The token endpoint answers the flat form of the OAuth standard. */
export function googleWords({ headers, data }: GoogleAnswer): GoogleWords {
  const retryAfterMs = retryAfterMsOf(headers);
  const body = recordOf(typeof data === 'string' ? parse(data) : data);
  const error = body['error'];
  if (typeof error === 'string') return { reason: error, message: textOf(body['error_description']) ?? error, location: null, retryAfterMs };
  const told = recordOf(error);
  const first = recordOf(Array.isArray(told['errors']) ? told['errors'][0] : undefined);
  return { reason: textOf(first['reason']), message: (textOf(told['message']) ?? '').slice(0, 300), location: textOf(first['location']), retryAfterMs };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A gateway in between answers HTML; the status says what there is to say.
    return null;
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function retryAfterMsOf(headers: Headers): number | null {
  const header = headers.get('retry-after');
  if (header === null) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}
