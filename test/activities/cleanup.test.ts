import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import pino from 'pino';
import { createCleanupActivities } from '#activities/cleanup.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { changeContentItem, putContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem, listContentItems, type StoredContentItem } from '#db/queries/contentItems.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { cleanupKeys } from '#domain/cleanup/report.ts';
import { noTotals } from '#domain/cleanup/totals.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import type { CleanupCursor, CleanupRequest } from '#temporal/contracts/cleanupContent.ts';
import { cleanupConfig, cleanupItems, ids } from '#test/factories/cleanupSite.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeRequest, makeRun, makeSite, makeStarter, makeUser } from '#test/factories/rows.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();

let deps: Pick<ActivityDeps, 'config' | 'db' | 's3' | 'log'>;
let site: SiteRow;
let by: string;

beforeAll(() => {
  deps = { config: makeConfig({ ...buckets.env, STUDIO_BASE_URL: 'https://studio.example.edu' }), db: database.db, s3: buckets.s3, log: pino({ level: 'silent' }) };
});
beforeEach(async () => {
  site = await makeSite(database.db, { starterId: await makeStarter(database.db, 'cleaned', cleanupConfig) });
  by = (await makeUser(database.db)).id;
  for (const item of cleanupItems) await put(item);
});

const put = (item: ContentItem): Promise<StoredContentItem> => database.db.transaction((trx) => putContentItem(trx, { siteId: site.id, item, by: null, reason: 'edited' }));
const find = async (textId: string): Promise<StoredContentItem> => {
  const item = await findContentItem(database.db, site.id, textId);
  if (item === undefined) throw new Error(`There is no item ${textId}`);
  return item;
};
const page = (name: string, markdown: string): ContentItem => makeContentItem({ textId: `page-${name}`, filename: `page-${name}`, title: `Page ${name}`, markdown });

/** A run of a request, with its steps; `with` stands in for a part of what the steps reach. */
async function cleanup(request: Partial<CleanupRequest>, changes: Partial<typeof deps> = {}) {
  const { id: requestId } = await makeRequest(database.db, { process: 'cleanup-content', siteId: null, version: null, requestedBy: by, input: { rule: 'baseurl', dryRun: false, sites: [site.name], ...request } });
  const runId = await makeRun(database.db, { process: 'cleanup-content', siteId: null, version: null, workflowId: `cleanup-content/${requestId}` });
  const steps = (given: Partial<typeof deps> = {}) => createCleanupActivities({ ...deps, ...changes, ...given });
  const plan = () => runActivity((input: Parameters<Steps['planCleanup']>[0]) => steps().planCleanup(input), { runId, phase: 'plan', requestId });
  await plan();
  const clean = (sites: number, cursor: CleanupCursor = { site: 0, after: null }, totals = noTotals, given: Partial<typeof deps> = {}) => runActivity((input: Parameters<Steps['cleanSite']>[0]) => steps(given).cleanSite(input), { runId, phase: 'clean', requestId, sites, cursor, totals });
  const report = async (): Promise<string[]> => {
    const lines: string[] = [];
    for await (const { key } of deps.s3.list(deps.config.buildStoreBucket, cleanupKeys.parts(runId))) {
      if (key.endsWith('.csv')) lines.push(...((await deps.s3.get(deps.config.buildStoreBucket, key))?.toString('utf8') ?? '').split('\r\n').filter((line) => line !== ''));
    }
    return lines;
  };
  return { runId, requestId, plan, clean, report };
}

type Steps = ReturnType<typeof createCleanupActivities>;

const before = 'See [the notes]({{< baseurl >}}/pages/notes).';
const after = `See {{% resource_link "${ids.notes}" "the notes" %}}.`;

describe('the sites', () => {
  test('are chosen by name, starter and whether they are published, and only once', async () => {
    const other = await makeSite(database.db, { starterId: site.starterId ?? '' });
    const sitesOf = async (request: Partial<CleanupRequest>): Promise<number> => {
      const { plan } = await cleanup({ sites: [site.name, other.name], ...request });
      return (await plan()).sites;
    };
    expect(await sitesOf({})).toBe(2);
    expect(await sitesOf({ sites: [other.name] })).toBe(1);
    expect(await sitesOf({ starter: 'another' })).toBe(0);
    expect(await sitesOf({ starter: 'cleaned' })).toBe(2);
    expect(await sitesOf({ publishedOnly: true })).toBe(0);
    const { plan } = await cleanup({ sites: [site.name, other.name] });
    expect(await plan()).toMatchObject({ sites: 2, summary: '2 sites' });
    await database.db('sites').where({ id: other.id }).update({ name: 'renamed-since' });
    expect((await plan()).sites).toBe(2);
  });
});

describe('cleaning a site', () => {
  test('saves each changed item with its references, its reason and who asked, and reports each place', async () => {
    await put(page('a', before));
    await put(page('b', 'Nothing here.'));
    await put(page('c', '[x]({{< baseurl >}}/pages/none)'));
    const revision = (await findSite(database.db, site.id))?.contentRevision ?? 0;
    const { clean, report } = await cleanup({});
    expect(await clean(1)).toEqual({ next: null, totals: { ...noTotals, items: 9, changed: 1, replacements: 1, rows: 2 }, counts: { ...noTotals, items: 9, changed: 1, replacements: 1, rows: 2 }, summary: '9 items looked at, 1 place in 1 item changed' });
    const item = await find('page-a');
    expect(item).toMatchObject({ markdown: after, revision: 2, reason: 'cleanup:baseurl', updatedBy: by });
    expect(await database.db('content_references').where({ item_id: item.id }).select('field', 'kind', 'target_text_id')).toEqual([{ field: 'markdown', kind: 'markdown', target_text_id: ids.notes }]);
    expect(await database.db('content_revisions').where({ item_id: item.id }).select('revision', 'markdown')).toEqual([{ revision: 1, markdown: before }]);
    expect((await findSite(database.db, site.id))?.contentRevision).toBe(revision + 1);
    expect(await report()).toEqual([
      `[the notes]({{< baseurl >}}/pages/notes),"{{% resource_link ""${ids.notes}"" ""the notes"" %}}",markdown,1,${site.name},page-a,Page a,replaced,now a link to ‘notes’ by its id,https://studio.example.edu/sites/${site.name},${deps.config.liveSiteUrl}/courses/${site.name}/pages/page-a`,
      `[x]({{< baseurl >}}/pages/none),[x]({{< baseurl >}}/pages/none),markdown,1,${site.name},page-c,Page c,seen,left as it is: no item of the site has this address,https://studio.example.edu/sites/${site.name},${deps.config.liveSiteUrl}/courses/${site.name}/pages/page-c`,
    ]);
  });

  test('a dry run writes the report and nothing else', async () => {
    await put(page('a', before));
    const { clean, report } = await cleanup({ dryRun: true });
    expect(await clean(1)).toMatchObject({ totals: { changed: 1, replacements: 1 }, summary: '7 items looked at, 1 place in 1 item would change' });
    expect(await find('page-a')).toMatchObject({ markdown: before, revision: 1 });
    expect(await report()).toEqual([expect.stringContaining(',would be replaced,') as string]);
  });

  test('with only changes in the report, what was seen is left out', async () => {
    await put(page('a', before));
    await put(page('c', '[x]({{< baseurl >}}/pages/none)'));
    const { clean, report } = await cleanup({ csvOnlyChanges: true });
    expect(await clean(1)).toMatchObject({ totals: { changed: 1, rows: 1 } });
    expect(await report()).toHaveLength(1);
  });

  test('deleted items are not looked at', async () => {
    await put(page('a', before));
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: 'page-a', fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }));
    const { clean } = await cleanup({});
    expect(await clean(1)).toMatchObject({ totals: { items: 6, changed: 0 } });
  });

  test('stops at the limit, over parts and sites', async () => {
    for (const name of ['a', 'b', 'c']) await put(page(name, before));
    const { clean } = await cleanup({ limit: 2 });
    expect(await clean(2)).toMatchObject({ next: null, totals: { changed: 2 } });
    expect((await listContentItems(database.db, site.id)).filter((item) => item.markdown === after)).toHaveLength(2);
    const second = await cleanup({ limit: 2 });
    expect(await second.clean(2, { site: 0, after: null }, { ...noTotals, changed: 2 })).toMatchObject({ next: null, totals: { changed: 2, items: 0 } });
  });

  test('a large site goes on in another part where the first one ended', async () => {
    await database.db('content_items').insert(
      Array.from({ length: 510 }, (_, index) => ({ id: `01890a5d-0000-7000-8000-${String(index).padStart(12, '0')}`, site_id: site.id, text_id: `many-${index}`, type: 'page', title: 'x', dirpath: 'content/pages', filename: `many-${index}`, is_page_content: true, metadata: '{}', markdown: before })),
    );
    const { clean, report } = await cleanup({});
    const first = await clean(1);
    expect(first).toMatchObject({ next: { site: 0, after: '01890a5d-0000-7000-8000-000000000499' }, totals: { changed: 500, items: 500 } });
    const second = await clean(1, first.next ?? { site: 0, after: null }, first.totals);
    expect(second).toMatchObject({ next: null, totals: { changed: 510, items: 516 } });
    expect(await report()).toHaveLength(510);
  }, 60_000);

  test('a dry run of a large site counts what the real run counts', async () => {
    const markdown = '[N](https://www.example.org/new)';
    await database.db('content_items').insert(
      Array.from({ length: 502 }, (_, index) => ({ id: `01890a5d-0001-7000-8000-${String(index).padStart(12, '0')}`, site_id: site.id, text_id: `many-${index}`, type: 'page', title: 'x', dirpath: 'content/pages', filename: `many-${index}`, is_page_content: true, metadata: '{}', markdown: index === 501 ? `${markdown} [S](https://www.example.org/s)` : markdown })),
    );
    const totalsOf = async (dryRun: boolean) => {
      const { clean } = await cleanup({ rule: 'link_to_external_resource', dryRun });
      const first = await clean(1);
      return (await clean(1, first.next ?? { site: 0, after: null }, first.totals)).totals;
    };
    const dry = await totalsOf(true);
    expect(dry).toMatchObject({ changed: 502, replacements: 503, created: 2 });
    expect(await totalsOf(false)).toEqual(dry);
  }, 60_000);

  test('a site without a starter that was read is left out, and the next one follows', async () => {
    await database.db('sites').where({ id: site.id }).update({ starter_id: null });
    const other = await makeSite(database.db, { name: `zz-${site.name}`, starterId: await makeStarter(database.db, 'cleaned', cleanupConfig) });
    const { clean } = await cleanup({ sites: [site.name, other.name] });
    expect(await clean(2)).toMatchObject({ next: { site: 1, after: null }, totals: noTotals });
  });
});

describe('an item that somebody saves meanwhile', () => {
  /** Postgres, with somebody who saves an item whenever a transaction is about to begin. */
  const meddling = (saves: readonly string[]): typeof deps.db => {
    const left = [...saves];
    return new Proxy(database.db, {
      apply: (target, thisArg: unknown, args: unknown[]): unknown => Reflect.apply(target as unknown as (...given: unknown[]) => unknown, thisArg, args),
      get: (target, name): unknown =>
        name !== 'transaction'
          ? Reflect.get(target, name)
          : async (work: Parameters<typeof database.db.transaction>[0]): Promise<unknown> => {
              const text = left.shift();
              if (text !== undefined) await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: 'page-a', fromRevision: null, set: { markdown: text }, by: null, reason: 'edited' }));
              return database.db.transaction(work as never);
            },
    });
  };

  test('is read and cleaned once more, and keeps what was saved', async () => {
    await put(page('a', before));
    const { clean, report } = await cleanup({});
    expect(await clean(1, undefined, noTotals, { db: meddling([`New. ${before}`]) })).toMatchObject({ totals: { changed: 1, skipped: 0 } });
    expect(await find('page-a')).toMatchObject({ markdown: `New. ${after}`, revision: 3 });
    expect(await report()).toEqual([expect.stringContaining(',replaced,') as string]);
  });

  test('twice is left to who saves it, and the report says so', async () => {
    await put(page('a', before));
    const { clean, report } = await cleanup({});
    expect(await clean(1, undefined, noTotals, { db: meddling([`One. ${before}`, `Two. ${before}`]) })).toMatchObject({ totals: { changed: 0, skipped: 1 } });
    expect(await find('page-a')).toMatchObject({ markdown: `Two. ${before}`, revision: 3, reason: 'edited' });
    expect(await report()).toEqual([expect.stringContaining('somebody saved the item twice meanwhile') as string]);
  });

  test('so that nothing is left to replace is left alone', async () => {
    await put(page('a', before));
    const { clean, report } = await cleanup({});
    expect(await clean(1, undefined, noTotals, { db: meddling(['All new.']) })).toMatchObject({ totals: { changed: 0, skipped: 1 } });
    expect(await find('page-a')).toMatchObject({ markdown: 'All new.', revision: 2 });
    expect(await report()).toEqual([expect.stringContaining('there is nothing left to replace') as string]);
  });
});

test('an item that was to name what somebody deletes meanwhile is left alone', async () => {
  await put(page('a', before));
  const { clean, report } = await cleanup({});
  const deleting = new Proxy(database.db, {
    apply: (target, thisArg: unknown, args: unknown[]): unknown => Reflect.apply(target as unknown as (...given: unknown[]) => unknown, thisArg, args),
    get: (target, name): unknown =>
      name !== 'transaction'
        ? Reflect.get(target, name)
        : async (work: Parameters<typeof database.db.transaction>[0]): Promise<unknown> => {
            await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: ids.notes, fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }));
            return database.db.transaction(work as never);
          },
  });
  expect(await clean(1, undefined, noTotals, { db: deleting })).toMatchObject({ totals: { changed: 0, skipped: 1 } });
  expect(await find('page-a')).toMatchObject({ markdown: before, revision: 1 });
  expect(await report()).toEqual([expect.stringContaining('what it was to name was deleted meanwhile') as string]);
});

describe('killed in the middle', () => {
  test('after some items, the next try saves the rest and reports all of them', async () => {
    for (const name of ['a', 'b', 'c']) await put(page(name, before));
    const { clean, report } = await cleanup({});
    let transactions = 0;
    const dying = new Proxy(database.db, {
      apply: (target, thisArg: unknown, args: unknown[]): unknown => Reflect.apply(target as unknown as (...given: unknown[]) => unknown, thisArg, args),
      get: (target, name): unknown => {
        if (name !== 'transaction' || (transactions += 1) <= 2) return Reflect.get(target, name);
        throw new Error('The worker is gone');
      },
    });
    await expect(clean(1, undefined, noTotals, { db: dying })).rejects.toThrow('The worker is gone');
    expect((await listContentItems(database.db, site.id)).filter((item) => item.markdown === after)).toHaveLength(2);
    expect(await clean(1)).toMatchObject({ totals: { changed: 3, replacements: 3 } });
    for (const name of ['a', 'b', 'c']) expect(await find(`page-${name}`)).toMatchObject({ markdown: after, revision: 2 });
    expect(await report()).toHaveLength(3);
    expect((await report()).every((line) => line.includes(',replaced,'))).toBe(true);
  });

  test('after the last line, done again it changes nothing', async () => {
    await put(page('a', before));
    const { clean, report } = await cleanup({});
    const first = await clean(1);
    const lines = await report();
    expect(await clean(1)).toEqual(first);
    expect(await report()).toEqual(lines);
    expect(await find('page-a')).toMatchObject({ revision: 2 });
  });
});

describe('external resources', () => {
  const body = '[one](https://example.org/x) and [the same](https://example.org/x) and [R](https://www.r-project.org)';

  test('are made once for an address, however many pages name it and whoever runs the rule again', async () => {
    await put(page('a', body));
    await put(page('b', '[again](https://example.org/x)'));
    const { clean } = await cleanup({ rule: 'link_to_external_resource' });
    expect(await clean(1)).toMatchObject({ totals: { changed: 2, replacements: 4, created: 1 } });
    const made = (await listContentItems(database.db, site.id)).filter((item) => item.type === 'external-resource' && item.textId !== ids.rSite);
    expect(made).toMatchObject([{ title: 'one', filename: 'one', dirpath: 'content/external-resources', isPageContent: true, metadata: { external_url: 'https://example.org/x', has_external_license_warning: false }, reason: 'cleanup:link_to_external_resource', createdBy: by }]);
    const id = made[0]?.textId ?? '';
    expect((await find('page-a')).markdown).toBe(`{{% resource_link "${id}" "one" %}} and {{% resource_link "${id}" "the same" %}} and {{% resource_link "${ids.rSite}" "R" %}}`);
    await put(page('c', '[later](https://example.org/x)'));
    expect(await (await cleanup({ rule: 'link_to_external_resource' })).clean(1)).toMatchObject({ totals: { changed: 1, created: 0 } });
    expect((await find('page-c')).markdown).toContain(id);
  });

  test('that were deleted come back', async () => {
    await put(page('a', '[one](https://example.org/x)'));
    await (await cleanup({ rule: 'link_to_external_resource' })).clean(1);
    const made = (await listContentItems(database.db, site.id)).find((item) => item.filename === 'one');
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: made?.textId ?? '', fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }));
    await put(page('b', '[two](https://example.org/x)'));
    expect(await (await cleanup({ rule: 'link_to_external_resource' })).clean(1)).toMatchObject({ totals: { changed: 1, created: 1 } });
    expect((await find(made?.textId ?? '')).deletedAt).toBeNull();
  });

  test('get a name of their own when theirs is taken', async () => {
    await put(page('a', '[r](https://example.org/r)'));
    await (await cleanup({ rule: 'link_to_external_resource' })).clean(1);
    expect((await listContentItems(database.db, site.id)).map((item) => item.filename)).toContain('r2');
  });

  test('of a menu are made with the menu’s own name', async () => {
    await put(makeContentItem({ textId: 'navmenu', type: 'navmenu', title: null, dirpath: 'config/_default', filename: 'menus', isPageContent: false, markdown: null, metadata: { leftnav: [{ identifier: 'external-1', name: 'Example', url: 'https://example.org', weight: 10 }] } }));
    expect(await (await cleanup({ rule: 'nav_item_to_external_resource' })).clean(1)).toMatchObject({ totals: { changed: 1, created: 1 } });
    const made = (await listContentItems(database.db, site.id)).find((item) => item.title === 'Example');
    expect((await find('navmenu')).metadata).toEqual({ leftnav: [{ identifier: made?.textId, name: 'Example', weight: 10 }] });
  });
});

test('a rule this version does not have is a final failure', async () => {
  const { clean } = await cleanup({ rule: 'unknown' });
  await expect(clean(1)).rejects.toMatchObject({ type: 'ContentInvalid', message: 'This version of the studio has no rule ‘unknown’.' });
});

test('the run follows the execution that goes on with it', async () => {
  const { runId } = await cleanup({});
  await runActivity((input: Parameters<Steps['followExecution']>[0]) => createCleanupActivities(deps).followExecution(input), { runId, workflowRunId: 'the-next-one' });
  expect(await database.db('runs').where({ id: runId }).first('workflow_run_id')).toEqual({ workflow_run_id: 'the-next-one' });
});
