import { aliasesOf } from '#domain/aliases.ts';
import { pageUrl } from '#domain/menus.ts';
import type { Db } from '../knex.ts';
import { listFilenames, listMetadataWithAliases } from './itemLists.ts';

/** Says of names for a page's file in a folder whether another page that is there has it, as its name or as an old address. */
export async function takenFilenames(db: Db, place: { readonly siteId: string; readonly dirpath: string; readonly contentDir: string; readonly butTextId: string | null }): Promise<(filename: string) => boolean> {
  const { siteId, dirpath, contentDir, butTextId } = place;
  const bare = (address: string): string => address.replace(/^\/+|\/+$/g, '');
  const taken = await listFilenames(db, siteId, dirpath, butTextId);
  const aliases = new Set((await listMetadataWithAliases(db, siteId, butTextId)).flatMap(aliasesOf).map(bare));
  return (filename) => taken.has(filename) || aliases.has(bare(pageUrl({ dirpath, filename }, contentDir)));
}
