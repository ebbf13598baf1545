import { fieldPathsOf } from '#domain/fieldPaths.ts';
import { itemPlaces as words } from '../../words/content.ts';
import type { BuiltPlace, NamedText } from '../preview/builtPlaces.ts';
import type { ContentFormState } from './formState.svelte.ts';

/** The place that an address asks for: `?field=`, and `?line=` in it, or in the text of the page where no field is named. */
export function askedPlace(query: URLSearchParams): BuiltPlace | undefined {
  const asked = query.get('line');
  const line = asked !== null && /^[1-9]\d{0,8}$/.test(asked) ? Number(asked) : null;
  const field = query.get('field') ?? (line === null ? null : 'markdown');
  return field === null ? undefined : { field, line };
}

/** What to say of a place that is not there, or not any more; undefined for one that is. */
export function placeNote(form: Pick<ContentFormState, 'kind' | 'isActive' | 'valueOf'>, place: BuiltPlace): string | undefined {
  const at = fieldPathsOf(form.kind).find(({ path }) => path === place.field);
  if (at === undefined || at.field.widget === 'hidden') return words.youWereLed(place.field.replace(/^metadata\./, ''));
  if (!form.isActive(at)) return words.youWereLedOfLabel(at.field.label);
  if (place.line === null || at.field.widget === 'object') return undefined;
  const value = form.valueOf(at);
  const lines = typeof value === 'string' && value !== '' ? value.split('\n').length : 0;
  if (place.line <= lines) return undefined;
  return words.youWereLedToLine(place.line, at.field.label, lines);
}

/** The texts that are written in a form, in which places of its page are looked for. */
export function textsOf(form: Pick<ContentFormState, 'kind' | 'valueOf'>): NamedText[] {
  return fieldPathsOf(form.kind).flatMap((at) => {
    const value = at.field.widget === 'markdown' ? form.valueOf(at) : undefined;
    return typeof value === 'string' && value !== '' ? [{ field: at.path, label: at.field.label, text: value }] : [];
  });
}
