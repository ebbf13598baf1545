import { describe, expect, it } from 'vitest';
import { MassPublishPage, RecurringPage, SystemPage } from '#test/support/pages/adminPages.ts';
import { HomePage } from '#test/support/pages/homePage.ts';
import { RunsPage } from '#test/support/pages/runsPage.ts';
import { SignInPage } from '#test/support/pages/signInPage.ts';
import { granted, noBrowser, useJourneys, ways } from '#test/support/pages/useJourneys.ts';
import { importSample, type SampleSite } from '#test/support/sampleCourse.ts';
import { until } from '#test/support/until.ts';

const COURSE = 'How Bridges Stand';

describe.skipIf(noBrowser !== undefined)(`an operator in a browser${noBrowser ?? ''}`, { timeout: 600_000 }, () => {
  const sites = new Map<string, SampleSite>();
  const journeys = useJourneys(async (studio) => {
    await granted(studio, 'ada@example.edu', 'global_admin');
    for (const way of ways) sites.set(way, await importSample(studio, `by-${way}`));
  });

  it.each(ways)('finds by %s why a publish failed, has it mended and goes on', async (way) => {
    const { studio } = journeys;
    const site = sites.get(way);
    if (site === undefined) throw new Error(`There is no site for ${way}`);
    // An author writes what Hugo refuses, and publishes it.
    const { items } = await studio.call('GET /api/v1/sites/:site/items', { params: { site: site.name }, query: { type: 'page', search: 'problem-set-1', limit: 5 } });
    const [broken] = items;
    if (broken?.title == null) throw new Error('The course has no page to break');
    const ada = await studio.signIn('ada');
    const page = await ada('GET /api/v1/sites/:site/items/:item', { params: { site: site.name, item: broken.textId } });
    await ada('PATCH /api/v1/sites/:site/items/:item', { params: { site: site.name, item: broken.textId }, body: { revision: page.revision, markdown: `First line.\n\n{{< no_such_shortcode >}}\n` } });
    const failed = await studio.untilRun((await studio.publish(site.name, 'draft')).id);
    expect(failed.state).toBe('failed');

    const hand = await journeys.open(way);
    await new SignInPage(hand).as('ada');
    const runs = new RunsPage(hand);
    await runs.visit();
    await runs.ofSite(site.name);
    await runs.inState('Failed');
    const run = await runs.openOnly();
    expect(hand.tab.url()).toContain(failed.id);

    // The sentence says why, and where.
    const reason = run.problems().first();
    await reason.getByText(/no_such_shortcode/).waitFor();
    expect(await reason.innerText()).toContain(`${page.path}:`);
    const { address, workflowId } = await run.inTemporal();
    expect(workflowId).toBe(failed.workflowId);
    expect(address).toContain(`/namespaces/${studio.stack.temporalNamespace}/workflows/${encodeURIComponent(workflowId)}`);
    expect((await fetch(address)).status).toBe(200);

    // Once more is the same commit once more, which the page says beside the reason.
    await hand.tab.getByText('A retry builds the same commit once more.', { exact: false }).waitFor();
    await run.retry();
    await until('the publish failed once more', async () => {
      const again = await studio.getRun(failed.id);
      return again.state === 'failed' && again.endedAt !== failed.endedAt;
    }, { withinMs: 240_000 });

    // It is mended where it was written, and goes out with the next publish.
    const editor = await run.openItem(broken.title);
    await editor.fill('Body', 'Mended by the operator.');
    await editor.save(page.revision + 2);
    await editor.home(COURSE);
    await new HomePage(hand).publish('Staging');
    expect((await studio.getRun(failed.id)).state).toBe('superseded');
    const out = await studio.objects(studio.stack.buckets.preview, `${site.urlPath}/pages/problem-set-1/`);
    expect(out.get(`${site.urlPath}/pages/problem-set-1/index.html`)?.body.toString('utf8')).toContain('Mended by the operator.');

    // Many sites as one action, looked at first.
    const mass = new MassPublishPage(hand);
    await mass.visit();
    await mass.look([site.name, 'no-such-site']);
    await hand.tab.getByRole('alert').getByText('There is no site named ‘no-such-site’.').waitFor();
    const question = await mass.look([site.name]);
    await question.getByText(`Publish 1 draft site`).waitFor();
    const before = await studio.query<{ id: string }>('select id from mass_publishes');
    await mass.begin();
    const made = await studio.query<{ id: string }>('select id from mass_publishes');
    expect(made.length).toBe(before.length + 1);
    expect(await studio.query(`select s.name, m.state from mass_publish_sites m join sites s on s.id = m.site_id where m.mass_publish_id <> all($1)`, [before.map(({ id }) => id)])).toEqual([{ name: site.name, state: 'succeeded' }]);

    // Work that repeats itself rests, and goes on.
    const recurring = new RecurringPage(hand);
    await recurring.visit();
    const { schedules } = await ada('GET /api/v1/engine-schedules', {});
    const resting = schedules.find((schedule) => schedule.isSetUp && schedule.paused === null);
    if (resting === undefined) throw new Error('Nothing repeats itself here');
    const now = async () => (await ada('GET /api/v1/engine-schedules', {})).schedules.find(({ id }) => id === resting.id);
    await recurring.pause(resting.title, `While I look, by ${way}`);
    expect((await now())?.paused).toMatchObject({ reason: expect.stringContaining(`While I look, by ${way}`) as string });
    await recurring.resume(resting.title);
    expect((await now())?.paused).toBeNull();

    const system = new SystemPage(hand);
    await system.visit();
    await system.lookAgain();
    const told = (await ada('GET /api/v1/system', {})).parts;
    await system.parts().nth(told.length - 1).waitFor();
    for (const { name, ok } of told) await system.parts().filter({ hasText: name }).getByText(ok ? 'Well' : 'Away', { exact: true }).first().waitFor();
    journeys.expectNoFaults(hand);
  });
});
