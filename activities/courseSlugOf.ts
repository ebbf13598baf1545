import type { SiteRow } from '#db/queries/sites.ts';

/** What a course is called in the tags of its videos: the last part of its address, else its name. */
export function courseSlugOf(site: Pick<SiteRow, 'urlPath' | 'name'> | undefined): string {
  return site?.urlPath?.split('/').findLast((part) => part !== '') ?? site?.name ?? '';
}
