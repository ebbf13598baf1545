import type { ApiDeps } from './deps.ts';

/** Call it after a save is in the database: it is committed to the site’s repository a little later. Nobody waits for it, and it never throws. */
export function noteContentSaved(deps: Pick<ApiDeps, 'engine'>, site: { readonly id: string; readonly name: string }): void {
  void deps.engine.contentSaved(site);
}
