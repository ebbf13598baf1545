import { describe, expect, it } from 'vitest';
import type { ContentItem } from '#domain/contentItem.ts';
import type { PullFile } from '#domain/pullFile.ts';
import { type PulledItem, type PullInput, planPull, pullSummary } from '#domain/pullPlan.ts';
import { joinPath } from '#domain/siteUrl.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';

const page = (textId: string, given: Partial<ContentItem> = {}): ContentItem => makeContentItem({ textId, filename: textId, title: `Title of ${textId}`, ...given });
const pathOf = (item: ContentItem): string => `${joinPath(item.dirpath, item.filename)}.md`;

/** A file of the repository that holds this item. */
const file = (item: ContentItem, given: Partial<PullFile> = {}): PullFile => ({ path: pathOf(item), blob: `blob of ${pathOf(item)}: ${JSON.stringify(item)}`, read: { kind: 'item', item }, claims: null, ...given });
const kept = (path: string, reason: string, claims: string | null = null): PullFile => ({ path, blob: `blob of ${path}`, read: { kind: 'kept', reason }, claims });

/** An item of the studio that main holds as it is. */
const known = (item: ContentItem, given: Partial<PulledItem> = {}): PulledItem => ({ item, revision: 3, isDeleted: false, isEdited: false, writtenPath: pathOf(item), writtenBlob: file(item).blob, isFileAsWritten: false, isCommittedSince: false, readBack: item, ...given });

function plan(files: readonly PullFile[], items: readonly PulledItem[], given: Partial<PullInput> = {}) {
  const made = planPull({
    files,
    items: items.map((item) => ({ ...item, isFileAsWritten: files.some(({ path, blob }) => path === item.writtenPath && blob === item.writtenBlob) })),
    scope: { kind: 'whole' },
    deleteMissing: false,
    overwrite: false,
    main: new Map(files.map(({ path, blob }) => [path, blob])),
    namesOf: () => [],
    namedElsewhere: new Map(),
    ...given,
  });
  return { ...made, said: made.lines.map(({ action, path, fields, reason }) => [action, path, ...fields, ...(reason === null ? [] : [reason])]), order: made.groups.map((group) => group.map(({ kind, textId }) => `${kind} ${textId}`)) };
}

const a = page('a');
const b = page('b');

describe('a file of the repository', () => {
  it('that nobody changed leaves its item alone', () => {
    const { said, groups, rebased } = plan([file(a)], [known(a)]);
    expect(said).toEqual([['unchanged', 'content/pages/a.md']]);
    expect([groups, rebased]).toEqual([[], []]);
  });

  it('that is new is added, and one that changed changes these fields', () => {
    const changed = page('b', { title: 'New', metadata: { draft: true } });
    const made = plan([file(a), file(changed)], [known(b)]);
    expect(made.said).toEqual([['add', 'content/pages/a.md'], ['change', 'content/pages/b.md', 'title', 'metadata.draft']]);
    expect(made.groups.flat()).toMatchObject([
      { kind: 'add', fromRevision: null, fromBlob: null, item: a, baseline: { path: 'content/pages/a.md', blob: file(a).blob, isHeld: true } },
      { kind: 'change', fromRevision: 3, fromBlob: file(b).blob, item: changed, baseline: { blob: file(changed).blob, isHeld: true } },
    ]);
  });

  it('that only looks different changes nothing, and its look is remembered', () => {
    const made = plan([file(a, { blob: 'another look' })], [known(a)]);
    expect(made.said).toEqual([['unchanged', 'content/pages/a.md']]);
    expect(made.rebased).toMatchObject([{ textId: 'a', fromBlob: file(a).blob, baseline: { blob: 'another look', isHeld: true } }]);
  });

  it('that moved moves its item', () => {
    const moved = page('a', { dirpath: 'content/pages/deep' });
    expect(plan([file(moved)], [known(a)]).said).toEqual([['change', 'content/pages/deep/a.md', 'dirpath']]);
  });

  it('that is no content stays, with why', () => {
    expect(plan([kept('layouts/x.html', 'outside of the content model')], []).said).toEqual([['kept', 'layouts/x.html', 'outside of the content model']]);
  });
});

describe('an item that was edited in the studio', () => {
  const edited = known(page('a', { title: 'Edited here' }), { isEdited: true, writtenBlob: file(a).blob });
  it('goes before a repository that did not change', () => {
    for (const overwrite of [false, true]) expect(plan([file(a)], [edited], { overwrite }).said).toEqual([['unchanged', 'content/pages/a.md', 'edited in the studio; the next publish commits it']]);
  });

  it('and in the repository is a conflict, and is taken only when that is asked for', () => {
    const there = page('a', { title: 'Edited there' });
    const made = plan([file(there)], [edited]);
    expect(made.said).toEqual([['conflict', 'content/pages/a.md', 'title', 'edited in the studio since it was last committed, and changed in the repository']]);
    expect([made.groups, made.rebased]).toEqual([[], []]);
    expect(plan([file(there)], [edited], { overwrite: true }).said).toEqual([['change', 'content/pages/a.md', 'title']]);
  });

  it('to what the repository has too is no conflict', () => {
    const made = plan([file(edited.item)], [edited]);
    expect(made.said).toEqual([['unchanged', 'content/pages/a.md']]);
    expect(made.rebased).toHaveLength(1);
  });

  it('by deleting it stays deleted while the repository does not change it', () => {
    const deleted = known(a, { isDeleted: true, isEdited: true });
    expect(plan([file(a)], [deleted]).said).toEqual([['unchanged', 'content/pages/a.md', 'deleted in the studio; the next publish removes the file']]);
    expect(plan([file(page('a', { title: 'New' }))], [deleted]).said).toEqual([['conflict', 'content/pages/a.md', 'title', 'deleted in the studio and changed in the repository']]);
  });

  it('and whose deletion main knows comes back with its file', () => {
    const made = plan([file(a)], [known(a, { isDeleted: true, writtenPath: null, writtenBlob: null })]);
    expect(made.said).toEqual([['add', 'content/pages/a.md', 'it was deleted in the studio and comes back']]);
    expect(made.groups.flat()).toMatchObject([{ kind: 'add', fromRevision: 3 }]);
  });
});

describe('a uid', () => {
  it('that two files name is that of the first, or of the one it was in', () => {
    const copy = page('a', { filename: '0-copy' });
    expect(plan([file(copy), file(a)], []).said).toEqual([['add', 'content/pages/0-copy.md'], ['refused', 'content/pages/a.md', 'its uid is that of ‘content/pages/0-copy.md’']]);
    expect(plan([file(copy), file(a)], [known(a)]).said).toEqual([['refused', 'content/pages/0-copy.md', 'its uid is that of ‘content/pages/a.md’'], ['unchanged', 'content/pages/a.md']]);
  });

  it('of an item whose own file is damaged is not another file’s', () => {
    const copy = page('a', { filename: 'copy' });
    expect(plan([kept('content/pages/a.md', 'its front matter is not YAML'), file(copy)], [known(a)], { deleteMissing: true }).said).toEqual([
      ['kept', 'content/pages/a.md', 'its front matter is not YAML'],
      ['refused', 'content/pages/copy.md', 'its uid is that of another file of the repository, which cannot be read'],
    ]);
  });

  it('of the course’s metadata is no page’s', () => {
    const metadata: ContentItem = { textId: 'sitemetadata', type: 'sitemetadata', title: null, dirpath: 'data', filename: 'course', isPageContent: false, metadata: {}, markdown: null, file: null };
    expect(plan([file(page('sitemetadata'))], [known(metadata, { writtenPath: null })]).said).toEqual([['refused', 'content/pages/sitemetadata.md', 'its uid is that of the sitemetadata ‘sitemetadata’']]);
  });
});

describe('places', () => {
  const other = page('new', { filename: 'a' });
  it('of an item that stays are not given away', () => {
    const made = plan([file(other)], [known(a)]);
    expect(made.said).toEqual([['missing', 'content/pages/a.md', 'its file is not in the repository; the item stays'], ['refused', 'content/pages/a.md', 'its place is that of ‘Title of a’ (a) in the studio']]);
    expect(made.groups).toEqual([]);
  });

  it('that become free are taken after they are left', () => {
    expect(plan([file(other)], [known(a)], { deleteMissing: true }).order).toEqual([['delete a'], ['add new']]);
    const toB = page('a', { filename: 'b' });
    const toC = page('b', { filename: 'c' });
    expect(plan([file(toB), file(toC)], [known(a), known(b)]).order).toEqual([['change b'], ['change a']]);
  });

  it('that are exchanged are exchanged at once, and who follows comes after', () => {
    const swapped = [page('a', { filename: 'b' }), page('b', { filename: 'a' })];
    const made = plan(swapped.map((item) => file(item)), [known(a), known(b)]);
    expect(made.order).toHaveLength(1);
    expect(made.order[0]?.toSorted()).toEqual(['change a', 'change b']);
    expect(made.counts).toMatchObject({ change: 2, missing: 0, refused: 0 });
  });

  it('that are not left after all take the plan down with them', () => {
    // c stays where b wants to go, so a cannot go to b’s place either.
    const made = plan([file(page('a', { filename: 'b' })), file(page('b', { filename: 'c' })), file(page('c', { title: 'There' }))], [known(a), known(b), known(page('c', { title: 'Here' }), { isEdited: true })]);
    expect(made.groups).toEqual([]);
    expect(made.counts).toMatchObject({ conflict: 1, refused: 2 });
  });
});

describe('an item whose file is gone', () => {
  const gone = (given: Partial<PullInput>, item = known(a), files = [file(b)]) => plan(files, [item, known(b)], given).said.filter(([, path]) => path === 'content/pages/a.md');

  it('stays unless its deletion is asked for on the whole repository', () => {
    expect(gone({})).toEqual([['missing', 'content/pages/a.md', 'its file is not in the repository; the item stays']]);
    expect(gone({ deleteMissing: true, scope: { kind: 'path', path: 'content' } })).toEqual(gone({}));
    expect(gone({ deleteMissing: true, scope: { kind: 'paths', paths: new Set(['content/pages/a.md']) } })).toEqual(gone({}));
    expect(gone({ deleteMissing: true })).toEqual([['delete', 'content/pages/a.md']]);
  });

  it('and that was never committed, or is deleted, is nothing to speak of', () => {
    expect(gone({ deleteMissing: true }, known(a, { writtenPath: null, isEdited: true }))).toEqual([]);
    expect(gone({ deleteMissing: true }, known(a, { isDeleted: true }))).toEqual([]);
  });

  it('stays when a site has just one of its kind', () => {
    const metadata: ContentItem = { textId: 'sitemetadata', type: 'sitemetadata', title: null, dirpath: 'data', filename: 'course', isPageContent: false, metadata: {}, markdown: null, file: null };
    expect(plan([file(b)], [known(metadata, { writtenPath: 'data/course.json' }), known(b)], { deleteMissing: true }).said[1]).toEqual(['missing', 'data/course.json', 'a site always has one; the item stays']);
  });

  it('stays when something could not be read, or nothing was', () => {
    const unread: PullFile = { path: 'content/pages/x.md', blob: 'x', read: { kind: 'unreadable', reason: 'it is too large to be read' }, claims: null };
    expect(gone({ deleteMissing: true }, known(a), [file(b), unread])).toEqual([['missing', 'content/pages/a.md', 'not every file of the repository could be read, so nothing is deleted']]);
    expect(gone({ deleteMissing: true }, known(a), [kept('README.md', 'outside of the content model')])).toEqual([['missing', 'content/pages/a.md', 'the repository holds no content at all, so nothing is deleted']]);
  });

  it('stays when a damaged file names it', () => {
    expect(gone({ deleteMissing: true }, known(a), [file(b), kept('content/pages/moved.md', 'its front matter is not YAML', 'a')])).toEqual([]);
  });

  it('is a conflict when it was edited here, unless the repository wins', () => {
    expect(gone({ deleteMissing: true }, known(a, { isEdited: true }))).toEqual([['conflict', 'content/pages/a.md', 'edited in the studio since it was last committed, and removed from the repository']]);
    expect(gone({ deleteMissing: true, overwrite: true }, known(a, { isEdited: true }))).toEqual([['delete', 'content/pages/a.md']]);
  });

  it('stays when somebody who stays names it, and with it what it names', () => {
    const c = page('c');
    const names: Record<string, string[]> = { b: ['a'], a: ['c'] };
    const made = plan([file(b)], [known(a), known(b), known(c)], { deleteMissing: true, namesOf: ({ textId }) => names[textId] ?? [] });
    expect(made.said).toEqual([['missing', 'content/pages/a.md', '‘Title of b’ names it'], ['unchanged', 'content/pages/b.md'], ['missing', 'content/pages/c.md', '‘Title of a’ names it']]);
    expect(plan([file(b)], [known(a), known(b), known(c)], { deleteMissing: true, namesOf: ({ textId }) => (textId === 'a' ? ['c'] : []) }).counts.delete).toBe(2);
    expect(plan([file(b)], [known(a), known(b)], { deleteMissing: true, namedElsewhere: new Map([['a', 'ocw-www']]) }).said[0]).toEqual(['missing', 'content/pages/a.md', 'the site ‘ocw-www’ names it']);
  });

  it('is named no more when the pull takes the name away', () => {
    const before = page('b', { metadata: { to: 'a' } });
    const made = plan([file(b)], [known(a), known(before)], { deleteMissing: true, namesOf: ({ metadata }) => (typeof metadata['to'] === 'string' ? [metadata['to']] : []) });
    expect(made.order).toEqual([['change b'], ['delete a']]);
  });
});

describe('only a part', () => {
  const files = [file(page('a', { title: 'New' })), file(page('b', { title: 'New' })), file(page('ab', { dirpath: 'content/pages-two' }))];
  it('is a file, or a folder and not one that only begins like it', () => {
    expect(plan(files, [known(a), known(b)], { scope: { kind: 'path', path: 'content/pages/a.md' } }).said).toEqual([['change', 'content/pages/a.md', 'title']]);
    expect(plan(files, [known(a), known(b)], { scope: { kind: 'path', path: 'content/pages' } }).counts).toMatchObject({ change: 2, add: 0 });
  });

  it('is what a commit changed', () => {
    expect(plan(files, [known(a), known(b)], { scope: { kind: 'paths', paths: new Set(['content/pages/b.md', 'gone.md']) } }).said).toEqual([['change', 'content/pages/b.md', 'title']]);
  });
});

describe('older content than main’s', () => {
  const main = new Map([['content/pages/a.md', 'blob of main']]);
  it('is to be committed by the next publish', () => {
    const older = page('a', { title: 'Older' });
    expect(plan([file(older)], [known(a, { writtenBlob: 'blob of main' })], { main }).groups.flat()).toMatchObject([{ baseline: { path: 'content/pages/a.md', blob: 'blob of main', isHeld: false } }]);
  });

  it('is so too where the studio has it and somebody changed main by hand', () => {
    const made = plan([file(a)], [known(a)], { main });
    expect(made.said).toEqual([['unchanged', 'content/pages/a.md']]);
    expect(made.rebased).toMatchObject([{ fromBlob: file(a).blob, baseline: { blob: 'blob of main', isHeld: false } }]);
  });

  it('that main does not hold any more is written where it was', () => {
    expect(plan([file(a)], [], { main: new Map() }).groups.flat()).toMatchObject([{ kind: 'add', baseline: { path: null, blob: null, isHeld: false } }]);
    const moved = page('a', { filename: 'older-name' });
    expect(plan([file(moved)], [known(a, { writtenBlob: 'blob of main' })], { main }).groups.flat()).toMatchObject([{ baseline: { path: 'content/pages/a.md', blob: 'blob of main', isHeld: false } }]);
  });

  it('lets a deletion stand that main does not know', () => {
    const made = plan([file(b)], [known(a), known(b)], { deleteMissing: true, main: new Map([...main, ['content/pages/b.md', file(b).blob]]) });
    expect(made.groups.flat()).toMatchObject([{ kind: 'delete', baseline: { path: 'content/pages/a.md', blob: 'blob of main', isHeld: false } }]);
  });
});

it('a plan is said in one line', () => {
  const none = { add: 0, change: 0, delete: 0, unchanged: 0, kept: 0, missing: 0, conflict: 0, refused: 0 };
  expect(pullSummary(none, false)).toBe('Nothing to change');
  expect(pullSummary({ ...none, unchanged: 1 }, true)).toBe('Nothing changed; 1 unchanged');
  expect(pullSummary({ ...none, add: 1, change: 1_200, delete: 2, conflict: 2, kept: 9 }, false)).toBe('1 to add, 1,200 to change, 2 to delete; 2 conflicts');
  expect(pullSummary({ ...none, change: 1, conflict: 1, missing: 3, refused: 1 }, true)).toBe('1 changed; 1 conflict, 1 refused, 3 missing in the repository');
});
