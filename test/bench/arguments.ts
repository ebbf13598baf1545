import { parseArgs } from 'node:util';
import { type MeasureName, measureNames } from './goals.ts';

export interface BenchArguments {
  /** What is measured, in the order of the goals. */
  readonly only: readonly MeasureName[];
  /** File that gets the figures as JSON. */
  readonly json: string | null;
}

/** The command line was not understood; the message says what is. */
export class ArgumentsError extends Error {
  override readonly name = 'ArgumentsError';
}

/**
 * Reads `[--only <name>[,<name>…]] [--json <file>]`; `--only` may be given several times.
 * @throws {ArgumentsError}
 */
export function readArguments(argv: readonly string[]): BenchArguments {
  let values: { only?: string[]; json?: string };
  try {
    values = parseArgs({ args: [...argv], options: { only: { type: 'string', multiple: true }, json: { type: 'string' } } }).values;
  } catch (error) {
    throw new ArgumentsError(`${error instanceof Error ? error.message : String(error)}\nUse: npm run -s bench -- [--only <name>[,<name>…]] [--json <file>]`);
  }
  const asked = values.only?.flatMap((names) => names.split(',')).map((name) => name.trim());
  const unknown = asked?.filter((name) => !measureNames.some((known) => known === name)) ?? [];
  if (unknown.length > 0) throw new ArgumentsError(`Nothing is measured under the name ${unknown.map((name) => `‘${name}’`).join(', ')}. The names are ${measureNames.join(', ')}.`);
  if (values.json === '') throw new ArgumentsError('--json needs the name of a file.');
  return { only: asked === undefined ? measureNames : measureNames.filter((name) => asked.includes(name)), json: values.json ?? null };
}
