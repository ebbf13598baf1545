import { BrowserClient, defaultStackParser, type ErrorEvent, makeFetchTransport, Scope } from '@sentry/browser';
import { shownMessage, shownTags, shownType } from '#domain/errorEvent.ts';
import type { Report } from './errorReports.ts';

interface Settings {
  readonly dsn: string;
  readonly release: string;
  readonly environment: string;
  readonly sampleRate: number;
}

/** Opens the way to Sentry. Nothing in it looks around by itself: no breadcrumbs, no recording of the page, no sessions. */
export function openSentry(settings: Settings): (report: Report) => void {
  const client = new BrowserClient({
    ...settings,
    integrations: [],
    stackParser: defaultStackParser,
    transport: makeFetchTransport,
    sendClientReports: false,
    maxBreadcrumbs: 0,
    dataCollection: { userInfo: false, cookies: false, httpHeaders: false, httpBodies: [], urlQueryParams: false },
    beforeSend: (event, hint) => onlyOurs(event, hint.originalException),
  });
  client.init();
  return ({ id, error, tags, userId }) => {
    const scope = new Scope();
    scope.setClient(client);
    scope.setTags(shownTags({ ...tags, part: 'web' }));
    if (userId !== undefined) scope.setUser({ id: userId });
    client.captureException(error, { event_id: id, originalException: error }, scope);
  };
}

/** What leaves of a fault: see `domain/errorEvent.ts`. Of addresses only the paths of our own files. */
function onlyOurs({ event_id, timestamp, platform, level, release, environment, exception, tags, user, contexts }: ErrorEvent, error: unknown): ErrorEvent {
  const frames = (exception?.values?.[0]?.stacktrace?.frames ?? []).flatMap(({ filename = '', function: name, lineno, colno }) => {
    const file = URL.canParse(filename) ? new URL(filename) : undefined;
    if (file?.origin !== location.origin || !file.pathname.startsWith('/assets/')) return [];
    return [{ filename: `app://${file.pathname}`, in_app: true, ...(name === undefined ? {} : { function: name }), ...(lineno === undefined ? {} : { lineno }), ...(colno === undefined ? {} : { colno }) }];
  });
  return {
    type: undefined,
    sdk: { settings: { infer_ip: 'never' } },
    exception: { values: [{ type: shownType(error), value: shownMessage(error), ...(frames.length === 0 ? {} : { stacktrace: { frames } }) }] },
    ...(contexts?.trace === undefined ? {} : { contexts: { trace: contexts.trace } }),
    ...Object.fromEntries(Object.entries({ event_id, timestamp, platform, level, release, environment, tags }).filter(([, value]) => value !== undefined)),
    ...(user?.id === undefined ? {} : { user: { id: user.id } }),
  };
}
