import { beforeAll, describe, expect, it } from 'vitest';
import type { Knex } from 'knex';
import { countReferrers, listReferrers, rebuildReferences } from '#db/queries/contentReferences.ts';
import { insertContentItems } from '#db/queries/contentItems.ts';
import { findExternalResource, type ItemFilter, itemCountQuery, itemPageQuery, listFilenames, listItems, listMetadataWithAliases, type PickFilter, pickCountQuery, pickPageQuery } from '#db/queries/itemLists.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSite } from '#test/factories/rows.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';
import { isFullSize } from '#test/support/corpus.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();
/** Items of the site that is looked at; each of the others has as many at a tenth of the size, and half as many at full size. */
const SITE_ITEMS = isFullSize ? 5_000 : 500;
const OTHER_SITES = 20;
const TYPES = ['page', 'resource', 'external-resource', 'instructor'];

/** Numbered items as a real site has them: a quarter of each kind, some drafts, some deleted, some with a file, bodies of some kilobytes. */
async function fill(siteId: string, count: number): Promise<void> {
  await database.db.raw(
    `insert into content_items (id, site_id, text_id, type, title, dirpath, filename, is_page_content, metadata, markdown, file, updated_at, deleted_at)
     select gen_random_uuid(), ?, 'item-' || n, (array['page', 'resource', 'external-resource', 'instructor'])[1 + n % 4], 'Lecture ' || n || ' on ' || md5(n::text), 'content/pages', 'lecture-' || n, true,
       jsonb_build_object('draft', n % 50 = 0, 'resourcetype', (array['Image', 'Video', 'Document', 'Audio', null])[1 + n % 5], 'description', repeat('Some words. ', 20)) || case when n % 60 = 0 then jsonb_build_object('aliases', jsonb_build_array('/pages/old-' || n)) else '{}' end,
       repeat('A sentence of the body of an item. ', 60), case when n % 4 = 1 then 'courses/x/' || md5(n::text) || '_lec' || n || '.pdf' end,
       timestamptz '2026-01-01' + make_interval(secs => n % 100), case when n % 97 = 0 then now() end
     from generate_series(1, ?) n`,
    [siteId, count],
  );
}

let site: SiteRow;
beforeAll(async () => {
  site = await makeSite(database.db);
  const others = await Promise.all(Array.from({ length: OTHER_SITES }, () => makeSite(database.db)));
  for (const { id } of [site, ...others]) await fill(id, isFullSize && id !== site.id ? SITE_ITEMS / 2 : SITE_ITEMS);
  // Every item names two others of its site.
  await database.db.raw(
    `insert into content_references (id, item_id, field, kind, target_text_id)
     select gen_random_uuid(), id, 'markdown', 'markdown', 'item-' || (1 + (substr(text_id, 6)::int * k) % ?) from content_items cross join generate_series(2, 3) k`,
    [SITE_ITEMS],
  );
  await database.db.raw('vacuum analyze content_items, content_references, sites');
}, 300_000);

const filters: readonly [string, Partial<ItemFilter>][] = [
  ['everything', {}],
  ['one kind', { types: ['resource'] }],
  ['two kinds', { types: ['resource', 'page'] }],
  ['one type of resource', { resourceGroup: 'Video' }],
  ['other types of resource', { resourceGroup: 'Other' }],
  ['a kind and a type of resource', { types: ['resource'], resourceGroup: 'Image' }],
  ['drafts', { isDraft: true }],
  ['what is no draft', { isDraft: false }],
  ['deleted items', { deleted: true }],
  ['a word that nearly all have', { search: 'lecture' }],
  ['a word that one has', { search: 'lecture-77' }],
  ['a file’s name', { search: '_lec5' }],
  ['a sign', { search: '+' }],
];
const sorts = ['updated', 'title'] as const;
/** Filters that have no order of their own: their matches are sorted, or the site is read in order and filtered. */
const mayBeSorted = new Set(['a word that nearly all have', 'a word that one has', 'a file’s name', 'a sign', 'two kinds', 'a kind and a type of resource']);
/** Rows whose order Postgres may make rather than read, although an index has it. */
const FEW = SITE_ITEMS / 10;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Plan Rows': number;
  readonly 'Actual Rows': number;
  readonly Plans?: readonly PlanNode[];
}

async function planOf(query: Knex.QueryBuilder): Promise<PlanNode[]> {
  const { sql, bindings } = query.toSQL();
  const { rows } = await database.db.raw<{ rows: { 'QUERY PLAN': { Plan: PlanNode }[] }[] }>(`explain (analyze, format json) ${sql}`, bindings as never);
  const nodes: PlanNode[] = [];
  const walk = (node: PlanNode): void => {
    nodes.push(node);
    node.Plans?.forEach(walk);
  };
  for (const { Plan } of rows[0]?.['QUERY PLAN'] ?? []) walk(Plan);
  return nodes;
}

describe(`the plan of a list on a site of ${SITE_ITEMS.toLocaleString('en-US')} items among ${OTHER_SITES} others`, () => {
  const cases = filters.flatMap(([what, filter]) => sorts.map((sort) => [what, sort, { siteId: site?.id ?? '', deleted: false, sort, ...filter }] as const));

  it.each(cases)('%s by %s is read from an index, in its order where there is one', async (what, sort, filter) => {
    const asked = { ...filter, siteId: site.id };
    const page = await planOf(itemPageQuery(database.db, asked, { limit: 20, offset: 40 }));
    const counted = await planOf(itemCountQuery(database.db, asked));
    for (const nodes of [page, counted]) {
      expect(nodes.filter((node) => node['Node Type'].endsWith('Seq Scan')), JSON.stringify(nodes)).toEqual([]);
      expect(nodes.some((node) => node['Index Name']?.startsWith('content_items_') === true)).toBe(true);
    }
    const sorted = page.filter((node) => node['Node Type'].endsWith('Sort'));
    // A sort is of the matches of a filter, never of the whole site.
    for (const node of sorted) for (const below of node.Plans ?? []) expect(below['Actual Rows'], JSON.stringify(page)).toBeLessThan(mayBeSorted.has(what) ? SITE_ITEMS * 0.8 : FEW);
    // What is read is the site, not its neighbours.
    for (const node of page) expect(node['Actual Rows']).toBeLessThanOrEqual(SITE_ITEMS);
    expect(sort).toBe(filter.sort);
  });

  const picks: readonly [string, Partial<PickFilter>][] = [
    ['what has a page', { onlyPages: true }],
    ['a type of resource', { types: ['resource'], where: { field: 'resourcetype', equals: 'Image' } }],
    ['other types of resource', { types: ['resource'], where: { field: 'resourcetype', equals: 'Other' } }],
    ['a field that many have', { types: ['resource'], where: { field: 'description', equals: 'Some words. '.repeat(20) } }],
    ['a field that none has', { types: ['resource'], where: { field: 'license', equals: 'CC BY' } }],
    ['a word in a field', { types: ['resource'], where: { field: 'license', equals: 'CC BY' }, search: 'lecture' }],
    ['all but those that are chosen', { types: ['resource'], except: Array.from({ length: 150 }, (_, index) => `item-${index}`) }],
    ['what readers met', { types: ['page'], onlyPublic: { madeBefore: new Date() } }],
  ];

  it.each(picks)('a choice of %s is read from an index, and reads no more than the kind it is of', async (_what, filter) => {
    const asked: PickFilter = { siteId: site.id, onlyPublic: null, ...filter };
    for (const nodes of [await planOf(pickPageQuery(database.db, asked, { limit: 50, offset: 0 })), await planOf(pickCountQuery(database.db, asked))]) {
      expect(nodes.filter((node) => node['Node Type'].endsWith('Seq Scan')), JSON.stringify(nodes)).toEqual([]);
      expect(nodes.some((node) => node['Index Name']?.startsWith('content_items_') === true)).toBe(true);
      for (const node of nodes) expect(node['Actual Rows']).toBeLessThanOrEqual(SITE_ITEMS);
    }
  });

  it('how often each item of a page is named is counted through an index, in one statement', async () => {
    const textIds = (await listItems(database.db, { siteId: site.id, deleted: false, sort: 'title' }, { limit: 20, offset: 0 })).items.map((item) => item.textId);
    const asked: string[] = [];
    const note = ({ sql }: { sql: string }): void => void asked.push(sql);
    database.db.on('query', note);
    const counts = await countReferrers(database.db, site, textIds);
    database.db.removeListener('query', note);
    expect(asked).toHaveLength(1);
    for (const textId of textIds) expect(counts.get(textId) ?? 0).toBe(new Set((await listReferrers(database.db, site, textId)).map((referrer) => referrer.textId)).size);
  });

  it('the names in a folder, the old addresses and an outside address are found through an index', async () => {
    const statements: { sql: string; bindings: unknown[] }[] = [];
    const note = (query: { sql: string; bindings: unknown[] }): void => void statements.push(query);
    database.db.on('query', note);
    expect((await listFilenames(database.db, site.id, 'content/pages', 'item-1')).size).toBe(SITE_ITEMS - Math.floor(SITE_ITEMS / 97) - 1);
    expect((await listMetadataWithAliases(database.db, site.id, 'item-60')).length).toBe(Math.floor(SITE_ITEMS / 60) - 1);
    expect(await findExternalResource(database.db, site.id, 'https://example.edu/')).toBeUndefined();
    database.db.removeListener('query', note);
    expect(statements).toHaveLength(3);
    for (const { sql, bindings } of statements) {
      const { rows } = await database.db.raw<{ rows: { 'QUERY PLAN': string }[] }>(`explain ${sql.replace(/\$\d+/g, '?')}`, bindings as never);
      expect(rows.map((row) => row['QUERY PLAN']).join('\n')).not.toContain('Seq Scan');
    }
  });
});

describe('a list', () => {
  const all = async (filter: Partial<ItemFilter>): Promise<string[]> => {
    const found: string[] = [];
    for (let offset = 0; ; offset += 37) {
      const { total, items } = await listItems(database.db, { siteId: site.id, deleted: false, sort: 'updated', ...filter }, { limit: 37, offset });
      found.push(...items.map((item) => item.textId));
      if (items.length === 0) {
        expect(found).toHaveLength(total);
        return found;
      }
    }
  };
  const numbers = Array.from({ length: SITE_ITEMS }, (_, index) => index + 1);
  const isThere = (n: number): boolean => n % 97 !== 0;

  it.each(sorts)('by %s, paged to its end, has every item once', async (sort) => {
    const found = await all({ sort });
    expect(new Set(found).size).toBe(found.length);
    expect([...found].sort()).toEqual(numbers.filter(isThere).map((n) => `item-${n}`).sort());
  });

  it.each<[string, Partial<ItemFilter>, (n: number) => boolean]>([
    ['one kind', { types: ['resource'] }, (n) => isThere(n) && TYPES[n % 4] === 'resource'],
    ['two kinds', { types: ['page', 'resource'] }, (n) => isThere(n) && n % 4 < 2],
    ['a type of resource', { resourceGroup: 'Document' }, (n) => isThere(n) && n % 5 === 2],
    ['other types of resource, none included', { resourceGroup: 'Other' }, (n) => isThere(n) && n % 5 > 2],
    ['drafts', { isDraft: true }, (n) => isThere(n) && n % 50 === 0],
    ['no drafts', { isDraft: false }, (n) => isThere(n) && n % 50 !== 0],
    ['deleted', { deleted: true }, (n) => !isThere(n)],
    ['deleted drafts of a kind', { deleted: true, isDraft: true, types: ['page'] }, (n) => !isThere(n) && n % 50 === 0 && n % 4 === 0],
    ['a word in capitals', { search: ' LECTURE-1 ' }, (n) => isThere(n) && String(n).startsWith('1')],
    ['a file’s name', { search: `_lec${5}` }, (n) => isThere(n) && n % 4 === 1 && String(n).startsWith('5')],
    ['nothing', { search: '   ' }, isThere],
  ])('of %s has exactly those', async (_what, filter, isMatch) => {
    expect((await all(filter)).sort()).toEqual(numbers.filter(isMatch).map((n) => `item-${n}`).sort());
  });

  it('does not look into the folder of a file, nor across the seam between title and name', async () => {
    expect(await all({ search: 'courses/x' })).toEqual([]);
    expect(await all({ search: 'content/pages' })).toEqual([]);
  });
});

describe('a search', () => {
  it.each([
    ['C++', ['C++']],
    ['c+', ['C++']],
    ['(', ['(']],
    ['%', ['100% of_it']],
    ['of_it', ['100% of_it']],
    ['\\', ['a\\b']],
    ["'; drop table content_items; --", []],
    ['🎓', ['🎓 Graduation']],
    ['جبر', ['مقدمة في الجبر']],
    ['代數', ['線性代數導論']],
    ['ÉTÉ', ['L’été']],
    ['ofXit', []],
  ])('for %s takes it as a text', async (search, expected) => {
    const { id } = await makeSite(database.db);
    const titles = ['C++', '(', '100% of_it', 'a\\b', '🎓 Graduation', 'مقدمة في الجبر', '線性代數導論', 'L’été', 'C or D'];
    await insertContentItems(database.db, id, titles.map((title, index) => ({ item: makeContentItem({ textId: `t${index}`, title, filename: `n${index}` }), writtenPath: null, writtenSha256: null, updatedBy: null })));
    const { items } = await listItems(database.db, { siteId: id, deleted: false, sort: 'title', search }, { limit: 20, offset: 0 });
    expect(items.map((item) => item.title)).toEqual(expected);
  });
});

describe('what the items of a site name', () => {
  it('is made anew for thousands in chunks, whatever was stored before', async () => {
    const other = await makeSite(database.db);
    const count = 1_203;
    const target = '0f0f0f0f-0000-4000-8000-000000000001';
    await insertContentItems(
      database.db,
      other.id,
      Array.from({ length: count }, (_, index) => ({ item: makeContentItem({ textId: `n${index}`, filename: `n${index}`, markdown: `{{% resource_link "${target}" "x" %}}` }), writtenPath: null, writtenSha256: null, updatedBy: null })),
    );
    for (let time = 0; time < 2; time += 1) expect(await rebuildReferences(database.db, other.id, makeSiteConfig())).toBe(count);
    expect((await countReferrers(database.db, other, [target])).get(target)).toBe(count);
    expect(await findSite(database.db, other.id)).toMatchObject({ contentRevision: 0 });
  });
});
