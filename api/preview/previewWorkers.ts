import { findPreviewServer, PREVIEW_SILENT_MS, type PreviewServerRow } from '#db/queries/previews.ts';
import type { Db } from '#db/knex.ts';
import type { PreviewState, UnsavedItem } from '#domain/previewState.ts';

/** A worker that shows a site, ready to be asked. */
export interface ReadyPreview extends PreviewServerRow {
  readonly address: string;
  readonly accessKey: string;
}

/** Longer than a worker takes to build a change, milliseconds. */
const CHANGE_BOUND_MS = 25_000;
/** How long it may take over anything else, milliseconds. */
const ASK_BOUND_MS = 5_000;

/** Whether a worker shows the site and was heard of just now. */
export function isReady(server: PreviewServerRow | undefined): server is ReadyPreview {
  return server?.state === 'ready' && server.address !== null && server.accessKey !== null && Date.now() - server.beatAt.getTime() < PREVIEW_SILENT_MS;
}

/** The worker that shows a site, if one does. */
export async function readyPreview(db: Db, siteId: string): Promise<ReadyPreview | null> {
  const server = await findPreviewServer(db, siteId);
  return isReady(server) ? server : null;
}

async function ask(server: ReadyPreview, path: string, given: { readonly method?: string; readonly body?: unknown; readonly boundMs?: number } = {}): Promise<Response | null> {
  try {
    return await fetch(`${server.address}${path}`, {
      method: given.method ?? 'GET',
      redirect: 'error',
      headers: { 'x-studio-preview': server.accessKey, ...(given.body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
      signal: AbortSignal.timeout(given.boundMs ?? ASK_BOUND_MS),
    });
  } catch {
    // It ended a moment ago, or its worker did: its row follows.
    return null;
  }
}

async function stateIn(answer: Response | null): Promise<PreviewState | null> {
  return answer?.ok === true ? ((await answer.json()) as PreviewState) : null;
}

/** What the worker says of it to this person; null when it does not answer. */
export async function previewState(server: ReadyPreview, userId: string): Promise<PreviewState | null> {
  return stateIn(await ask(server, `/state?by=${encodeURIComponent(userId)}`));
}

/** Shows what a person writes in an item; resolves when it is built. Null when the worker does not answer. */
export async function showUnsaved(server: ReadyPreview, textId: string, item: UnsavedItem): Promise<PreviewState | null> {
  return stateIn(await ask(server, `/items/${encodeURIComponent(textId)}`, { method: 'PUT', body: item, boundMs: CHANGE_BOUND_MS }));
}

/** Shows what is saved of an item again. */
export async function forgetUnsaved(server: ReadyPreview, textId: string, userId: string): Promise<void> {
  await (await ask(server, `/items/${encodeURIComponent(textId)}?by=${encodeURIComponent(userId)}`, { method: 'DELETE', boundMs: CHANGE_BOUND_MS }))?.body?.cancel();
}

/** A file that Hugo put out: null when there is none, its state when nothing was ever built, undefined when the worker does not answer. */
export async function builtFile(server: ReadyPreview, key: string, userId: string): Promise<{ readonly bytes: Buffer; readonly contentType: string } | PreviewState | null | undefined> {
  const answer = await ask(server, `/pages?by=${encodeURIComponent(userId)}&key=${encodeURIComponent(key)}`);
  if (answer === null || answer.status === 500) return undefined;
  if (answer.status === 503) return (await answer.json()) as PreviewState;
  if (answer.status !== 200) return null;
  return { bytes: Buffer.from(await answer.arrayBuffer()), contentType: answer.headers.get('content-type') ?? 'application/octet-stream' };
}
