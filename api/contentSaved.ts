import type { ApiDeps } from './deps.ts';

/** Call it after a save is in the database: it is committed to the site’s repository a little later. Nobody waits for it, and it never throws. */
export function noteContentSaved(deps: Pick<ApiDeps, 'engine'>, site: { readonly id: string; readonly name: string }): void {
  void deps.engine.contentSaved(site);
}

/** Tells the engine of requests that were written with a save. Nobody waits for it, and it never throws: what it cannot tell now, the relay does. */
export function noteRequested(deps: Pick<ApiDeps, 'engine' | 'log'>, requestIds: readonly string[]): void {
  for (const id of requestIds) deps.engine.deliver(id).catch((error: unknown) => deps.log.warn({ err: error, requestId: id }, 'The engine could not be told of a request; the relay will'));
}
