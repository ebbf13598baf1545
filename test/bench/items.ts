import { createDb } from '#db/knex.ts';
import { type ItemFilter, itemCountQuery, itemPageQuery } from '#db/queries/itemLists.ts';
import type { Bench } from './bench.ts';
import { ROUNDS } from './goals.ts';
import { inTurns } from './inTurns.ts';
import type { Measured, Round } from './measured.ts';
import { seconds } from './seconds.ts';

const ITEMS = 5_000;
const OTHER_SITES = 20;
const REQUESTS = 100;
const STARTER = 'ocw-course-v2';

/** Lists of a site of 5,000 items among 20 others, asked of the API, beside the same two statements run bare on one connection. */
export const itemsBench: Bench = {
  measures: ['items'],

  async run({ studio }) {
    const db = createDb(studio.stack.databaseUrl, { poolMax: 1, applicationName: 'bench' });
    try {
      await db.raw(
        `with made as (
           insert into sites (id, name, short_id, title, starter_id) select gen_random_uuid(), 'bench-items-' || n, 'bench-items-' || n, 'Site ' || n, (select id from starters where slug = ?) from generate_series(0, ?) n returning id, name)
         insert into content_items (id, site_id, text_id, type, title, dirpath, filename, is_page_content, metadata, markdown, updated_at)
         select gen_random_uuid(), made.id, gen_random_uuid(), (array['page', 'resource'])[1 + n % 2], 'Lecture ' || n || ' on ' || md5(n::text), 'content/pages', 'lecture-' || n, true,
           jsonb_build_object('resourcetype', (array['Image', 'Video', 'Document'])[1 + n % 3]), repeat('A sentence of the body of an item. ', 60), now() - make_interval(secs => n)
         from made cross join generate_series(1, ?) n where made.name = 'bench-items-0' or n <= ?`,
        [STARTER, OTHER_SITES, ITEMS, ITEMS / 10],
      );
      await db.raw('vacuum analyze content_items');
      const site = await db('sites').where({ name: 'bench-items-0' }).first<{ id: string }>('id');
      const lists: [string, Pick<ItemFilter, 'sort' | 'search' | 'types' | 'resourceGroup'>, number][] = [
        ['first page, newest first', { sort: 'updated' }, 0],
        ['last page, by title', { sort: 'title' }, ITEMS - 20],
        ['a kind and a type of resource', { sort: 'title', types: ['resource'], resourceGroup: 'Video' }, 0],
        ['a word that one has', { sort: 'updated', search: 'lecture-4321' }, 0],
        ['a word that all have', { sort: 'title', search: 'lecture' }, 0],
      ];
      const measured: Measured[] = [];
      for (const [what, list, offset] of lists) {
        const query = { sort: list.sort, limit: 20, offset, ...(list.search === undefined ? {} : { search: list.search }), ...(list.types === undefined ? {} : { type: list.types.join(',') }), ...(list.resourceGroup === undefined ? {} : { resourcetype: list.resourceGroup }) };
        const statements = [itemPageQuery(db, { siteId: site.id, deleted: false, ...list }, { limit: 20, offset }), itemCountQuery(db, { siteId: site.id, deleted: false, ...list })];
        const ask = () => studio.call('GET /api/v1/sites/:site/items', { params: { site: 'bench-items-0' }, query });
        const run = async (): Promise<void> => {
          for (const statement of statements) await statement.clone();
        };
        await ask();
        await run();
        const repeated = (work: () => Promise<unknown>) => async (): Promise<void> => {
          for (let time = 0; time < REQUESTS; time += 1) await work();
        };
        const rounds: Round[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          const timed = { ours: 0, theirs: 0 };
          await inTurns(round, [async () => void (timed.ours = await seconds(repeated(ask))), async () => void (timed.theirs = await seconds(repeated(run)))]);
          rounds.push(timed);
        }
        measured.push({ name: 'items', row: { what: `items, ${REQUESTS} times: ${what}`, peer: 'the same two statements bare' }, rounds });
      }
      return measured;
    } finally {
      await db.destroy();
    }
  },
};
