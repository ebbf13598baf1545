import type { Db } from '#db/knex.ts';
import { listItemsByWrittenPaths } from '#db/queries/contentItems.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import type { Problem } from '#domain/runs.ts';

/** The problems with the item whose file each is in, so that people are led to where it is mended; a file that is no item’s is only named. */
export async function ledToItems(db: Db, site: Pick<SiteRow, 'id' | 'name'>, problems: readonly Problem[]): Promise<Problem[]> {
  const isInContent = (problem: Problem): problem is Problem & { readonly file: string } => problem.file !== undefined && problem.inTheme !== true && problem.item === undefined;
  const items = await listItemsByWrittenPaths(db, site.id, [...new Set(problems.filter(isInContent).map(({ file }) => file))]);
  const itemOf = new Map(items.map(({ path, textId, title }) => [path, { site: site.name, textId, title }]));
  return problems.map((problem) => {
    const item = isInContent(problem) ? itemOf.get(problem.file) : undefined;
    return item === undefined ? problem : { ...problem, item };
  });
}
