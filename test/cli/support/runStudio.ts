import type { CliContext } from '#cli/context.ts';
import { studio } from '#cli/studio.ts';
import { TOKEN } from './startApi.ts';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process, against the studio at `url`. */
export async function runStudio(url: string | undefined, args: readonly string[], changes: Partial<CliContext> = {}): Promise<Outcome> {
  let out = '';
  let err = '';
  const code = await studio(args, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    isTerminal: false,
    directory: process.cwd(),
    home: '/nonexistent/home',
    studioUrl: url,
    apiToken: url === undefined ? undefined : TOKEN,
    gitEnvironment: process.env,
    pollMs: 5,
    patienceMs: 10_000,
    ...changes,
  });
  return { code, out, err };
}

/** What a failure is to look like: one sentence, no stack, nothing on standard output. */
export const failure = (sentence: string) => ({ code: 1, out: '', err: `${sentence}\n` });
