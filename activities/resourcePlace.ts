import type { Db } from '#db/knex.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { type ConfigItem, configItem, type SiteConfig } from '#domain/siteConfig.ts';
import { StepError } from './stepError.ts';

/** Kind of the items that stand for files. */
export const RESOURCE = 'resource';

/** Where resources of a site stand, and what its starter asks of them. */
export interface ResourcePlace {
  readonly site: SiteRow;
  readonly config: SiteConfig;
  readonly kind: ConfigItem;
  /** The folder of the starter as items name it. */
  readonly dirpath: string;
}

/** Finds out where a file becomes a resource of its site. @throws {StepError} SiteMissing, StarterMissing, StarterConfigInvalid */
export async function resourcePlaceOf(db: Db, siteId: string): Promise<ResourcePlace> {
  const site = await findSite(db, siteId);
  if (site === undefined) throw new StepError('SiteMissing', 'The site is not there any more.');
  const starter = site.starterId === null ? undefined : await findStarter(db, site.starterId);
  if (starter?.config == null) throw new StepError('StarterMissing', `The site ‘${site.title}’ has no starter with a configuration. Give it one, then sync again.`);
  const config = starter.config as SiteConfig;
  const kind = configItem(config, RESOURCE);
  if (kind?.folder == null) throw new StepError('StarterConfigInvalid', `The starter of ‘${site.title}’ has no kind of content named ‘${RESOURCE}’, so no file can become one. Add it, then sync again.`);
  return { site, config, kind, dirpath: kind.folder.replace(/^\/+|\/+$/g, '') };
}
