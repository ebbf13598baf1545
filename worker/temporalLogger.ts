import type { Logger as TemporalLogger, LogLevel } from '@temporalio/worker';
import type { Logger } from 'pino';

const LEVELS: Readonly<Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'>> = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' };

/** Told of each line with what belongs to it. */
export type OnLine = (message: string, fields: Readonly<Record<string, unknown>>) => void;

/** Lets the SDK, and the core under it, write into our log. */
export function temporalLogger(log: Logger, onLine?: OnLine): TemporalLogger {
  const write = (level: LogLevel, message: string, meta?: Record<string | symbol, unknown>): void => {
    const { error, ...fields } = Object.fromEntries(Object.entries(meta ?? {}));
    log[LEVELS[level]](error === undefined ? fields : { ...fields, err: error }, message);
    onLine?.(message, { ...fields, error });
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}
