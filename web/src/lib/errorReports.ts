import type { Output } from '#api/contracts/client.ts';
import type { ErrorTags } from '#domain/errorEvent.ts';
import { ApiProblem } from './apiClient.ts';

/** One fault on its way to the engineers. */
export interface Report {
  /** Number people can name to them. */
  readonly id: string;
  readonly error: unknown;
  readonly tags: ErrorTags;
  readonly userId: string | undefined;
}

interface Surroundings {
  readonly tags: ErrorTags;
  readonly userId: string | undefined;
}

/** Faults one page load tells of, and those it keeps until it knows where to. */
const MAX_TOLD = 10;

/**
 * Tells engineers of what nobody caught in a page. Where to is asked once, beside everything else; the code that tells is loaded only if there is
 * somebody to tell. What the API refused is no fault of the page: the API knows.
 */
class ErrorReports {
  private waiting: Report[] = [];
  private send: ((report: Report) => void) | undefined;
  private isOff = false;
  private told = 0;
  private lastRequest: string | undefined;
  private around: () => Surroundings = () => ({ tags: {}, userId: undefined });

  /** Listens from now on. `around` says where one is and who one is; `ask` where faults are told. */
  start(around: () => Surroundings, ask: () => Promise<Output<'GET /api/v1/telemetry'>>): () => void {
    this.around = around;
    const off = new AbortController();
    window.addEventListener('error', (event) => void this.report(event.error ?? new Error(event.message)), { signal: off.signal });
    window.addEventListener('unhandledrejection', (event) => void this.report(event.reason), { signal: off.signal });
    this.open(ask).catch(() => this.close());
    return () => off.abort();
  }

  /** Keeps the number of the newest answer of the API, under which its log has the request. */
  noteRequest(id: string | null): void {
    this.lastRequest = id ?? this.lastRequest;
  }

  /** @returns the number of the report, or undefined where nobody is told. */
  report(error: unknown): string | undefined {
    if (this.isOff || error instanceof ApiProblem || this.told === MAX_TOLD) return undefined;
    this.told += 1;
    const { tags, userId } = this.around();
    const report = { id: newId(), error, tags: { ...tags, request_id: this.lastRequest }, userId };
    if (this.send === undefined) this.waiting.push(report);
    else this.send(report);
    return report.id;
  }

  private async open(ask: () => Promise<Output<'GET /api/v1/telemetry'>>): Promise<void> {
    const { sentry, release, environment } = await ask();
    if (sentry === null) return this.close();
    const { openSentry } = await import('./sentry.ts');
    this.send = openSentry({ ...sentry, release, environment });
    for (const report of this.waiting.splice(0)) this.send(report);
  }

  /** Nobody is told, or nobody knows who: what is kept goes. */
  private close(): void {
    this.isOff = true;
    this.waiting = [];
  }
}

/** Thirty-two digits, as Sentry wants them; also where a page is not served by https. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export const errorReports = new ErrorReports();
