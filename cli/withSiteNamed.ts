import type { Call } from '#api/contracts/client.ts';
import { StudioRefused } from './apiClient.ts';
import { CliError } from './CliError.ts';
import { didYouMean } from './suggest.ts';

/**
 * Does something with the site of a name; when there is none, says which one was probably meant.
 * @throws {CliError} for a site that does not exist, and whatever the work throws.
 */
export async function withSiteNamed<T>(call: Call, name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StudioRefused) || error.code !== 'notFound') throw error;
    const { sites } = await call('GET /api/v1/sites', { query: { limit: 100, sort: 'title' } });
    throw new CliError(`${error.message}${didYouMean(name, sites.map((site) => site.name))}`);
  }
}
