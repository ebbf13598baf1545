import type { ErrorEvent, Event, NodeClient, Scope } from '@sentry/node';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Config } from '#config/load.ts';
import { type ErrorTags, shownErrors, shownTags, WITHHELD } from '#domain/errorEvent.ts';
import { createRateGuard } from './rateGuard.ts';

/** What is known of a fault beside what was thrown. */
export interface ErrorFacts {
  readonly tags: ErrorTags;
  /** Our id of the person it happened to; nothing else of them is told. */
  readonly userId?: string | null;
  /** What the fault is to be grouped by; where nothing is said, by where it was thrown. */
  readonly group?: readonly string[];
  readonly level?: 'error' | 'fatal';
}

/** Tells engineers of faults that nobody expected. */
export interface ErrorReports {
  /** Never throws and never waits; what cannot be sent is gone, and is in the log anyway. */
  report(error: unknown, facts: ErrorFacts): void;
  /** Sends what waits, for so long at most. @returns whether all of it left */
  close(timeoutMs: number): Promise<boolean>;
}

/** For installations without Sentry: nothing is loaded, nothing is sent. */
export const noErrorReports: ErrorReports = { report: () => undefined, close: () => Promise.resolve(true) };

type Settings = Pick<Config, 'sentryDsn' | 'sentrySampleRate' | 'studioEnvironment'>;

export interface ErrorReportsOptions {
  readonly part: 'api' | 'worker';
  /** Version of the running code. */
  readonly release: string;
  /** Told, at most once in a minute, that an event could not be handed over. */
  readonly onFault: (fault: { readonly status?: number; readonly error?: unknown; readonly heldBack?: number }) => void;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SEND_MS = 5_000;
const MINUTE_MS = 60_000;
/** Events of one kind, and of all kinds, that a process sends in a minute. */
const PER_KIND = 5;
const IN_ALL = 60;
/** Events that wait for a Sentry that does not answer; further ones are dropped. */
const MAX_WAITING = 32;

/**
 * Opens the way to Sentry, where the configuration names one. The SDK is loaded only then: it takes a third of a second and 40 MB.
 * Nothing in it looks around by itself: events are those that are reported here, with what `domain/errorEvent.ts` lets out.
 */
export async function openErrorReports(config: Settings, options: ErrorReportsOptions): Promise<ErrorReports> {
  if (config.sentryDsn === undefined) return noErrorReports;
  const { NodeClient: Client, Scope: ClientScope, createTransport, defaultStackParser } = await import('@sentry/node');
  const tellFault = createRateGuard({ perKey: 1, inAll: 1, windowMs: MINUTE_MS });
  const onFault: ErrorReportsOptions['onFault'] = (fault) => {
    if (tellFault('fault')) options.onFault(fault);
  };
  const ended = new AbortController();
  const client: NodeClient = new Client({
    dsn: config.sentryDsn,
    environment: config.studioEnvironment,
    release: options.release,
    sampleRate: config.sentrySampleRate,
    integrations: [],
    stackParser: defaultStackParser,
    includeServerName: false,
    sendClientReports: false,
    enableRuntimeChannelInjection: false,
    maxBreadcrumbs: 0,
    dataCollection: { userInfo: false, cookies: false, httpHeaders: false, httpBodies: [], urlQueryParams: false },
    beforeSend: onlyOurs,
    transport: (transport) =>
      createTransport({ ...transport, bufferSize: MAX_WAITING }, async ({ body }) => {
        try {
          const answer = await fetch(transport.url, { method: 'POST', body: body as BodyInit, headers: { ...transport.headers, 'content-type': 'application/x-sentry-envelope' }, signal: AbortSignal.any([AbortSignal.timeout(SEND_MS), ended.signal]) });
          await answer.body?.cancel();
          if (!answer.ok) onFault({ status: answer.status });
          return { statusCode: answer.status, headers: { 'retry-after': answer.headers.get('retry-after'), 'x-sentry-rate-limits': answer.headers.get('x-sentry-rate-limits') } };
        } catch (error) {
          onFault({ error });
          throw error;
        }
      }),
  });
  const scope: Scope = new ClientScope();
  scope.setClient(client);
  client.init();
  const mayPass = createRateGuard({ perKey: PER_KIND, inAll: IN_ALL, windowMs: MINUTE_MS, onHeldBack: (heldBack) => onFault({ heldBack }) });
  return {
    report(error, { tags, userId, group, level }) {
      try {
        const values = shownErrors(error, ROOT);
        const main = values.at(-1);
        const exception = values.length === 0 ? [{ type: 'Error', value: WITHHELD }] : values;
        if (!mayPass(group?.join(' ') ?? `${main?.type} ${main?.stacktrace?.frames.at(-1)?.filename}:${main?.stacktrace?.frames.at(-1)?.lineno}`)) return;
        const event = {
          event_id: randomUUID().replaceAll('-', ''),
          level: level ?? 'error',
          exception: { values: exception },
          tags: shownTags({ ...tags, part: options.part }),
          ...(typeof userId === 'string' ? { user: { id: userId } } : {}),
          ...(group === undefined ? {} : { fingerprint: [...group] }),
        };
        client.captureEvent(event as Event, {}, scope);
      } catch (fault) {
        // Telling of a fault must not become another one for whoever it happened to.
        onFault({ error: fault });
      }
    },
    async close(timeoutMs) {
      const hasSent = await client.close(timeoutMs);
      // What was not taken by now would keep the process.
      ended.abort();
      return hasSent;
    },
  };
}

/** The last look at what leaves: fields an event is made of, and no others, whatever the SDK adds in a later version. */
function onlyOurs({ event_id, timestamp, platform, level, release, environment, exception, tags, user, fingerprint, contexts }: ErrorEvent): ErrorEvent {
  const { runtime, trace } = contexts ?? {};
  return {
    type: undefined,
    sdk: { settings: { infer_ip: 'never' } },
    contexts: { ...(runtime === undefined ? {} : { runtime }), ...(trace === undefined ? {} : { trace }) },
    ...Object.fromEntries(Object.entries({ event_id, timestamp, platform, level, release, environment, exception, tags, fingerprint }).filter(([, value]) => value !== undefined)),
    ...(user?.id === undefined ? {} : { user: { id: user.id } }),
  };
}
