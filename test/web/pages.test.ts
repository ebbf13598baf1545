import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page as Tab } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { pages, pathTo } from '../../web/src/pages/routes.ts';
import type { FixtureApi } from './support/fixtureApi.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';
import { ended, phasesOf, place, runOf } from './support/world.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(chromium === undefined)('the studio in a browser', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit, focused, posts } = studio;
  let api: FixtureApi;
  let tab: Tab;

  beforeEach(() => {
    ({ api, tab } = studio);
  });

  /** Opens another tab instead. */
  async function open(options: Parameters<typeof studio.open>[0]): Promise<void> {
    await studio.open(options);
    ({ tab } = studio);
  }
  const runWith = (state: string): string => api.world.runs.find((run) => run.state === state && run.phases.length > 0)?.id ?? '';
  const runBy = (builder: string): string => api.world.runs.find((run) => run.builder === builder)?.id ?? '';
  const staging = () => tab.getByRole('region', { name: /^Staging/ });
  const production = () => tab.getByRole('region', { name: /^Production/ });

  /** Every page of the router's list, in each state that looks different. */
  function addresses(): string[] {
    const values: Record<string, string[]> = {
      run: [...['running', 'failed', 'succeeded'].map(runWith), runBy('concourse')].map((run) => pathTo('run', { run })),
      massPublish: [pathTo('massPublish', { run: api.massPublish.id })],
      review: api.world.reviews.map(({ review }) => pathTo('review', { site: review.site.name, run: review.runId })),
      item: [...api.world.items.keys()].map((item) => pathTo('item', { site: 'matrix-methods', item })),
      content: [...['page', 'resource', 'video_gallery', 'navmenu'].map((kind) => pathTo('content', { site: 'matrix-methods', kind })), pathTo('content', { site: 'matrix-methods', kind: 'page' }, { state: 'deleted' })],
      newItem: ['page', 'resource'].map((kind) => pathTo('newItem', { site: 'matrix-methods', kind })),
      videos: [...['', 'waiting', 'ended'].map((state) => pathTo('videos', { site: 'matrix-methods' }, { state })), pathTo('videos', { site: 'ocw-ci-test-course' })],
      links: [pathTo('links', { site: 'matrix-methods' }), `${pathTo('links', { site: 'matrix-methods' })}?status=`, `${pathTo('links', { site: 'matrix-methods' })}?status=&offset=50`],
      drive: [...['', 'removed', 'kept'].map((outcome) => pathTo('drive', { site: 'matrix-methods' }, { outcome })), pathTo('drive', { site: 'ocw-ci-test-course' }), pathTo('drive', { site: 'ocw-www' })],
      deletions: [...['open', 'all'].map((state) => pathTo('deletions', { site: 'matrix-methods' }, { state })), pathTo('deletions', { site: 'ocw-ci-test-course' })],
      itemHistory: ['', '3'].map((revision) => pathTo('itemHistory', { site: 'matrix-methods', item: 'f1a0e7a4-0000-4000-8000-000000000001' }, { revision })),
      sitePeople: [pathTo('sitePeople', { site: 'matrix-methods' })],
      person: api.people.people.slice(0, 3).map((person) => pathTo('person', { person: person.id })),
      siteAudit: [pathTo('siteAudit', { site: 'matrix-methods' }), pathTo('siteAudit', { site: 'matrix-methods' }, { kind: 'spend' })],
      jobs: [pathTo('jobs'), pathTo('jobs', {}, { site: 'matrix-methods' })],
      audit: [pathTo('audit'), pathTo('audit', {}, { person: 'nobody at all' })],
      siteSettings: [pathTo('siteSettings', { site: 'matrix-methods' })],
      starter: [pathTo('starter', { starter: api.siteAdmin.starter.slug })],
      site: [...api.world.sites.slice(0, 6).map((site) => pathTo('site', { site: site.name })), pathTo('site', { site: 'matrix-methods' }, { version: 'live' })],
      madeSite: [pathTo('madeSite', { site: 'matrix-methods' }), pathTo('madeSite', { site: 'ocw-ci-test-course' })],
      notFound: ['/nowhere'],
      sites: ['/sites', '/sites?search=nothing-has-this-name', '/sites?only=favourites'],
      signIn: ['/sign-in', '/sign-in?error=refused&returnTo=%2Fruns'],
    };
    return pages.flatMap((page) => values[page.name] ?? [page.pattern]);
  }

  test.each(['light', 'dark'] as const)('no page has a serious fault for people with disabilities (%s)', { timeout: 240_000 }, async (colorScheme) => {
    await open({ colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
    const found: string[] = [];
    for (const path of addresses()) {
      await visit(path);
      await tab.evaluate(axe);
      const violations = await tab.evaluate(async () => {
        const { axe: tool } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } };
        return (await tool.run({ resultTypes: ['violations'] })).violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
      });
      found.push(...violations.map((line) => `${path}: ${line}`));
    }
    expect(found).toEqual([]);
  });

  test('no page scrolls sideways on a phone', async () => {
    await open({ viewport: { width: 390, height: 844 } });
    const wide: string[] = [];
    for (const path of addresses()) {
      await visit(path);
      const over = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) wide.push(`${path} is ${over} px too wide`);
    }
    expect(wide).toEqual([]);
  });

  test('a move that ended says what it did, how many files went, and what is left to people', async () => {
    const site = api.site('mathematics-for-computer-science');
    const result = { from: 'courses/a', to: 'courses/b', removedFiles: 74, removed: ['courses/a/x.pdf'], redirectPages: 54, redirectLine: '/courses/a/* → /courses/b/:splat 301', byHand: ['Add this line to the CDN’s redirect table: /courses/a/* → /courses/b/:splat 301'] };
    const run = runOf(site, 'live', { process: 'change-site-url', title: 'Move', version: null, phases: [], ...ended({ phases: [], result }) });
    api.world.runs.unshift(run);
    await visit(`/runs/${run.id}`);
    await tab.getByRole('heading', { level: 1, name: `Move: ${site.title}` }).waitFor();
    await tab.getByText('Left to do by hand').waitFor();
    await tab.getByRole('listitem').filter({ hasText: ':splat 301' }).waitFor();
    expect((await tab.locator('dl.facts').textContent())?.replace(/\s+/g, ' ')).toContain('Removed files74');
  });

  test('one publishes with the keyboard alone and follows the timeline to its end', async () => {
    const site = api.site('ocw-ci-test-course');
    await visit('/sites');
    await tab.keyboard.press('/');
    await tab.keyboard.type('CI test');
    await tab.getByText('1 site found').waitFor();
    await tab.keyboard.press('Tab');
    for (let turns = 0; turns < 20 && (await focused()) !== site.title; turns += 1) await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    await tab.getByRole('heading', { level: 1, name: site.title }).waitFor();
    expect(await tab.title()).toBe(`${site.title} · OCW Studio`);
    await expect.poll(focused).toBe(site.title);

    await tab.keyboard.press('p');
    expect(await focused()).toBe('Publish to Staging');
    await tab.keyboard.press('Enter');
    await staging().getByText('Asked for').waitFor();

    const run = runOf(site, 'draft', { phases: phasesOf('freeze') });
    place(api.world, site, run, { state: 'running', waiting: [] });
    api.tell({ kind: 'run', site: site.name, runId: run.id });
    await staging().getByRole('listitem').filter({ hasText: 'Freeze the content' }).filter({ hasText: 'Running' }).waitFor();

    run.phases = phasesOf('build');
    api.tell({ kind: 'run', site: site.name, runId: run.id });
    await staging().locator('li[aria-current=step]', { hasText: 'Build with Hugo' }).waitFor();

    Object.assign(run, ended());
    place(api.world, site, run, { state: 'published', publishedAt: new Date().toISOString(), url: 'http://draft.example.edu/courses/ocw-ci-test-course/', hasUnpublishedChanges: false });
    api.tell({ kind: 'run', site: site.name, runId: run.id });
    await staging().getByText('12 of 1,933 files changed, 4.1 MB').waitFor();
    await staging().getByRole('link', { name: 'draft.example.edu/courses/ocw-ci-test-course/' }).waitFor();
    expect(await tab.locator('[data-announcer]').textContent()).toBe('Staging: Published');
  });

  test('publishing live asks first, in place, and Escape goes back to the button', async () => {
    await visit('/sites/mathematics-for-computer-science');
    await tab.keyboard.press('Shift+P');
    await tab.keyboard.press('Enter');
    await production().getByRole('group', { name: 'Put this in front of readers?' }).waitFor();
    await expect.poll(focused).toBe('Publish to Production now');
    await tab.keyboard.press('Escape');
    await expect.poll(focused).toBe('Publish to Production');
    expect(api.asked.filter((line) => line.startsWith('POST'))).toEqual([]);

    await tab.keyboard.press('Enter');
    await expect.poll(focused).toBe('Publish to Production now');
    await tab.keyboard.press('Enter');
    await production().getByText('Asked for').waitFor();
    expect(api.asked.filter((line) => line.startsWith('POST'))).toEqual(['POST /api/v1/sites/mathematics-for-computer-science/publishes']);
  });

  test('requests that wait, an engine that is away and a limit of GitHub are told in words', async () => {
    await visit('/sites/matrix-methods');
    await staging().getByText('2 more requests wait').waitFor();
    await staging().getByText('They go out together in one pass when this one ends.').waitFor();
    await visit('/sites/circuits-and-electronics');
    await staging().getByText('Waiting for the engine').waitFor();
    await visit('/sites/quantum-physics-i');
    await production().getByText(/^GitHub is limiting us\. Trying again in \d+ s \(3rd try\)\.$/).waitFor();
  });

  test('a failed build shows each fault with its file and line, and retry goes on', async () => {
    await visit('/sites/introduction-to-probability-and-statistics');
    const faults = staging().getByRole('list', { name: 'What is wrong' }).getByRole('listitem');
    expect((await faults.allTextContents()).map((line) => line.replace(/\s+/g, ' ').trim())).toEqual([
      'content/pages/syllabus.md:14: failed to extract shortcode: template for shortcode "resorce_link" not found',
      'layouts/partials/course_banner.html:3: nil pointer evaluating page.Page.Params in the theme',
    ]);
    await staging().getByRole('button', { name: 'Retry' }).click();
    await staging().getByRole('button', { name: 'Cancel run' }).waitFor();
  });

  test('what the API refuses is said where it was asked', async () => {
    api.refusals.set('POST /api/v1/sites/:site/publishes', { code: 'databaseUnavailable', message: 'The studio’s database does not answer. Try again in a moment.' });
    await visit('/sites/ocw-ci-test-course');
    await staging().getByRole('button', { name: 'Publish to Staging' }).click();
    await staging().getByRole('alert').filter({ hasText: 'The studio’s database does not answer.' }).waitFor();
    api.refusals.set('POST /api/v1/grants', { code: 'validation', message: 'The request is not as it should be.', issues: [{ path: 'body.email', message: 'Invalid email address' }] });
    await visit('/admin/people');
    await tab.getByLabel('E-mail address').fill('somebody@example.edu');
    await tab.getByLabel('Role', { exact: true }).selectOption('global_author');
    await tab.getByRole('button', { name: 'Give the role' }).click();
    await tab.getByRole('alert').filter({ hasText: 'Invalid email address' }).waitFor();
  });

  test('what is missing or closed is told apart, with the reason', async () => {
    await visit('/sites/no-such-site');
    await tab.getByRole('heading', { name: 'There is no such site' }).waitFor();
    api.refusals.set('GET /api/v1/sites/:site', { code: 'forbidden', message: 'You have no role on this site. Ask its owner to add you.' });
    await visit('/sites/matrix-methods');
    await tab.getByRole('heading', { name: 'This site is not open to you' }).waitFor();
    await tab.getByText('You have no role on this site. Ask its owner to add you.').waitFor();
    if (api.world.me !== null) api.world.me = { ...api.world.me, roles: [], can: { seeAllSites: false, inspect: false, importSites: false, syncStarters: false, syncImports: false, chooseBuilders: false, grant: false } };
    await visit('/admin/people');
    await tab.getByText('The administration is for global admins of the studio.', { exact: false }).waitFor();
    expect(await tab.getByRole('link', { name: 'Admin', exact: true }).count()).toBe(0);
  });

  test('an editor sees why live is not theirs to publish', async () => {
    api.site('matrix-methods').can = { publishDraft: true, publishLive: false, publishLiveAtOnce: false, review: true, inspect: false, unpublish: false };
    await visit('/sites/matrix-methods');
    await production().getByText('An owner or admin of the site publishes to Production. Review the changes and ask for their approval.').waitFor();
    expect(await production().getByRole('button', { name: /^Publish/ }).count()).toBe(0);
  });

  test('Back returns to the same spot of the list', async () => {
    for (let copy = 0; copy < 13; copy += 1) api.world.sites.push({ ...api.site('ocw-ci-test-course'), name: `copy-${copy}`, title: `Copy ${copy}` });
    await visit('/sites');
    await tab.getByRole('link', { name: 'Copy 12' }).scrollIntoViewIfNeeded();
    await tab.mouse.wheel(0, 2_000);
    await expect.poll(() => tab.evaluate(() => window.scrollY)).toBeGreaterThan(200);
    const before = await tab.evaluate(() => window.scrollY);
    await tab.getByRole('link', { name: 'Copy 12' }).click();
    await tab.getByRole('heading', { level: 1, name: 'Copy 12' }).waitFor();
    expect(await tab.evaluate(() => window.scrollY)).toBe(0);
    await tab.goBack();
    await expect.poll(() => tab.evaluate(() => window.scrollY)).toBe(before);
  });

  test('the shortcuts are listed under ?, and can be switched off', async () => {
    // The browser closes it a moment after the key; until then keys belong to the dialog.
    const closeDialog = async (): Promise<void> => {
      await tab.keyboard.press('Escape');
      await tab.getByRole('dialog').waitFor({ state: 'hidden' });
    };
    await visit('/sites');
    await tab.keyboard.press('?');
    await tab.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByText('Go to the runs').waitFor();
    await closeDialog();
    await tab.keyboard.press('g');
    await tab.keyboard.press('r');
    await tab.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
    await tab.keyboard.press('?');
    await tab.getByLabel('Single keys do something in this browser').uncheck();
    await closeDialog();
    await tab.keyboard.press('g');
    await tab.keyboard.press('s');
    await tab.keyboard.press('?');
    expect(await tab.getByRole('dialog').count()).toBe(0);
    expect(new URL(tab.url()).pathname).toBe('/runs');
  });

  test('a copy of an installation is adopted only after a question', async () => {
    api.world.system = { ...api.world.system, outwardEffects: false, installation: 'production' };
    await visit('/admin/system');
    await tab.getByRole('button', { name: 'Adopt this installation' }).click();
    await tab.getByRole('button', { name: 'Adopt it now' }).click();
    await tab.getByText('This studio acts on the outside world').waitFor();
  });

  test('a starter that is gone from the repository says so, and what it means for its sites', async () => {
    await visit('/admin/starters');
    const item = tab.getByRole('list', { name: 'Starters' }).getByRole('listitem').filter({ hasText: 'OCW Course v1' });
    await item.getByText('No longer in the projects repository').waitFor();
    expect(await item.innerText()).toContain('Its 3 sites go on with the configuration read before.');
    expect(await tab.getByText('No longer in the projects repository').count()).toBe(1);
  });

  test('the starters are read again, and the run that does it can be followed', async () => {
    await visit('/admin/starters');
    await tab.getByRole('button', { name: 'Read the starters again' }).click();
    await tab.getByRole('link', { name: 'See how it goes' }).waitFor();
  });

  test('every earlier publish can be shown again, what readers see now cannot', async () => {
    await visit('/sites/matrix-methods');
    await production().getByText('Earlier publishes').click();
    const items = production().getByRole('list', { name: 'Earlier publishes to Production' }).getByRole('listitem');
    await expect.poll(() => items.count()).toBe(4);
    const offered = await Promise.all((await items.all()).map((item) => item.getByRole('button', { name: /^Show this again/ }).count()));
    expect(offered).toEqual([1, 0, 1, 1]);
    await items.nth(1).getByText('Out now').waitFor();
    expect(await items.nth(2).innerText()).toMatch(/Ada Okafor and Lee Sandoval, that of .* again, 12 files changed and 1 file removed, commit 4be01c2/);
    expect(await items.nth(0).innerText()).toContain('nothing differed');
    expect(await items.nth(3).getByRole('link', { name: /^Preview of the publish of/ }).getAttribute('href')).toContain('.preview.example.edu');
    await items.nth(3).getByRole('button').press('Enter');
    await expect.poll(focused).toBe('Show this again');
    await tab.keyboard.press('Escape');
    await expect.poll(focused).toMatch(/^Show this again: the publish of/);
    expect(posts()).toEqual([]);
    await tab.keyboard.press('Enter');
    await expect.poll(focused).toBe('Show this again');
    await tab.keyboard.press('Enter');
    await expect.poll(posts).toEqual(['POST /api/v1/sites/matrix-methods/rollbacks']);
  });

  test('a publish by Concourse says what it lacks, one of our own does not', async () => {
    await visit(pathTo('run', { run: runBy('concourse') }));
    await tab.getByText('Concourse, not the studio, builds and uploads this publish').waitFor();
    expect(await tab.getByRole('list', { name: 'What a publish by Concourse lacks' }).getByRole('listitem').count()).toBe(5);
    await visit(pathTo('run', { run: runWith('running') }));
    await tab.getByText('The studio’s own workers', { exact: true }).waitFor();
    expect(await tab.getByRole('list', { name: 'What a publish by Concourse lacks' }).count()).toBe(0);
  });

  test('an admin hands a site to Concourse after a question, and others only read what builds it', async () => {
    await visit('/sites/matrix-methods');
    const builder = tab.getByRole('region', { name: 'Builder' });
    await builder.getByRole('button', { name: 'Hand it to Concourse …' }).press('Enter');
    await expect.poll(focused).toBe('Hand it to Concourse');
    expect(posts()).toEqual([]);
    await tab.keyboard.press('Enter');
    await builder.getByText('What its publishes lack').waitFor();
    await expect.poll(focused).toBe('Take it back from Concourse …');
    expect(posts()).toEqual(['PUT /api/v1/sites/matrix-methods/builder']);
    // What a publish there would change nobody can say before.
    await expect.poll(() => tab.getByRole('button', { name: 'Review changes' }).count()).toBe(0);
    if (api.world.me !== null) api.world.me = { ...api.world.me, can: { ...api.world.me.can, chooseBuilders: false } };
    await visit('/sites/matrix-methods');
    await builder.getByText('Concourse', { exact: true }).waitFor();
    expect(await builder.getByRole('button').count()).toBe(0);
  });

  test('the system page says what builds sites, and copies the import bucket', async () => {
    api.world.system = { ...api.world.system, builder: { usual: 'temporal', hasConcourse: true, others: { total: 12, first: [{ name: 'matrix-methods', title: 'Matrix Methods' }] } } };
    await visit('/admin/system');
    await tab.getByText('The studio’s own workers publish every site but 12, which Concourse publishes.').waitFor();
    expect(await tab.getByRole('list', { name: 'Sites with another builder' }).getByRole('listitem').allInnerTexts()).toEqual(['Matrix Methods', 'and 11 more']);
    const bucket = tab.getByRole('region', { name: 'Import bucket' });
    await bucket.getByText('12 files of 3,204 copied, 4.1 MB').waitFor();
    await bucket.getByRole('link', { name: 'Open this copy' }).waitFor();
    await bucket.getByRole('button', { name: 'Copy the import bucket now' }).click();
    await expect.poll(posts).toEqual(['POST /api/v1/import-syncs']);
  });

  test('the links of a site are shown broken ones first, and lead to the item and its copy', async () => {
    await visit(pathTo('site', { site: 'matrix-methods' }));
    await tab.getByRole('link', { name: 'Links', exact: true }).click();
    const list = tab.getByRole('list', { name: 'Links' });
    await list.getByText('The page answered 404 twice in a row.').waitFor();
    expect(await list.getByRole('listitem').count()).toBe(1);
    expect(await list.getByRole('link', { name: /^Archived copy/ }).getAttribute('href')).toBe('https://web.archive.org/web/20260101000000/https://example.edu/galileo');
    await tab.getByRole('link', { name: 'All links' }).click();
    await list.getByText('Its name cannot be found.').waitFor();
    expect(await list.getByRole('listitem').count()).toBe(4);
    await list.getByRole('link', { name: 'Two New Sciences', exact: true }).click();
    const panel = tab.getByRole('region', { name: 'Link' });
    await panel.getByText('Broken').waitFor();
    await panel.getByText('It has a copy.').waitFor();
  });

  test('the links of a site are checked and archived by their buttons', async () => {
    await visit(pathTo('links', { site: 'matrix-methods' }));
    await tab.getByRole('button', { name: 'Check now' }).click();
    await tab.getByRole('link', { name: 'Follow it' }).waitFor();
    await tab.getByRole('button', { name: 'Archive now' }).click();
    await expect.poll(posts).toEqual(['POST /api/v1/sites/matrix-methods/link-checks', 'POST /api/v1/sites/matrix-methods/link-archivings']);
  });

  test('operators see how much there is to do for links, and the day’s captures', async () => {
    await visit('/admin/system');
    const links = tab.getByRole('region', { name: 'External links' });
    await links.getByText('21,400, 310 of them broken').waitFor();
    await links.getByText('640 queued, 7 being captured, 3 looked for').waitFor();
    await links.getByText('4,210 captures today of 30,000; 7 at work.').waitFor();
  });

  test('a problem leads to the item where it is mended', async () => {
    const run = api.world.runs.find(({ state }) => state === 'failed');
    run?.problems.push({ message: 'The text names an item that the site does not have.', file: 'content/pages/syllabus.md', item: { site: 'introduction-to-probability-and-statistics', textId: 'f1a0e7a4-0000-4000-8000-000000000001', title: 'Syllabus' } });
    await visit(pathTo('run', { run: run?.id ?? '' }));
    await tab.getByRole('list', { name: 'What is wrong' }).getByRole('link', { name: '‘Syllabus’' }).click();
    await tab.getByRole('heading', { level: 1, name: 'Syllabus' }).waitFor();
    await tab.getByText('f1a0e7a4-0000-4000-8000-000000000001').waitFor();
    await tab.getByText('Lectures: 2 sessions / week').waitFor();
  });

  test('a site is taken offline once its short id is typed, after it was shown what names it', async () => {
    api.site('matrix-methods').can = { ...api.site('matrix-methods').can, unpublish: true };
    await visit('/sites/matrix-methods');
    const card = tab.getByRole('region', { name: 'Unpublish', exact: true });
    await card.getByRole('button', { name: 'Unpublish …' }).click();
    await card.getByText('Our picks').waitFor();
    expect(await card.getByRole('heading', { level: 3 }).textContent()).toBe('1 place of another site refers to it');
    const field = card.getByRole('textbox');
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    await field.fill('something else');
    await field.press('Enter');
    expect(api.asked.filter((asked) => asked.startsWith('POST'))).toEqual([]);
    await tab.keyboard.press('Escape');
    await card.getByRole('button', { name: 'Unpublish …' }).click();
    await field.fill(api.site('matrix-methods').shortId);
    await card.getByRole('button', { name: 'Unpublish now' }).click();
    const offline = tab.getByRole('region', { name: 'Unpublished' });
    await offline.getByText(/Unpublished .* by Ada Okafor/).waitFor();
    expect(api.asked.filter((asked) => asked.startsWith('POST'))).toEqual(['POST /api/v1/sites/matrix-methods/unpublish']);
    expect(await offline.getByRole('button').count()).toBe(0);
    // The form went with its answer, and now the card goes with all that is in it: one is never nowhere.
    const focused = (): Promise<string> => tab.evaluate(() => `${document.activeElement?.tagName ?? ''} ${document.activeElement?.textContent ?? ''}`);
    await expect.poll(focused).toBe('H2 Unpublished');
    api.site('matrix-methods').unpublished = null;
    api.tell({ kind: 'site', site: 'matrix-methods', runId: null });
    await offline.waitFor({ state: 'detached' });
    await expect.poll(focused).toMatch(/^H1 /);
  });
});
