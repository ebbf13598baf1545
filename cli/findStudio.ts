import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from './CliError.ts';
import type { CliContext } from './context.ts';

export interface Studio {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** Where the token came from, for the sentence when it is refused. */
  readonly tokenSource: string;
}

/**
 * Which studio to speak to, and as whom: the two variables, else the stack that runs on this machine.
 * @throws {CliError} when neither says it.
 */
export async function findStudio(context: Pick<CliContext, 'home' | 'studioUrl' | 'apiToken'>): Promise<Studio> {
  const url = context.studioUrl ?? '';
  const token = context.apiToken ?? '';
  if (url !== '' && token !== '') return { url: cleanUrl(url, 'STUDIO_URL'), token, tokenSource: 'STUDIO_API_TOKEN' };
  if (url !== '') throw new CliError('STUDIO_URL is set and STUDIO_API_TOKEN is not: set both, or neither to use the studio on this machine.');
  if (token !== '') throw new CliError('STUDIO_API_TOKEN is set and STUDIO_URL is not: set both, or neither to use the studio on this machine.');
  const path = join(context.home, 'stack.json');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new CliError(missing ? `No studio runs here: there is no ${path}. Start one with \`npm start\`, or set STUDIO_URL and STUDIO_API_TOKEN.` : `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  });
  const stack = parse(text);
  if (stack === null) throw new CliError(`${path} is not what \`npm start\` writes: it has no studioUrl and apiToken. Start the studio again.`);
  return { url: cleanUrl(stack.studioUrl, path), token: stack.apiToken, tokenSource: path };
}

function parse(text: string): { studioUrl: string; apiToken: string } | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('studioUrl' in value) || !('apiToken' in value)) return null;
    return typeof value.studioUrl === 'string' && typeof value.apiToken === 'string' && value.apiToken !== '' ? { studioUrl: value.studioUrl, apiToken: value.apiToken } : null;
  } catch {
    // Torn or edited by hand; the caller says so.
    return null;
  }
}

function cleanUrl(url: string, source: string): string {
  if (!/^https?:\/\/[^/\s]/i.test(url) || !URL.canParse(url)) throw new CliError(`${source} must name the studio by an address such as https://studio.example.edu, not ‘${url}’.`);
  return url.replace(/\/+$/, '');
}
