import { describe, expect, it } from 'vitest';
import { AuditPage } from '#test/support/pages/adminPages.ts';
import { LeavingPages, NewSitePage, ReviewPage, SitePeoplePage } from '#test/support/pages/siteAdminPages.ts';
import { SignInPage } from '#test/support/pages/signInPage.ts';
import { SitesPage } from '#test/support/pages/sitesPage.ts';
import { granted, noBrowser, useJourneys, ways } from '#test/support/pages/useJourneys.ts';
import { importSample, type SampleSite } from '#test/support/sampleCourse.ts';
import { until } from '#test/support/until.ts';

const COURSE = 'How Bridges Stand';

describe.skipIf(noBrowser !== undefined)(`an admin in a browser${noBrowser ?? ''}`, { timeout: 600_000 }, () => {
  const sites = new Map<string, SampleSite>();
  const journeys = useJourneys(
    async (studio) => {
      await granted(studio, 'ada@example.edu', 'global_admin');
      for (const way of ways) sites.set(way, await importSample(studio, `by-${way}`));
    },
    { parts: { drive: true } },
  );

  it.each(ways)('looks after sites by %s from the first day to the last', async (way) => {
    const { studio } = journeys;
    const course = sites.get(way);
    if (course === undefined) throw new Error(`There is no site for ${way}`);
    const hand = await journeys.open(way);
    const { tab } = hand;
    await new SignInPage(hand).as('ada');

    // A new site, with what belongs to it.
    const title = `Rivers ${way}`;
    const shortId = `rivers-${way}`;
    const making = new NewSitePage(hand);
    await making.visit();
    await making.create(title, shortId, 'ocw-course-v2');
    await making.appears('Repository');
    await making.appears('Folders in Google Drive');
    const [made] = await studio.query<{ name: string }>('select name from sites where short_id = $1', [shortId]);
    if (made === undefined) throw new Error('No site was made');
    expect(await studio.commitSubjects(shortId, 'main')).not.toEqual([]);
    const drive = await studio.call('GET /api/v1/sites/:site/drive', { params: { site: made.name } });
    expect(drive.folderUrl).not.toBeNull();

    // People come, change and go.
    await making.goHome(title);
    const people = new SitePeoplePage(hand);
    await people.visit();
    await people.invite('ed@example.edu', 'Editor');
    await people.invite('stan@example.edu', 'Admin');
    const working = async (): Promise<Record<string, string>> => {
      const { people: all } = await studio.call('GET /api/v1/sites/:site/people', { params: { site: made.name } });
      return Object.fromEntries(all.map(({ email, role }) => [email ?? '', role]));
    };
    expect(await working()).toMatchObject({ 'ed@example.edu': 'editor', 'stan@example.edu': 'admin' });
    await people.changeRole('ed@example.edu', 'Admin');
    await until('Ed is an admin', async () => (await working())['ed@example.edu'] === 'admin');
    await people.remove('stan@example.edu');
    expect(await working()).not.toHaveProperty('stan@example.edu');

    // A course goes out after a look at what would change, and not by itself.
    await hand.press(tab.getByRole('navigation', { name: 'Studio' }).getByRole('link', { name: 'Sites' }));
    const list = new SitesPage(hand);
    await list.search(course.name);
    await list.openOnly();
    const review = new ReviewPage(hand);
    await review.ask();
    const scheduled = async () => (await studio.call('GET /api/v1/sites/:site/reviews', { params: { site: course.name }, query: { limit: 5 } })).reviews[0];
    const nextYear = String(new Date().getUTCFullYear() + 1);
    await review.schedule('02', '03', nextYear, '09:30');
    expect((await scheduled())?.scheduled?.at).toBe(new Date(`${nextYear}-02-03T09:30:00Z`).toISOString());
    await review.unschedule();
    expect(await scheduled()).toMatchObject({ state: 'waiting', scheduled: null });
    await review.publish();
    const out = async (): Promise<number> => (await studio.objects(studio.stack.buckets.publish, `${course.urlPath}/`)).size;
    expect(await out()).toBeGreaterThan(10);
    expect((await fetch(`${studio.stack.liveSiteUrl}/${course.urlPath}/`)).status).toBe(200);

    // It is taken away from readers, and then from everybody.
    await review.goHome(COURSE);
    const leaving = new LeavingPages(hand);
    await leaving.unpublish(course.shortId);
    expect(await out()).toBe(0);
    await leaving.archive(`Made to be put away, by ${way}`);
    expect((await studio.call('GET /api/v1/sites/:site', { params: { site: course.name } })).archive).not.toBeNull();

    // All of it is written down.
    const audit = new AuditPage(hand);
    await audit.visit();
    await audit.ofSite(course.name);
    for (const did of [/published what was reviewed/, /took a site offline/, /archived a site/]) await audit.entries().filter({ hasText: 'Ada Admin' }).filter({ hasText: did }).first().waitFor();
    const told = await studio.call('GET /api/v1/audit', { query: { site: course.name } });
    expect(await audit.entries().count()).toBe(told.entries.length);
    journeys.expectNoFaults(hand);
  });
});
