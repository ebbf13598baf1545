import type { Db } from '../knex.ts';

export interface UrlHolder {
  readonly site: string;
  /** The site stood there before, and readers are led on from it. */
  readonly isRedirect: boolean;
}

/** The other site that an address belongs to, now or as an old one: the same but for case, or one inside the other. */
export async function findUrlHolder(db: Db, urlPath: string, exceptSiteId: string | null): Promise<UrlHolder | undefined> {
  const overlaps = (column: string): string => `(lower(${column}) = lower(:url) or starts_with(lower(:url), lower(${column}) || '/') or starts_with(lower(${column}), lower(:url) || '/'))`;
  const { rows } = await db.raw<{ rows: { name: string; is_redirect: boolean }[] }>(
    `select name, false as is_redirect from sites where url_path <> '' and (cast(:except as uuid) is null or id <> :except) and ${overlaps('url_path')}
     union all
     select sites.name, true from site_redirects join sites on sites.id = site_redirects.site_id where (cast(:except as uuid) is null or site_id <> :except) and ${overlaps('from_path')}
     order by 2, 1 limit 1`,
    { url: urlPath, except: exceptSiteId },
  );
  const [row] = rows;
  return row === undefined ? undefined : { site: row.name, isRedirect: row.is_redirect };
}
