import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { v4 as uuidv4 } from 'uuid';
import type { Item, RevisionConflict } from '#api/contracts/items.ts';
import { errorBodySchema } from '#api/contracts/errors.ts';
import { revisionConflictSchema } from '#api/contracts/items.ts';
import { findSite } from '#db/queries/sites.ts';
import { itemIn, itemsOf, makeContentSite, putLive } from './support/content.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const api = useApi();
let count = 0;
let name: string;
let siteId: string;
let ed: Caller;
let items: ReturnType<typeof itemsOf>;

beforeEach(async () => {
  name = `site.${(count += 1)}`;
  siteId = await makeContentSite(api.db, name);
  ed = await api.person(`ed-${name}@example.edu`, [{ role: 'admin', siteId }]);
  items = itemsOf(api, name, ed);
});

const issuesOf = (answer: Answer) => errorBodySchema.parse(answer.json).error.issues;
const detailsOf = (answer: Answer) => errorBodySchema.parse(answer.json).error.details;

describe('a new item', () => {
  test('gets an id, a file in its folder, the defaults of the starter and a first revision', async () => {
    const page = await items.made({ type: 'page', title: 'Course Syllabus', metadata: { unknown: { a: [1] } }, markdown: 'Body\n' });
    expect(page).toMatchObject({
      textId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/) as string,
      type: 'page',
      title: 'Course Syllabus',
      revision: 1,
      path: 'content/pages/course-syllabus.md',
      pageUrl: '/pages/course-syllabus',
      metadata: { unknown: { a: [1] }, draft: false },
      markdown: 'Body\n',
      reason: 'created',
      updatedBy: { id: ed.userId, name: `ed-${name}` },
      can: { edit: true, delete: true },
    });
    expect(await items.now(page.textId)).toEqual({ ...page, isNew: undefined });
    expect((await findSite(api.db, siteId))?.contentRevision).toBe(1);
  });

  test('gets defaults only where nothing was given and the condition holds', async () => {
    const document = await items.made({ type: 'resource', title: 'A' });
    expect(document.metadata).toEqual({ resourcetype: 'Document', license: 'CC BY' });
    const image = await items.made({ type: 'resource', title: 'B', metadata: { resourcetype: 'Image', license: null, image_metadata: { caption: 'c', more: 1 } } });
    expect(image.metadata).toEqual({ resourcetype: 'Image', license: null, image_metadata: { caption: 'c', more: 1, credit: 'Unknown' } });
  });

  test('of a title that is taken gets the next number, also when several come at once', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => items.made({ type: 'page', title: 'Intro' })));
    expect(made.map((page) => page.filename).sort()).toEqual(['intro', 'intro2', 'intro3', 'intro4', 'intro5']);
  });

  test('lies in the folder that was given, if it is one of its kind', async () => {
    expect((await items.made({ type: 'page', title: 'Deep', dirpath: 'content/pages/section/' })).path).toBe('content/pages/section/deep.md');
    for (const dirpath of ['content/resources', '../content/pages', 'content/pages/../../.git', 'content/pages-else', '']) {
      const answer = await items.create({ type: 'page', title: 'Out', dirpath });
      expect([dirpath, answer.status, issuesOf(answer)?.map(({ path }) => path)]).toEqual([dirpath, 422, ['dirpath']]);
    }
  });

  test('is named by the field the starter says', async () => {
    const textId = uuidv4();
    expect((await items.made({ type: 'instructor', title: 'Ada Lovelace', textId })).path).toBe(`content/instructors/${textId}.md`);
  });

  test('of a kind that stands once is kept in its file, and a second is refused with the first', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => items.create({ type: 'navmenu', metadata: { leftnav: [] } })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    const refused = answers.find(({ status }) => status === 409);
    if (refused === undefined) throw new Error('One was refused');
    expect([codeOf(refused), detailsOf(refused)]).toEqual(['conflict', { textId: 'navmenu', revision: 1, isDeleted: false }]);
    expect(await items.now('navmenu')).toMatchObject({ path: 'config/_default/menus.yaml', pageUrl: null, isPageContent: false, can: { delete: false } });
  });

  test('of an address outside that has one already is that one', async () => {
    const made = await Promise.all(Array.from({ length: 3 }, (_, index) => items.create({ type: 'external-resource', title: `T${index}`, metadata: { external_url: 'https://example.edu/a?b=(c)' } })));
    expect(new Set(made.map((answer) => itemIn(answer, 201).textId)).size).toBe(1);
    expect(made.filter((answer) => (answer.json as { isNew: boolean }).isNew)).toHaveLength(1);
    const other = await items.made({ type: 'external-resource', title: 'Other', metadata: { external_url: 'https://example.edu/a' } });
    expect(other.textId).not.toBe(itemIn(made[0] as Answer, 201).textId);
  });

  test.each([
    ['no kind the starter has', { type: 'quiz', title: 'T' }, ['type'], 'Nothing was saved. The starter has no kind of content named ‘quiz’.'],
    ['without its title', { type: 'page' }, ['title'], 'Nothing was saved. ‘Title’ is required.'],
    ['with a title too long', { type: 'page', title: '語'.repeat(126) }, ['title'], 'Nothing was saved. A title may have at most 125 characters; this one has 126.'],
    ['with several faults', { type: 'resource', title: 'T', metadata: { resourcetype: 'Film', image_metadata: 'x', uid: 'mine' } }, ['metadata.uid', 'metadata.resourcetype', 'metadata.image_metadata'], 'Nothing was saved. ‘uid’ is written from the item itself: leave it out. And 2 more to mend.'],
    ['with the id of something else for what stands once', { type: 'navmenu', textId: 'other' }, ['textId'], 'Nothing was saved. ‘Menu’ is the only one of its kind: its text id is navmenu.'],
    ['with the id of what stands once', { type: 'page', title: 'T', textId: 'sitemetadata' }, ['textId'], 'Nothing was saved. ‘sitemetadata’ is the text id of what the site has once. Choose another, or leave it out.'],
    ['with a text beside its fields, although it stands once', { type: 'navmenu', markdown: 'x' }, ['markdown'], 'Nothing was saved. ‘Menu’ has fields only, and no text beside them.'],
    ['with its text among the metadata', { type: 'page', title: 'T', metadata: { body: 'x' } }, ['metadata.body'], 'Nothing was saved. The text stands beside the metadata, not in it: it is the item’s ‘markdown’.'],
    ['with a file where its kind has none', { type: 'page', title: 'T', file: 'courses/a/b.pdf' }, ['file'], 'Nothing was saved. What is kept under ‘Pages’ has no uploaded file.'],
  ])('that is %s is refused field by field', async (_what, body, paths, sentence) => {
    const answer = await items.create(body);
    expect([answer.status, codeOf(answer), issuesOf(answer)?.map(({ path }) => path), messageOf(answer)]).toEqual([422, 'invalidFields', paths, sentence]);
    expect(((await items.list()).json as { total: number }).total).toBe(0);
  });

  test('with an id that is in use is refused, also when the other was deleted', async () => {
    const page = await items.made({ type: 'page', title: 'One', textId: 'my.id' });
    expect(codeOf(await items.create({ type: 'page', title: 'Two', textId: 'my.id' }))).toBe('conflict');
    itemIn(await items.delete(page.textId, page.revision));
    const answer = await items.create({ type: 'page', title: 'Two', textId: 'my.id' });
    expect(detailsOf(answer)).toEqual({ textId: 'my.id', revision: 2, isDeleted: true });
    expect(messageOf(answer)).toBe('The site has an item ‘my.id’ already. It was deleted: bring it back instead.');
  });

  test('of a site without a starter cannot be made, and those it has can be read', async () => {
    const page = await items.made({ type: 'page', title: 'One' });
    await api.db('sites').where({ id: siteId }).update({ starter_id: null });
    expect(codeOf(await items.create({ type: 'page', title: 'Two' }))).toBe('starterMissing');
    expect(await items.now(page.textId)).toMatchObject({ title: 'One', path: 'content/pages/one.md' });
    expect((await items.list()).status).toBe(200);
  });
});

describe('a save', () => {
  let page: Item;
  beforeEach(async () => {
    page = await items.made({ type: 'page', title: 'Syllabus', metadata: { description: 'd', parent_uid: 'p', legacy: { a: 1 } }, markdown: 'One\n' });
  });

  test('changes what it names and keeps the rest, unknown keys included', async () => {
    const saved = await items.saved(page.textId, { revision: 1, markdown: 'Two\n' });
    expect(saved).toMatchObject({ title: 'Syllabus', markdown: 'Two\n', metadata: page.metadata, revision: 2, reason: 'edited', filename: 'syllabus' });
    expect(await items.saved(page.textId, { revision: 2, metadata: { description: 'e', parent_uid: null } })).toMatchObject({ metadata: { description: 'e', legacy: { a: 1 }, draft: false }, markdown: 'Two\n', revision: 3 });
  });

  test('merges the fields of an object field: keys the form does not know survive', async () => {
    const image = await items.made({ type: 'resource', title: 'I', metadata: { resourcetype: 'Image', image_metadata: { caption: 'c', credit: 'd', 'image-alt': 'kept', gone: 1 } } });
    const saved = await items.saved(image.textId, { revision: 1, metadata: { image_metadata: { caption: 'new', credit: null, gone: null } } });
    expect(saved.metadata['image_metadata']).toEqual({ caption: 'new', credit: null, 'image-alt': 'kept' });
  });

  test('that changes nothing makes no revision and marks nothing unpublished', async () => {
    const before = (await findSite(api.db, siteId))?.contentRevision;
    expect((await items.saved(page.textId, { revision: 1, title: 'Syllabus', metadata: { description: 'd' } })).revision).toBe(1);
    expect((await findSite(api.db, siteId))?.contentRevision).toBe(before);
  });

  test('that sends an empty text where there is none changes nothing: a file gets no key for it', async () => {
    await items.made({ type: 'navmenu', metadata: { leftnav: [] } });
    expect(await items.saved('navmenu', { revision: 1, title: '', markdown: '' })).toMatchObject({ revision: 1, title: null, markdown: null });
    const empty = await items.made({ type: 'page', title: 'Empty' });
    expect(await items.saved(empty.textId, { revision: 1, markdown: null })).toMatchObject({ revision: 1, markdown: '' });
    expect((await items.saved(page.textId, { revision: 1, markdown: null })).markdown).toBeNull();
  });

  test('of another revision than the newest is refused with both versions, and changes nothing', async () => {
    const mine = { revision: 1, markdown: 'Mine\n', metadata: { description: 'mine' } };
    await items.saved(page.textId, { revision: 1, title: 'Theirs', markdown: 'Theirs\n', rename: false });
    const answer = await items.save(page.textId, mine);
    expect([answer.status, codeOf(answer)]).toEqual([409, 'revisionConflict']);
    expect(messageOf(answer)).toBe(`Nothing was saved: ed-${name} saved ‘Theirs’ meanwhile. Compare the two versions, then save yours anew.`);
    const { yours, current }: RevisionConflict = revisionConflictSchema.parse(detailsOf(answer));
    expect(yours).toMatchObject({ revision: 1, title: 'Syllabus', markdown: 'Mine\n', metadata: { ...page.metadata, description: 'mine' } });
    expect(current).toEqual(await items.now(page.textId));
    expect(current).toMatchObject({ revision: 2, title: 'Theirs', markdown: 'Theirs\n', metadata: page.metadata });
  });

  test('is refused for a conflict even where the two touch different fields: nothing is merged behind anybody’s back', async () => {
    await items.saved(page.textId, { revision: 1, markdown: 'Theirs\n' });
    expect(codeOf(await items.save(page.textId, { revision: 1, metadata: { description: 'mine' } }))).toBe('revisionConflict');
    expect(codeOf(await items.save(page.textId, { revision: 99, markdown: 'x' }))).toBe('revisionConflict');
  });

  test('is checked in the fields it changes; old faults elsewhere do not stand in its way', async () => {
    await api.db('content_items').where({ site_id: siteId, text_id: page.textId }).update({ metadata: JSON.stringify({ draft: 'perhaps' }) });
    expect((await items.save(page.textId, { revision: 1, markdown: 'x' })).status).toBe(200);
    const answer = await items.save(page.textId, { revision: 2, title: '', metadata: { draft: 'no' } });
    expect(issuesOf(answer)?.map(({ path }) => path)).toEqual(['title', 'metadata.draft']);
    expect((await items.now(page.textId)).revision).toBe(2);
  });

  test('of a deleted item, or of one that does not exist, is refused', async () => {
    itemIn(await items.delete(page.textId, 1));
    expect(messageOf(await items.save(page.textId, { revision: 2, markdown: 'x' }))).toBe('‘Syllabus’ was deleted. Bring it back first.');
    expect(codeOf(await items.save('nothing', { revision: 1 }))).toBe('notFound');
  });

  test('whose kind the starter no longer has says so', async () => {
    await api.db('content_items').where({ text_id: page.textId }).update({ type: 'quiz' });
    expect(messageOf(await items.save(page.textId, { revision: 1, markdown: 'x' }))).toBe('Nothing was saved. The starter has no kind of content named ‘quiz’ any more, so this item can only be deleted.');
  });

  test('never puts the title, or the text, into the metadata', async () => {
    expect((await items.saved(page.textId, { revision: 1, metadata: { title: null, body: null, uid: null } })).metadata).toEqual(page.metadata);
    expect(issuesOf(await items.save(page.textId, { revision: 1, metadata: { title: 'T', body: 'b' } }))?.map(({ path }) => path)).toEqual(['metadata.title', 'metadata.body']);
    await api.db('content_items').where({ text_id: page.textId }).update({ metadata: JSON.stringify({ body: 'imported', draft: false }) });
    expect((await items.saved(page.textId, { revision: 1, metadata: { body: 'imported', draft: true } })).metadata).toEqual({ body: 'imported', draft: true });
  });

  test.each(['body', 'filename', 'dirpath', 'titel'])('of ‘%s’, which no save has, is refused instead of saving the rest', async (key) => {
    for (const answer of [await items.save(page.textId, { revision: 1, markdown: 'x', [key]: 'y' }), key === 'dirpath' ? await items.restore(page.textId, { revision: 1, to: 1, dirpath: 'y' } as { revision: number; to: number }) : await items.create({ type: 'page', title: 'T', [key]: 'y' })]) {
      expect([answer.status, codeOf(answer)]).toEqual([422, 'validation']);
      expect(messageOf(answer)).toContain(key);
    }
    expect((await items.now(page.textId)).revision).toBe(1);
  });

  test('is stored as it was sent, or not at all', async () => {
    const send = (body: string | Uint8Array) => api.call('PATCH /api/v1/sites/:site/items/:item', ed, { params: { site: name, item: page.textId }, body, headers: { 'content-type': 'application/json' } });
    const latin1 = await send(Buffer.from('{"revision":1,"markdown":"café"}', 'latin1'));
    expect([latin1.status, codeOf(latin1), messageOf(latin1)]).toEqual([422, 'validation', 'The body is not in UTF-8.']);
    for (const number of ['12345678901234567890', '1e400']) {
      const answer = await send(`{"revision":1,"metadata":{"isbn":${number}}}`);
      expect([answer.status, issuesOf(answer)?.map(({ path }) => path)]).toEqual([422, ['metadata.isbn']]);
    }
    expect((await items.now(page.textId)).revision).toBe(1);
  });

  test('that names what no item or site can be called is refused', async () => {
    const long = Array.from({ length: 400 }, () => uuidv4()).join('');
    await items.made({ type: 'navmenu', metadata: { leftnav: [] } });
    await items.made({ type: 'sitemetadata', metadata: { course_title: 'C' } });
    const answers = [
      await items.save('navmenu', { revision: 1, metadata: { leftnav: [{ identifier: long, name: 'N', weight: 10 }] } }),
      ...(await Promise.all([long, [long], { content: long }, { content: 'x', website: long }].map((course_image) => items.save('sitemetadata', { revision: 1, metadata: { course_image } })))),
    ];
    expect(answers.map((answer) => [answer.status, issuesOf(answer)?.map(({ path }) => path)])).toEqual([[422, ['metadata.leftnav']], ...Array.from({ length: 4 }, () => [422, ['metadata.course_image']])]);
    // Imported ones are kept, and lead nowhere.
    await api.db('content_items').where({ text_id: 'sitemetadata', site_id: siteId }).update({ metadata: JSON.stringify({ course_title: 'C', course_image: { content: long } }) });
    expect((await items.save('sitemetadata', { revision: 1, metadata: { term: 'Fall' } })).status).toBe(200);
    expect((await items.references('sitemetadata')).json).toEqual({ names: [], namedBy: [] });
  });

  test('of what the database cannot hold is refused, whatever key or depth it hides in', async () => {
    const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    for (const metadata of ['{"a\\u0000b":1}', '{"a":["x\\u0000"]}', '{"a":"\\ud800"}', '{"\\udc00":1}', deep]) {
      const answer = await api.call('PATCH /api/v1/sites/:site/items/:item', ed, { params: { site: name, item: page.textId }, body: `{"revision":1,"metadata":${metadata}}`, headers: { 'content-type': 'application/json' } });
      expect([answer.status, codeOf(answer)]).toEqual([422, 'validation']);
    }
    const saved = await items.saved(page.textId, { revision: 1, metadata: { constructor: 'c', toString: 't', '': 'empty' } });
    expect(saved.metadata).toMatchObject({ constructor: 'c', toString: 't', '': 'empty' });
  });
});

describe('an uploaded file', () => {
  test('is one of the site’s own, unless it was there before', async () => {
    const own = `courses/${name}/0a1b_lecture (1) ü.pdf`;
    const resource = await items.made({ type: 'resource', title: 'R', file: own });
    expect(resource.file).toBe(own);
    const others = ['courses/other/a.pdf', `courses/${name}`, `courses/${name}/`, `courses/${name}x/a.pdf`, `courses/${name}/../other/a.pdf`, `courses/${name}/./a.pdf`, `courses/${name}//a.pdf`, `/courses/${name}/a.pdf`, `https://bucket.example.edu/courses/${name}/a.pdf`, '', `courses/${name}/${'ü'.repeat(600)}.pdf`];
    for (const file of others) {
      const answers = [await items.save(resource.textId, { revision: 1, file }), await items.create({ type: 'resource', title: 'S', file })];
      expect(answers.map((answer) => [file, answer.status, issuesOf(answer)])).toEqual(answers.map(() => [file, 422, [{ path: 'file', message: `The file must be one of this site’s own: its key begins with ‘courses/${name}/’.` }]]));
    }
    await api.db('content_items').where({ text_id: resource.textId }).update({ file: 'imported/elsewhere.pdf' });
    expect(await items.saved(resource.textId, { revision: 1, title: 'S', file: 'imported/elsewhere.pdf' })).toMatchObject({ title: 'S', file: 'imported/elsewhere.pdf' });
    expect((await items.saved(resource.textId, { revision: 2, file: null })).file).toBeNull();
  });
});

describe('the title of a course', () => {
  beforeEach(() => items.made({ type: 'sitemetadata', metadata: { course_title: 'Algebra' } }));
  const titleOfSite = async (): Promise<string | undefined> => (await findSite(api.db, siteId))?.title;

  test('is the site’s, from the first save on, in the same moment', async () => {
    expect(await titleOfSite()).toBe('Algebra');
    await items.saved('sitemetadata', { revision: 1, metadata: { course_title: 'Linear Algebra' } });
    expect(await titleOfSite()).toBe('Linear Algebra');
    expect((await items.save('sitemetadata', { revision: 2, metadata: { course_title: '', term: 'Fall' } })).status).toBe(422);
    expect(await titleOfSite()).toBe('Linear Algebra');
    itemIn(await items.restore('sitemetadata', { revision: 2, to: 1 }));
    expect(await titleOfSite()).toBe('Algebra');
  });
});

describe('a new title', () => {
  const menuOf = async (): Promise<unknown> => (await items.now('navmenu')).metadata['leftnav'];

  test('renames the file of a page until the site was live, and its entry in menus that carries the old title', async () => {
    const page = await items.made({ type: 'page', title: 'Syllabus' });
    const entry = { identifier: page.textId, name: 'Syllabus', weight: 10 };
    const chosen = { identifier: 'external-1', name: 'Syllabus', weight: 20, url: 'https://example.edu' };
    await items.made({ type: 'navmenu', metadata: { leftnav: [entry, chosen] } });
    const saved = await items.saved(page.textId, { revision: 1, title: 'Course Plan' });
    expect(saved).toMatchObject({ filename: 'course-plan', reason: 'renamed', pageUrl: '/pages/course-plan' });
    expect(saved.metadata).not.toHaveProperty('aliases');
    expect(await menuOf()).toEqual([{ ...entry, name: 'Course Plan' }, chosen]);
    expect((await items.now('navmenu')).revision).toBe(2);
  });

  test('leaves a name that somebody chose for the menu, and a file that was told to stay', async () => {
    const page = await items.made({ type: 'page', title: 'Syllabus' });
    await items.made({ type: 'navmenu', metadata: { leftnav: [{ identifier: page.textId, name: 'Start here', weight: 10 }] } });
    expect(await items.saved(page.textId, { revision: 1, title: 'Course Plan', rename: false })).toMatchObject({ filename: 'syllabus', reason: 'edited' });
    expect(await menuOf()).toMatchObject([{ name: 'Start here' }]);
    expect((await items.now('navmenu')).revision).toBe(1);
  });

  test('on a site that was live renames only when that is said, and the old address leads to the new one', async () => {
    const page = await items.made({ type: 'page', title: 'Syllabus' });
    await putLive(api.db, siteId);
    expect((await items.saved(page.textId, { revision: 1, title: 'Plan' })).filename).toBe('syllabus');
    const renamed = await items.saved(page.textId, { revision: 2, title: 'Course Plan', rename: true, metadata: { description: 'too' } });
    expect(renamed).toMatchObject({ filename: 'course-plan', metadata: { aliases: ['/pages/syllabus'], description: 'too' } });
    const back = await items.saved(page.textId, { revision: 3, title: 'Syllabus', rename: true });
    expect(back).toMatchObject({ filename: 'syllabus', metadata: { aliases: ['/pages/course-plan'] } });
  });

  test('that is not new renames nothing, whatever the file of an imported page is called', async () => {
    const page = await items.made({ type: 'page', title: 'Readings' });
    await api.db('content_items').where({ text_id: page.textId }).update({ filename: 'MITx_old-Name' });
    expect((await items.saved(page.textId, { revision: 1, title: 'Readings', markdown: 'x', rename: true })).filename).toBe('MITx_old-Name');
    expect((await items.saved(page.textId, { revision: 2, title: 'READINGS!' })).filename).toBe('MITx_old-Name');
    expect((await items.saved(page.textId, { revision: 3, title: 'Readings', rename: true })).filename).toBe('readings');
  });

  test('that another page has gets a number, and keeps it while the page keeps its title', async () => {
    await items.made({ type: 'page', title: 'Intro' });
    const page = await items.made({ type: 'page', title: 'Second' });
    expect((await items.saved(page.textId, { revision: 1, title: 'Intro' })).filename).toBe('intro2');
    expect((await items.saved(page.textId, { revision: 2, markdown: 'x' })).filename).toBe('intro2');
    expect((await items.saved(page.textId, { revision: 3, title: 'Intro!', rename: true })).filename).toBe('intro2');
  });

  test('never takes the old address of another page', async () => {
    const page = await items.made({ type: 'page', title: 'Syllabus' });
    await putLive(api.db, siteId);
    await items.saved(page.textId, { revision: 1, title: 'Plan', rename: true });
    expect((await items.made({ type: 'page', title: 'Syllabus' })).filename).toBe('syllabus2');
  });

  test('leaves the page of a section, and what is named by another field, where it is', async () => {
    const section = await items.made({ type: 'page', title: 'Section', dirpath: 'content/pages/section' });
    await api.db('content_items').where({ text_id: section.textId }).update({ filename: '_index' });
    expect(await items.saved(section.textId, { revision: 1, title: 'Chapter', rename: true })).toMatchObject({ filename: '_index', pageUrl: '/pages/section/' });
    const instructor = await items.made({ type: 'instructor', title: 'Ada' });
    expect((await items.saved(instructor.textId, { revision: 1, title: 'Ada L.', rename: true })).filename).toBe(instructor.filename);
  });
});

describe('titles and bodies of every kind', () => {
  test.each([
    ['C++', 'c'],
    ['(', 'page'],
    ['The “quoted” \'title\' and "more"', 'the-quoted-title-and-more'],
    ['100% of_it \\ done', '100-of_it-done'],
    ['🎓 Graduation 🎉', 'graduation'],
    ['🎓', 'page'],
    ['مقدمة في الجبر', 'مقدمة-في-الجبر'],
    ['線性代數導論', '線性代數導論'],
    ['x'.repeat(125), 'x'.repeat(125)],
  ])('%s: made, found, shown, saved and shown again', async (title, filename) => {
    const markdown = 'Above\r\n\r\n---\r\nBelow\n---\nuid: not mine\n---\n';
    const page = await items.made({ type: 'page', title, markdown });
    expect(page).toMatchObject({ title, markdown, filename });
    const found = (await items.list({ search: title })).json as { total: number; items: { textId: string; title: string }[] };
    expect(found).toMatchObject({ total: 1, items: [{ textId: page.textId, title }] });
    const other = await items.made({ type: 'page', title: 'Other' });
    const renamed = await items.saved(other.textId, { revision: 1, title });
    expect(renamed).toMatchObject({ title, filename: title.length === 125 ? `${'x'.repeat(124)}2` : `${filename}2` });
    expect(await items.saved(page.textId, { revision: 1, markdown: `${markdown}\r\n---` })).toMatchObject({ title, filename, markdown: `${markdown}\r\n---` });
    expect(await items.now(page.textId)).toMatchObject({ title, markdown: `${markdown}\r\n---` });
  });
});

describe('choosing items of another site', () => {
  let stan: Caller;
  beforeAll(async () => {
    stan = await api.person('stan@example.edu');
  });
  const pick = (site: string, who: Caller = stan, query: Record<string, string> = {}) => api.call('GET /api/v1/pickers/items', who, { query: { site, ...query } });

  test('is for published sites, the root site and one’s own, and tells titles only', async () => {
    await items.made({ type: 'page', title: 'B', markdown: 'secret', metadata: { description: 'secret' } });
    const resource = await items.made({ type: 'resource', title: 'A' });
    expect([(await pick(name)).status, (await pick('nowhere')).status]).toEqual([403, 403]);
    expect((await pick(name)).json).toEqual((await pick('nowhere')).json);
    expect(((await pick(name, ed)).json as { total: number }).total).toBe(2);
    await putLive(api.db, siteId);
    const answer = await pick(name);
    expect((answer.json as { items: { title: string }[] }).items.map(({ title }) => title)).toEqual(['A', 'B']);
    expect(answer.text).not.toContain('secret');
    expect((await pick(name, stan, { type: 'resource,instructor', search: 'a' })).json).toEqual({ total: 1, items: [{ textId: resource.textId, type: 'resource', title: 'A' }] });
  });

  test('shows of a site that is not one’s own neither drafts nor what came after it was published', async () => {
    await items.made({ type: 'page', title: 'Draft', metadata: { draft: true } });
    await items.made({ type: 'page', title: 'Seen' });
    await putLive(api.db, siteId);
    await items.made({ type: 'page', title: 'Later' });
    const titles = async (who: Caller) => ((await pick(name, who)).json as { items: { title: string }[] }).items.map(({ title }) => title);
    expect(await titles(stan)).toEqual(['Seen']);
    expect(await titles(ed)).toEqual(['Draft', 'Later', 'Seen']);
  });

  test('offers the instructors of the root site before it is published', async () => {
    const rootId = await makeContentSite(api.db, api.config.rootWebsiteName);
    const root = itemsOf(api, api.config.rootWebsiteName, await api.person('www@example.edu', [{ role: 'owner', siteId: rootId }]));
    await root.made({ type: 'instructor', title: 'Ada Lovelace' });
    expect((await pick(api.config.rootWebsiteName, stan, { type: 'instructor', search: 'love' })).json).toMatchObject({ total: 1 });
  });
});
