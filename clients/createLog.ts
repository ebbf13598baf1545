import pino, { type Logger } from 'pino';
import { createRedaction } from '#domain/redaction.ts';

/**
 * The log of a process: a line of JSON for each event, to standard output, in which no secret stands. Whole lines are looked
 * through, for what a vendor says back in an error may come in anywhere.
 */
export function createLog(options: { readonly level: string; readonly part: string; readonly secrets: readonly string[] }): Logger {
  const redact = createRedaction(options.secrets);
  return pino({ level: options.level, base: { part: options.part } }, { write: (line: string) => void process.stdout.write(redact(line)) });
}
