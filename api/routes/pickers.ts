import { findDeployment } from '#db/queries/deployments.ts';
import { listPickableItems } from '#db/queries/itemLists.ts';
import { findNamedSite, listNamedItems, listNamedSites, listPublishedSites, type NamedItem, type NamedSite } from '#db/queries/pickers.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import type { ChosenItem } from '../contracts/pickers.ts';
import type { ApiDeps } from '../deps.ts';
import { listOf } from '../listOf.ts';
import { sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { visibleSite } from './sites.ts';

type Routes = Pick<Handlers, 'GET /api/v1/pickers/items' | 'GET /api/v1/pickers/sites' | 'POST /api/v1/pickers/titles'>;

export function pickerRoutes(deps: ApiDeps): Routes {
  const { db, config } = deps;
  // Instructors are chosen from the root site before it shows them: the course that needs one brings them there.
  const isRoot = (site: NamedSite): boolean => site.name === config.rootWebsiteName;

  // Metadata is for who works on a site. What the root site says of people and lists is made to be shown elsewhere.
  const mayBeShownBy = (site: NamedSite, who: Principal): boolean => sitePolicy.see(who, site.id) || isRoot(site);

  /** What of a chosen item the caller may know. Of a site that is not theirs, what readers could not have met is as if it were not there. */
  function chosen(asked: { textId: string; site: string | null }, site: NamedSite | undefined, item: NamedItem | undefined, who: Principal): ChosenItem {
    const isOwn = site !== undefined && sitePolicy.see(who, site.id);
    const isNamed = asked.site !== null && site !== undefined;
    const gone = (state: ChosenItem['state']): ChosenItem => ({ ...asked, state, type: null, title: null, siteTitle: isNamed && isOwn ? site.title : null });
    if (site === undefined) return gone(studioPolicy.seeAllSites(who) ? 'missing' : 'hidden');
    if (!isOwn) {
      const isPublic = (isRoot(site) || site.publishedAt !== null) && item !== undefined && item.deletedAt === null && !item.isDraft && (isRoot(site) || (site.publishedAt !== null && item.createdAt <= site.publishedAt));
      if (!isPublic) return gone('hidden');
    }
    if (item === undefined) return gone('missing');
    // What was deleted keeps its title: it says what is to be chosen anew, or brought back.
    return { ...asked, state: item.deletedAt === null ? 'there' : 'deleted', type: item.type, title: mayBeShownBy(site, who) ? item.shown : item.title, siteTitle: isNamed ? site.title : null };
  }

  return {
    'GET /api/v1/pickers/items': async ({ query, who }) => {
      const site = await findNamedSite(db, query.site);
      if (site === undefined && studioPolicy.seeAllSites(who)) throw new ApiError('notFound', `There is no site named ‘${query.site}’.`);
      const live = site === undefined ? undefined : await findDeployment(db, { siteId: site.id, version: 'live', theme: '' });
      const isOwn = site !== undefined && sitePolicy.see(who, site.id);
      const isPublished = live?.manifestKey != null;
      if (site === undefined || !(isOwn || isRoot(site) || isPublished)) throw new ApiError('forbidden', 'Items can be chosen from published sites, from the root site and from your own.');
      const showsAll = isOwn && query.published !== 'true';
      if (!showsAll && !isRoot(site) && !isPublished) return { total: 0, items: [] };
      return listPickableItems(
        db,
        {
          siteId: site.id,
          types: listOf(query.type),
          search: query.search,
          where: query.field === undefined || query.equals === undefined ? undefined : { field: query.field, equals: query.equals },
          except: listOf(query.except),
          display: mayBeShownBy(site, who) ? query.display : undefined,
          onlyPages: query.pages === 'true',
          onlyPublic: showsAll ? null : { madeBefore: isRoot(site) ? null : (live?.deployedAt ?? null) },
        },
        query,
      );
    },

    // That a site is published is known to its readers, and so is its title.
    'GET /api/v1/pickers/sites': async ({ query }) => listPublishedSites(db, { search: query.search, except: listOf(query.except) }, query),

    'POST /api/v1/pickers/titles': async ({ body, who }) => {
      const home = await visibleSite(deps, body.site, who);
      const named = await listNamedSites(db, [...new Set([home.name, ...body.items.flatMap(({ site }) => site ?? []), ...body.sites])]);
      const items = await listNamedItems(
        db,
        body.items.flatMap(({ textId, site }) => {
          const at = named.get(site ?? home.name);
          return at === undefined ? [] : [{ siteId: at.id, textId }];
        }),
        body.display,
      );
      return {
        items: body.items.map((asked) => {
          const site = named.get(asked.site ?? home.name);
          return chosen(asked, site, site === undefined ? undefined : items.get(`${site.id}/${asked.textId}`), who);
        }),
        sites: body.sites.map((urlPath) => {
          const site = named.get(urlPath);
          return site?.publishedAt == null ? { urlPath, state: 'hidden' as const, title: null, shortId: null } : { urlPath, state: 'there' as const, title: site.title, shortId: site.shortId };
        }),
      };
    },
  };
}
