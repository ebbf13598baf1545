import { beforeEach, describe, expect, test } from 'vitest';
import { contracts, type RouteKey } from '../../api/contracts/index.ts';
import { pages, pathTo } from '../../web/src/pages/routes.ts';
import { xssCorpus } from '../support/xssCorpus.ts';
import { PoisonAnswers } from './support/poisonAnswers.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';
import { detectXss, strangeElements, vectorsOn, type XssDetector } from './support/xssDetector.ts';

const site = 'matrix-methods';
const SYLLABUS = 'f1a0e7a4-0000-4000-8000-000000000001';
const LINK = 'f1a0e7a4-0000-4000-8000-000000000003';

describe.skipIf(chromium === undefined)('what authors write and other services answer runs in no page', { timeout: 300_000 }, () => {
  const studio = useStudioTab();
  let poison: PoisonAnswers;
  let detector: XssDetector;

  /** Everything that is in the world, with vectors in every text. With `bypassCSP` the policy that would stop them is off: it is the second line. */
  async function begin(bypassCSP: boolean): Promise<void> {
    await studio.open({ bypassCSP, reducedMotion: 'reduce' });
    detector = await detectXss(studio.tab.context());
    poison = new PoisonAnswers();
    studio.api.rewrite = (key, schema, answer) => poison.of(key, schema, answer);
  }

  beforeEach(() => {
    const { api } = studio;
    api.drafts.others = [{ id: '0198c5de-0000-7000-8000-0000000000b1', name: 'Lee', since: new Date().toISOString(), actedBy: 'Ada' }];
    const page = api.world.items.get(SYLLABUS);
    if (page !== undefined) api.world.items.set(SYLLABUS, { ...page, markdown: xssCorpus.map(({ kind, text }) => (kind === 'formula' ? `\\\\(${text}\\\\)` : text)).join('\n\n') });
    for (const [index, { text }] of xssCorpus.entries()) {
      // Long lists of files, items and people would be as many pages: each of these is one line.
      if (index % 4 === 0) api.content.add({ type: 'page', title: text.slice(0, 250), metadata: { description: text }, filename: `page-${index}` });
    }
    api.content.add({ textId: 'a0000000-0000-4000-8000-000000000001', type: 'resource', title: 'Figure', file: 'courses/x/figure.png', metadata: { resourcetype: 'Image', image_metadata: { 'image-alt': 'An alt', caption: 'A caption' } } });
    api.content.add({ textId: 'a0000000-0000-4000-8000-000000000002', type: 'video_gallery', title: 'Gallery', metadata: { videos: { content: [SYLLABUS], website: site } } });
    api.content.add({ textId: 'metadata', type: 'metadata', title: null, metadata: { course_title: 'Course', topics: [['Mathematics']] } });
    api.content.add({ textId: 'navmenu', type: 'navmenu', title: null, metadata: { leftnav: [{ identifier: SYLLABUS, name: 'Syllabus', weight: 10 }] } });
  });

  /** Every page of the router’s list. */
  function addresses(): string[] {
    const { api } = studio;
    const values: Record<string, string[]> = {
      run: [...new Set(api.world.runs.map(({ state }) => state))].map((state) => pathTo('run', { run: api.world.runs.find((run) => run.state === state)?.id ?? '' })),
      massPublish: [pathTo('massPublish', { run: api.massPublish.id })],
      review: api.world.reviews.slice(0, 3).map(({ review }) => pathTo('review', { site: review.site.name, run: review.runId })),
      item: [SYLLABUS, LINK, 'a0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000002', 'metadata', 'navmenu'].map((item) => pathTo('item', { site, item })),
      content: ['page', 'resource', 'video_gallery', 'navmenu'].map((kind) => pathTo('content', { site, kind })),
      newItem: ['page', 'resource'].map((kind) => pathTo('newItem', { site, kind })),
      videos: [pathTo('videos', { site })],
      links: [`${pathTo('links', { site })}?status=`],
      drive: [pathTo('drive', { site })],
      deletions: [pathTo('deletions', { site }, { state: 'all' })],
      itemHistory: [pathTo('itemHistory', { site, item: SYLLABUS }, { revision: '3' })],
      sitePeople: [pathTo('sitePeople', { site })],
      person: api.people.people.slice(0, 2).map((person) => pathTo('person', { person: person.id })),
      siteAudit: [pathTo('siteAudit', { site })],
      siteSettings: [pathTo('siteSettings', { site })],
      starter: [pathTo('starter', { starter: api.siteAdmin.starter.slug })],
      site: api.world.sites.slice(0, 5).map((one) => pathTo('site', { site: one.name })),
      madeSite: [pathTo('madeSite', { site })],
      notFound: [`/${encodeURIComponent('<img src=x onerror=xss(16)>')}`],
      sites: ['/sites', `/sites?search=${encodeURIComponent('"><img src=x onerror=xss(16)>')}`],
      signIn: [`/sign-in?error=refused&returnTo=${encodeURIComponent('javascript:xss(64)')}`],
    };
    return pages.flatMap((page) => values[page.name] ?? [page.pattern]);
  }

  /** Opens what a page keeps closed, without asking anybody for anything. */
  async function unfold(): Promise<void> {
    await studio.tab.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
      for (const button of document.querySelectorAll<HTMLElement>('main button[aria-expanded="false"]')) button.click();
    });
  }

  async function look(path: string, seen: Set<number>): Promise<string[]> {
    await studio.visit(path);
    await studio.tab.waitForLoadState('networkidle');
    await unfold();
    await studio.tab.waitForLoadState('networkidle');
    const here = await vectorsOn(studio.tab);
    for (const id of here) seen.add(id);
    const found = await strangeElements(studio.tab);
    const [ran, stopped] = [[...detector.fired], detector.violations.splice(0)];
    detector.fired.clear();
    return [...found, ...ran.map((id) => `vector ${id} ran: ${xssCorpus.find((vector) => vector.id === id)?.text ?? ''}`), ...stopped.map((what) => `the policy had to stop ${what}`)].map((line) => `${path}: ${line}`);
  }

  test.each([
    ['without the policy that would stop it', true],
    ['and the policy has nothing to stop', false],
  ])('%s', async (_words, bypassCSP) => {
    await begin(bypassCSP);
    const found: string[] = [];
    const seen = new Set<number>();
    const harmless: string[] = [];
    for (const path of addresses()) {
      const before = seen.size;
      found.push(...(await look(path, seen)));
      if ((await vectorsOn(studio.tab)).length === 0) harmless.push(path);
      expect(seen.size).toBeGreaterThanOrEqual(before);
    }
    expect(found).toEqual([]);
    // Pages that show nobody’s text, and no more of them.
    expect(harmless).toEqual([]);
    // An address that leads nowhere stands in no link, and not everywhere beside one.
    expect(xssCorpus.filter(({ id, kind }) => !seen.has(id) && kind !== 'address').map(({ text }) => text)).toEqual([]);
  });

  test('nor in what a page says when the API refuses', async () => {
    await begin(true);
    const found: string[] = [];
    const seen = new Set<number>();
    const usual = new Set<RouteKey>(['GET /api/v1/me', 'GET /api/v1/features', 'GET /api/v1/telemetry', 'GET /api/v1/events', 'GET /api/v1/sign-in']);
    for (const key of Object.keys(contracts) as RouteKey[]) if (key.startsWith('GET') && !usual.has(key)) studio.api.refusals.set(key, { code: 'forbidden', message: `No. ${poison.next(4)}` });
    for (const path of addresses()) found.push(...(await look(path, seen)));
    expect(found).toEqual([]);
    expect(seen.size).toBeGreaterThan(100);
  });

  test('nor in the palette, the pickers, a draft that is offered, a conflict and those who edit beside one', async () => {
    await begin(true);
    const { api, tab } = studio;
    const found: string[] = [];
    const seen = new Set<number>();
    const note = async (where: string): Promise<void> => {
      await tab.waitForLoadState('networkidle');
      for (const id of await vectorsOn(tab)) seen.add(id);
      found.push(...(await strangeElements(tab)).map((line) => `${where}: ${line}`), ...[...detector.fired].map((id) => `${where}: vector ${id} ran`));
    };
    await studio.visit(pathTo('site', { site }));
    await tab.keyboard.press('Control+k');
    await tab.getByRole('combobox', { name: 'Go to a site, a page or an item' }).fill('img');
    await tab.getByRole('option').first().waitFor();
    await note('the palette');
    expect(seen.size).toBeGreaterThan(0);

    api.drafts.drafts.set(`${site}/${SYLLABUS}`, { edit: '00000000-0000-4000-8000-00000000d001', counter: 2, revision: 4, fields: { title: poison.next(2), metadata: { description: poison.next(3) }, markdown: xssCorpus.map(({ text }) => text).join('\n\n') }, keptAt: new Date().toISOString() });
    await studio.visit(pathTo('item', { site, item: SYLLABUS }));
    await tab.getByRole('button', { name: /^Go on with your draft/ }).waitFor();
    await note('a draft that is offered');
    api.drafts.drafts.clear();

    await studio.visit(pathTo('item', { site, item: SYLLABUS }));
    await tab.locator('#field-title').fill('Mine');
    api.drafts.save(api.world, SYLLABUS, { title: `Theirs ${poison.next(3)}`, markdown: xssCorpus.map(({ text }) => text).join('\n\n') }, { id: '0198c5de-0000-7000-8000-0000000000a2', name: `Lee ${poison.next(2)}` });
    await tab.getByRole('button', { name: 'Save', exact: true }).first().click();
    await tab.getByRole('heading', { name: /saved this while you wrote$/ }).waitFor();
    await note('a conflict');
    expect(found).toEqual([]);
    expect(seen.size).toBeGreaterThan(xssCorpus.length / 2);
  });
});
