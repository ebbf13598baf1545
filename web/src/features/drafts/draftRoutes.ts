import type { Output } from '#api/contracts/client.ts';
import type { Draft, DraftFields } from '#api/contracts/drafts.ts';
import { call } from '../../lib/session.svelte.ts';

/** What a draft is of: an item that is there, or one of a kind that is not there yet. */
export type DraftPlace = { readonly site: string; readonly item: string } | { readonly site: string; readonly kind: string };

interface Sent {
  readonly edit: string;
  readonly counter: number;
  readonly over: { readonly edit: string; readonly counter: number } | null;
  readonly fields: DraftFields;
}

type Kept = Output<'PUT /api/v1/sites/:site/items/:item/draft'>;

/** The address of a draft, for what is sent while the page goes away. */
export function draftPath(place: DraftPlace): string {
  const [room, name] = 'item' in place ? ['items', place.item] : ['kinds', place.kind];
  return `/api/v1/sites/${encodeURIComponent(place.site)}/${room}/${encodeURIComponent(name)}/draft`;
}

/** What a page that goes away and one that stays send alike. */
export function draftBody(place: DraftPlace, sent: Sent, revision: number | null): Sent & { readonly revision?: number } {
  return 'item' in place ? { ...sent, revision: revision ?? 0 } : sent;
}

export async function readDraft(place: DraftPlace): Promise<Draft | null> {
  const { draft } = 'item' in place ? await call('GET /api/v1/sites/:site/items/:item/draft', { params: place }) : await call('GET /api/v1/sites/:site/kinds/:kind/draft', { params: place });
  return draft;
}

export function putDraft(place: DraftPlace, sent: Sent, revision: number | null): Promise<Kept> {
  return 'item' in place ? call('PUT /api/v1/sites/:site/items/:item/draft', { params: place, body: { ...sent, revision: revision ?? 0 } }) : call('PUT /api/v1/sites/:site/kinds/:kind/draft', { params: place, body: sent });
}

export async function deleteDraft(place: DraftPlace, edit: string): Promise<void> {
  if ('item' in place) await call('DELETE /api/v1/sites/:site/items/:item/draft', { params: place, query: { edit } });
  else await call('DELETE /api/v1/sites/:site/kinds/:kind/draft', { params: place, query: { edit } });
}
