import { beforeEach, describe, expect, test } from 'vitest';
import { errorBodySchema } from '#api/contracts/errors.ts';
import { type Item, type Referenced, referencedSchema, revisionConflictSchema } from '#api/contracts/items.ts';
import { until } from '../support/until.ts';
import { itemIn, itemsOf, linkTo, makeContentSite } from './support/content.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const api = useApi();
const ROOT = 'ocw-www';
let count = 0;
let name: string;
let siteId: string;
let rootId: string;
let olga: Caller;
let items: ReturnType<typeof itemsOf>;
/** The root site, as its own people work on it. */
let root: ReturnType<typeof itemsOf>;
let instructor: Item;

beforeEach(async () => {
  await api.clear();
  name = `course-${(count += 1)}`;
  siteId = await makeContentSite(api.db, name);
  rootId = await makeContentSite(api.db, ROOT);
  olga = await api.person('olga@example.edu', [{ role: 'owner', siteId }]);
  items = itemsOf(api, name, olga);
  root = itemsOf(api, ROOT, await api.person('wanda@example.edu', [{ role: 'owner', siteId: rootId }]));
  instructor = await root.made({ type: 'instructor', title: 'Ada Lovelace' });
});

const referencedBy = (answer: Answer): Referenced => {
  expect([answer.status, codeOf(answer)]).toEqual([409, 'referenced']);
  return referencedSchema.parse(errorBodySchema.parse(answer.json).error.details);
};
const issuesOf = (answer: Answer) => errorBodySchema.parse(answer.json).error.issues;

describe('deleting', () => {
  test('needs the starter, like every other save', async () => {
    const page = await items.made({ type: 'page', title: 'Syllabus' });
    await api.db('sites').where({ id: siteId }).update({ starter_id: null });
    expect(codeOf(await items.delete(page.textId, 1))).toBe('starterMissing');
  });

  test('takes an item away, keeps it for who brings it back, and counts as a change of the site', async () => {
    const page = await items.made({ type: 'page', title: 'Syllabus' });
    const deleted = itemIn(await items.delete(page.textId, 1));
    expect(deleted).toMatchObject({ revision: 2, reason: 'deleted', deletedAt: expect.any(String) as string, can: { edit: false, delete: false } });
    expect((await items.list()).json).toEqual({ total: 0, items: [] });
    expect((await items.list({ deleted: 'true' })).json).toMatchObject({ total: 1, items: [{ textId: page.textId }] });
    expect(messageOf(await items.delete(page.textId, 2))).toBe('‘Syllabus’ was deleted already.');
    const back = itemIn(await items.undelete(page.textId));
    expect(back).toMatchObject({ revision: 3, reason: 'undeleted', deletedAt: null, filename: 'syllabus', title: 'Syllabus' });
    expect(messageOf(await items.undelete(page.textId))).toBe('‘Syllabus’ is not deleted.');
    const site = await api.db('sites').where({ id: siteId }).first<{ content_revision: number }>();
    expect(site.content_revision).toBe(3);
  });

  test('is refused for what was saved meanwhile, and for what the site needs', async () => {
    const page = await items.made({ type: 'page', title: 'Syllabus' });
    await items.saved(page.textId, { revision: 1, markdown: 'new' });
    const answer = await items.delete(page.textId, 1);
    expect([answer.status, codeOf(answer)]).toEqual([409, 'revisionConflict']);
    expect(revisionConflictSchema.parse(errorBodySchema.parse(answer.json).error.details)).toMatchObject({ yours: null, current: { revision: 2, markdown: 'new' } });
    await items.made({ type: 'navmenu', metadata: { leftnav: [] } });
    expect(messageOf(await items.delete('navmenu', 1))).toBe('‘navmenu’ is the only one of its kind, and the site needs it. Change it instead.');
  });

  test('is refused for what a body, a menu or a relation names, with the list of who names it', async () => {
    const target = await items.made({ type: 'resource', title: 'Picture', metadata: { resourcetype: 'Image' } });
    const page = await items.made({ type: 'page', title: 'Syllabus', markdown: `${linkTo(target.textId)}${linkTo(target.textId)}` });
    await items.made({ type: 'sitemetadata', metadata: { course_title: 'Algebra', course_image: { content: target.textId, website: name } } });
    await items.made({ type: 'navmenu', metadata: { leftnav: [{ identifier: target.textId, name: 'Picture', weight: 10 }] } });
    const answer = await items.delete(target.textId, 1);
    expect(referencedBy(answer)).toEqual({
      total: 3,
      referrers: [
        { site: name, textId: page.textId, type: 'page', title: 'Syllabus', field: 'markdown' },
        { site: name, textId: 'navmenu', type: 'navmenu', title: null, field: 'metadata.leftnav' },
        { site: name, textId: 'sitemetadata', type: 'sitemetadata', title: null, field: 'metadata.course_image' },
      ],
    });
    expect(messageOf(answer)).toBe('‘Picture’ cannot be deleted: 3 places name it. Take it out there first.');
    expect(await items.now(target.textId)).toMatchObject({ revision: 1, deletedAt: null });
    const summary = (await items.list({ type: 'resource' })).json as { items: { referencedBy: number }[] };
    expect(summary.items.map((item) => item.referencedBy)).toEqual([3]);
  });

  test('becomes possible once nothing that is there names it', async () => {
    const target = await items.made({ type: 'resource', title: 'Picture' });
    const [first, second] = [await items.made({ type: 'page', title: 'A', markdown: linkTo(target.textId) }), await items.made({ type: 'page', title: 'B', markdown: linkTo(target.textId) })];
    await items.saved(first.textId, { revision: 1, markdown: 'Nothing.\n' });
    expect(referencedBy(await items.delete(target.textId, 1)).total).toBe(1);
    itemIn(await items.delete(second.textId, 1));
    itemIn(await items.delete(target.textId, 1));
    // It comes back with what it says, although that is gone by now.
    itemIn(await items.undelete(second.textId));
    expect((await items.references(second.textId)).json).toEqual({ names: [{ field: 'markdown', kind: 'markdown', site: name, textId: target.textId, title: null, isMissing: true }], namedBy: [] });
  });

  test('does not stumble over what an item says of itself, or over the same id on another site', async () => {
    const page = await items.made({ type: 'page', title: 'Self', textId: '0f0f0f0f-0000-4000-8000-000000000001' });
    await items.saved(page.textId, { revision: 1, markdown: linkTo(page.textId) });
    await root.made({ type: 'page', title: 'Elsewhere', markdown: linkTo(page.textId) });
    expect((await items.list()).json).toMatchObject({ items: [{ referencedBy: 0 }] });
    itemIn(await items.delete(page.textId, 2));
  });

  test('counts what other sites name, by name and by address, and tells no title that is not the caller’s to see', async () => {
    await items.made({ type: 'sitemetadata', title: 'Course Metadata', metadata: { course_title: 'Algebra', instructors: { content: [instructor.textId], website: ROOT } } });
    const hidden = { site: name, textId: 'sitemetadata', type: 'sitemetadata', title: null, field: 'metadata.instructors' };
    expect(referencedBy(await root.delete(instructor.textId, 1))).toEqual({ total: 1, referrers: [hidden] });
    const ada = itemsOf(api, ROOT, await api.person('ada@example.edu', [{ role: 'global_admin' }]));
    expect(referencedBy(await ada.delete(instructor.textId, 1)).referrers).toEqual([{ ...hidden, title: 'Course Metadata' }]);
    expect((await items.references('sitemetadata')).json).toMatchObject({ names: [{ site: ROOT, textId: instructor.textId, title: null, isMissing: false }] });
    await api.db('content_references').update({ target_site: `courses/${ROOT}` });
    expect(referencedBy(await root.delete(instructor.textId, 1)).total).toBe(1);
    await api.db('content_references').update({ target_site: 'courses/another' });
    itemIn(await root.delete(instructor.textId, 1));
  });
});

describe('naming', () => {
  test('what was deleted is refused, but content that named it before can be saved', async () => {
    const target = await items.made({ type: 'page', title: 'Gone' });
    const page = await items.made({ type: 'page', title: 'Page' });
    const old = await items.made({ type: 'page', title: 'Old' });
    itemIn(await items.delete(target.textId, 1));
    await api.db('content_items').where({ text_id: old.textId }).update({ markdown: linkTo(target.textId) });
    const answer = await items.save(page.textId, { revision: 1, markdown: linkTo(target.textId) });
    expect([answer.status, issuesOf(answer)]).toEqual([422, [{ path: 'markdown', message: `It names the item ${target.textId}, which was deleted. Take it out, or bring the item back first.` }]]);
    expect((await items.create({ type: 'page', title: 'New', markdown: linkTo(target.textId) })).status).toBe(422);
    expect(await items.saved(old.textId, { revision: 1, markdown: `More. ${linkTo(target.textId)}` })).toMatchObject({ revision: 2 });
    itemIn(await items.undelete(target.textId));
    expect(await items.saved(page.textId, { revision: 1, markdown: linkTo(target.textId) })).toMatchObject({ revision: 2 });
  });

  test('what never was is told apart from what is there', async () => {
    const page = await items.made({ type: 'page', title: 'Page', markdown: linkTo('99999999-0000-4000-8000-000000000000') });
    expect((await items.references(page.textId)).json).toMatchObject({ names: [{ textId: '99999999-0000-4000-8000-000000000000', isMissing: true }] });
  });
});

describe('bringing back', () => {
  test('an item whose file’s name is taken gives it the next one, and nobody’s address changes', async () => {
    const first = await items.made({ type: 'page', title: 'Intro' });
    itemIn(await items.delete(first.textId, 1));
    const second = await items.made({ type: 'page', title: 'Intro' });
    expect(second.filename).toBe('intro');
    expect(itemIn(await items.undelete(first.textId)).filename).toBe('intro2');
    expect((await items.now(second.textId)).filename).toBe('intro');
  });

  test('keeps a name that no title would make', async () => {
    const page = await items.made({ type: 'page', title: 'Readings' });
    await api.db('content_items').where({ text_id: page.textId }).update({ filename: 'MITx_old-Name' });
    itemIn(await items.delete(page.textId, 1));
    expect(itemIn(await items.undelete(page.textId)).filename).toBe('MITx_old-Name');
  });
});

describe('a deletion and a save that names the item at the same time', () => {
  const outcomes = (deletion: Answer, save: Answer): string => `delete ${deletion.status}, save ${save.status}`;
  /** One of the two wins; never both. */
  const allowed = ['delete 200, save 422', 'delete 409, save 200'];

  test('never both succeed on one site', async () => {
    for (let round = 0; round < 15; round += 1) {
      const target = await items.made({ type: 'page', title: `Target ${round}` });
      const page = await items.made({ type: 'page', title: `Page ${round}` });
      const [deletion, save] = await Promise.all([items.delete(target.textId, 1), items.save(page.textId, { revision: 1, markdown: linkTo(target.textId) })]);
      expect(allowed).toContain(outcomes(deletion, save));
    }
  });

  test('never both succeed across two sites, whoever comes first', async () => {
    await items.made({ type: 'sitemetadata', metadata: { course_title: 'Algebra' } });
    for (let round = 0; round < 15; round += 1) {
      const target = await root.made({ type: 'instructor', title: `Instructor ${round}` });
      const { revision } = await items.now('sitemetadata');
      const deleting = () => root.delete(target.textId, 1);
      const saving = () => items.save('sitemetadata', { revision, metadata: { instructors: { content: [target.textId], website: ROOT } } });
      const [deletion, save] = round % 2 === 0 ? await Promise.all([deleting(), saving()]) : await Promise.all([saving(), deleting()]).then(([saved, deleted]) => [deleted, saved] as const);
      expect(allowed).toContain(outcomes(deletion, save));
      await items.saved('sitemetadata', { revision: (await items.now('sitemetadata')).revision, metadata: { instructors: { content: [], website: ROOT } } });
    }
  });

  test('a save waits for a deletion that has begun, and learns that the item is gone', async () => {
    const target = await root.made({ type: 'instructor', title: 'Target' });
    await items.made({ type: 'sitemetadata', metadata: { course_title: 'Algebra' } });
    const trx = await api.db.transaction();
    await trx('content_items').where({ text_id: target.textId }).forUpdate().first();
    const save = items.save('sitemetadata', { revision: 1, metadata: { instructors: { content: [target.textId], website: ROOT } } });
    await until('the save waits', async () => (await api.db('pg_stat_activity').where({ datname: api.db.raw('current_database()'), wait_event_type: 'Lock' })).length > 0, { withinMs: 10_000 });
    await trx('content_items').where({ text_id: target.textId }).update({ deleted_at: trx.fn.now() });
    await trx.commit();
    expect((await save).status).toBe(422);
  });
});

describe('what items name', () => {
  test('is made anew for a whole site, and again without effect', async () => {
    const target = await items.made({ type: 'page', title: 'Target' });
    for (let index = 0; index < 3; index += 1) await items.made({ type: 'page', title: `Page ${index}`, markdown: linkTo(target.textId) });
    const rows = async () => (await api.db('content_references').select<{ item_id: string; field: string; target_text_id: string }[]>('item_id', 'field', 'target_text_id')).map((row) => JSON.stringify(row)).sort();
    const before = await rows();
    expect(before).toHaveLength(3);
    await api.db('content_references').delete();
    for (let time = 0; time < 2; time += 1) {
      expect((await api.call('POST /api/v1/sites/:site/references/rebuild', olga, { params: { site: name } })).json).toEqual({ references: 3 });
      expect(await rows()).toEqual(before);
    }
  });
});
