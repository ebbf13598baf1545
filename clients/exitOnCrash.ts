import type { ErrorReports } from './sentry.ts';

/** How long a process that is lost may take to say so, milliseconds. */
const LAST_WORDS_MS = 2_000;

interface Options {
  readonly errors: ErrorReports;
  readonly log: { fatal(fields: object, message: string): void };
}

/** Ends the process after what nobody caught, as Node does, but not before the log and Sentry have it. */
export function exitOnCrash({ errors, log }: Options): void {
  let isEnding = false;
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ err: error, origin }, 'Nobody caught this: the process ends');
    if (isEnding) return;
    isEnding = true;
    errors.report(error, { tags: {}, level: 'fatal' });
    void errors.close(LAST_WORDS_MS).finally(() => process.exit(1));
  });
}
