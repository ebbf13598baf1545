import { findDeployment } from '#db/queries/deployments.ts';
import type { Db } from '#db/knex.ts';
import { findPeople } from '#db/queries/people.ts';
import { listNewestRuns } from '#db/queries/runLists.ts';
import { countSavesSince, countUnpublished, listUnpublished, NOTHING_OUT, type UnpublishedRow } from '#db/queries/unpublishedItems.ts';
import type { PublishVersion } from '#domain/runs.ts';
import type { UnpublishedItem } from '../contracts/unpublished.ts';
import type { ApiDeps } from '../deps.ts';
import { pathOf, personIn } from '../presenters/items.ts';
import { presentRuns } from '../presenters/runs.ts';
import type { Handlers } from '../router.ts';
import { siteContent } from '../siteContent.ts';
import { visibleSite } from './sites.ts';

/** The revision of a site that is out in a version, and since when; null while nothing is. */
export async function publishedRevision(db: Db, siteId: string, version: PublishVersion): Promise<{ at: Date | null; revision: number } | null> {
  const deployment = await findDeployment(db, { siteId, version, theme: '' });
  return deployment?.manifestKey == null || deployment.contentRevision === null ? null : { at: deployment.deployedAt, revision: deployment.contentRevision };
}

export function unpublishedRoutes(deps: ApiDeps): Pick<Handlers, 'GET /api/v1/sites/:site/unpublished' | 'GET /api/v1/sites/:site/newest-runs'> {
  const { db } = deps;
  return {
    'GET /api/v1/sites/:site/unpublished': async ({ params, query, who }) => {
      const { site, config } = await siteContent(deps, params.site, who);
      const published = await publishedRevision(db, site.id, query.version);
      const since = published?.revision ?? NOTHING_OUT;
      const [counts, rows, saves] = await Promise.all([countUnpublished(db, site.id, since), listUnpublished(db, site.id, since, query), countSavesSince(db, site.id, since)]);
      const people = await findPeople(db, rows.flatMap((row) => row.savedBy ?? []));
      const present = (row: UnpublishedRow): UnpublishedItem => ({
        textId: row.textId,
        type: row.type,
        title: row.title,
        kind: row.kind,
        path: pathOf(row, config),
        pathBefore: row.kind === 'renamed' && row.before !== null ? pathOf({ ...row, ...row.before }, config) : null,
        isDraft: row.isDraft,
        revision: row.revision,
        publishedRevision: row.before?.revision ?? null,
        saves: row.saves,
        savedAt: row.savedAt.toISOString(),
        savedBy: personIn(people, row.savedBy),
      });
      return {
        version: query.version,
        published: published === null ? null : { at: published.at?.toISOString() ?? null, revision: published.revision },
        total: counts.new + counts.changed + counts.renamed + counts.deleted,
        counts,
        otherChanges: published !== null && site.contentRevision - published.revision > saves,
        items: rows.map(present),
      };
    },

    'GET /api/v1/sites/:site/newest-runs': async ({ params, who }) => {
      const site = await visibleSite(deps, params.site, who);
      return { runs: await presentRuns(deps, await listNewestRuns(db, site.id), who) };
    },
  };
}
