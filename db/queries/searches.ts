import type { Knex } from 'knex';

/** What is typed as a part of a text, for `like` and `ilike`: text, not a pattern. */
export const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

/** Only sites with what is typed in their title, name or short id; a number such as `18.06` is found in names as `18-06`. */
export function narrowToSitesNamed(query: Knex.QueryBuilder, typed: string | undefined): void {
  const search = typed?.trim() ?? '';
  if (search === '') return;
  query.where((either) => {
    for (const part of new Set([containing(search), containing(search.replaceAll('.', '-'))])) void either.orWhereILike('sites.title', part).orWhereILike('sites.name', part).orWhereILike('sites.short_id', part);
  });
}
