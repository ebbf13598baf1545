import pg from 'pg';
import type { Logger } from 'pino';
import { CHANGES_CHANNEL, RIGHTS_CHANNEL } from '#db/changes.ts';
import { type ChangeEvent, changeEventSchema } from './contracts/events.ts';

export type ChangeListener = (change: ChangeEvent) => void;
/** Hears whose rights changed; null when any may have, unheard. */
export type RightsListener = (userId: string | null) => void;

export type ChangeFeed = ReturnType<typeof createChangeFeed>;

/** Between two tries to listen again, milliseconds. */
const RECONNECT_MS = 1_000;

/** One LISTEN per process, handed to every open event stream. It reconnects by itself; streams are told to read all again. */
export function createChangeFeed(databaseUrl: string, log: Logger) {
  const listeners = new Set<ChangeListener>();
  const rightsListeners = new Set<RightsListener>();
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const emit = (change: ChangeEvent): void => {
    for (const listener of listeners) listener(change);
  };

  const emitRights = (userId: string | null): void => {
    for (const listener of rightsListeners) listener(userId);
  };

  async function connect(): Promise<void> {
    const own = new pg.Client({ connectionString: databaseUrl, application_name: 'ocw-studio-changes', keepAlive: true });
    client = own;
    const again = (error?: unknown): void => {
      if (stopped || client !== own) return;
      client = undefined;
      if (error !== undefined) log.warn({ err: error }, 'The change feed lost the database; listening again soon');
      void own.end().catch(() => undefined); // It is broken already.
      timer = setTimeout(() => void connect(), RECONNECT_MS);
    };
    own.on('error', again);
    own.on('end', () => again());
    own.on('notification', (message) => {
      if (message.channel === RIGHTS_CHANNEL) return emitRights(message.payload ?? null);
      const parsed = changeEventSchema.safeParse(parseJson(message.payload));
      if (parsed.success) emit(parsed.data);
    });
    try {
      await own.connect();
      await own.query(`listen ${CHANGES_CHANNEL}; listen ${RIGHTS_CHANNEL}`);
      // What changed while nobody listened is unknown: everything is worth reading again.
      emitRights(null);
      emit({ kind: 'site', site: null, runId: null });
    } catch (error) {
      again(error);
    }
  }

  return {
    start: (): void => void connect(),
    /** Hears every change until the returned function is called. */
    listen(listener: ChangeListener): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Hears whose rights changed until the returned function is called. */
    listenToRights(listener: RightsListener): () => void {
      rightsListeners.add(listener);
      return () => rightsListeners.delete(listener);
    },
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      const own = client;
      client = undefined;
      await own?.end();
    },
  };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    // Only our own queries notify on this channel; anything else is nobody's change.
    return undefined;
  }
}
