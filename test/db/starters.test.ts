import { beforeEach, describe, expect, it } from 'vitest';
import { findStarterBySlug, listStarters, markRemovedStarters, moveStarter, recordStarterFault, upsertStarter } from '#db/queries/starters.ts';
import { makeSite, makeStarter } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();
const given = { slug: 'one', path: 'https://git.example.edu/projects/one', commit: 'c1', config: { a: 1, b: [2] } };

describe('a starter', () => {
  beforeEach(() => database.clear());

  it('says whether it is new, keeps its name and drops its fault when a configuration is taken', async () => {
    expect(await upsertStarter(database.db, given)).toEqual({ created: true, changed: true });
    await database.db('starters').update({ name: 'A better name' });
    await recordStarterFault(database.db, { slug: 'one', path: given.path, fault: 'broken' });
    expect(await findStarterBySlug(database.db, 'one')).toMatchObject({ fault: 'broken', config: given.config, status: 'active' });
    expect(await upsertStarter(database.db, { ...given, commit: 'c2', config: { a: 2 } })).toEqual({ created: false, changed: true });
    expect(await findStarterBySlug(database.db, 'one')).toMatchObject({ name: 'A better name', fault: null, config: { a: 2 }, commit: 'c2' });
  });

  it('whose configuration says the same in another order has not changed', async () => {
    await upsertStarter(database.db, given);
    expect(await upsertStarter(database.db, { ...given, commit: 'c2', config: { b: [2], a: 1 } })).toEqual({ created: false, changed: false });
    expect(await findStarterBySlug(database.db, 'one')).toMatchObject({ commit: 'c2' });
  });

  it('is known by its path: another slug does not make another one', async () => {
    await upsertStarter(database.db, given);
    expect(await upsertStarter(database.db, { ...given, slug: 'two' })).toMatchObject({ created: false });
    expect((await listStarters(database.db)).map((starter) => starter.slug)).toEqual(['one']);
    await expect(upsertStarter(database.db, { ...given, path: 'elsewhere' })).rejects.toMatchObject({ code: '23505', constraint: 'starters_slug_key' });
  });

  it('that was never read without fault has no configuration and is not active until it is', async () => {
    await recordStarterFault(database.db, { slug: 'one', path: given.path, fault: 'x' });
    expect(await findStarterBySlug(database.db, 'one')).toMatchObject({ config: null, status: 'inactive', fault: 'x' });
    await upsertStarter(database.db, given);
    expect(await findStarterBySlug(database.db, 'one')).toMatchObject({ status: 'active', fault: null });
  });

  it('that somebody switched off stays off', async () => {
    await upsertStarter(database.db, given);
    await database.db('starters').update({ status: 'inactive' });
    await upsertStarter(database.db, { ...given, config: { a: 3 } });
    expect(await findStarterBySlug(database.db, 'one')).toMatchObject({ status: 'inactive' });
  });

  it('is marked when its path is gone, from the first time on', async () => {
    await upsertStarter(database.db, given);
    await upsertStarter(database.db, { ...given, slug: 'two', path: 'two' });
    expect(await markRemovedStarters(database.db, ['two'])).toEqual(['one']);
    const first = (await findStarterBySlug(database.db, 'one'))?.removedAt;
    expect(first).toBeInstanceOf(Date);
    expect(await markRemovedStarters(database.db, ['two'])).toEqual(['one']);
    expect((await findStarterBySlug(database.db, 'one'))?.removedAt).toEqual(first);
    expect((await findStarterBySlug(database.db, 'two'))?.removedAt).toBeNull();
  });

  it('follows its repository', async () => {
    await upsertStarter(database.db, given);
    const { id = '' } = (await findStarterBySlug(database.db, 'one')) ?? {};
    await moveStarter(database.db, id, 'elsewhere/one');
    expect(await upsertStarter(database.db, { ...given, path: 'elsewhere/one' })).toEqual({ created: false, changed: false });
  });

  it('is listed with the number of its sites', async () => {
    await makeSite(database.db);
    await makeSite(database.db);
    await makeStarter(database.db, 'ocw-www');
    expect((await listStarters(database.db)).map((starter) => [starter.slug, starter.siteCount])).toEqual([['ocw-course-v2', 2], ['ocw-www', 0]]);
  });
});
