import { call } from '../../../lib/session.svelte.ts';
import type { PickerLoad } from './pickerSearch.svelte.ts';
import type { PickableItem, PickableSite } from '#api/contracts/pickers.ts';

/** As many as fit into an address, and the characters they may take; what is chosen beyond them stays in the list. */
const MAX_EXCEPT = 150;
const MAX_EXCEPT_CHARACTERS = 6_000;

function fitting(names: readonly string[]): string | undefined {
  let joined = '';
  for (const name of names.slice(0, MAX_EXCEPT)) if (joined.length + name.length < MAX_EXCEPT_CHARACTERS) joined += `${joined === '' ? '' : ','}${name}`;
  return joined === '' ? undefined : joined;
}

export interface ItemWish {
  /** Name or URL path of the site. */
  readonly site: string;
  readonly types: readonly string[];
  readonly where?: { readonly field: string; readonly equals: string } | undefined;
  /** The field an entry is shown by, where it is not the title. */
  readonly display?: string | undefined;
  /** Text ids that are chosen already. */
  readonly except: readonly string[];
  /** Only what readers can have met. */
  readonly isPublishedOnly: boolean;
  readonly isPagesOnly: boolean;
}

/** Reads items that can be chosen; `wish` is asked at each reading. */
export function itemsToPick(wish: () => ItemWish): PickerLoad<PickableItem> {
  return async ({ search, limit, offset }) => {
    const { site, types, where, display, except, isPublishedOnly, isPagesOnly } = wish();
    const { total, items } = await call('GET /api/v1/pickers/items', {
      query: {
        site,
        limit,
        offset,
        ...(search === '' ? {} : { search }),
        ...(types.length === 0 ? {} : { type: types.join(',') }),
        ...(where === undefined ? {} : where),
        ...(display === undefined ? {} : { display }),
        except: fitting(except),
        published: isPublishedOnly ? 'true' : 'false',
        pages: isPagesOnly ? 'true' : 'false',
      },
    });
    return { total, entries: items };
  };
}

/** Reads published sites that can be chosen, but for those with these URL paths. */
export function sitesToPick(except: () => readonly string[]): PickerLoad<PickableSite> {
  return async ({ search, limit, offset }) => {
    const { total, sites } = await call('GET /api/v1/pickers/sites', { query: { limit, offset, ...(search === '' ? {} : { search }), except: fitting(except()) } });
    return { total, entries: sites };
  };
}
