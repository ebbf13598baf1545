import type { Page as Tab } from 'playwright-core';
import type { RouteKey } from '../../../api/contracts/index.ts';
import { type PageName, pathTo } from '../../../web/src/pages/routes.ts';
import type { FixtureApi } from './fixtureApi.ts';

/** The site with everything, and the one that was just made. */
const FULL = { site: 'matrix-methods' };
const FRESH = { site: 'ocw-ci-test-course' };
const SYLLABUS = { ...FULL, item: 'f1a0e7a4-0000-4000-8000-000000000001' };

/** What somebody writes on a page, and sends just as their session has ended. */
export interface Written {
  /** Leads to the field, and fills it. */
  readonly write: (tab: Tab, text: string) => Promise<void>;
  /** The field, which must hold its text. */
  readonly field: string;
  readonly text: string;
  readonly button: string;
  readonly sends: RouteKey;
}

/** The states a page has, each reached by what the studio answers. */
export interface PageStates {
  readonly path: string | ((api: FixtureApi) => string);
  /** What the page asks first: kept back, refused or cut off, it decides what the page can show. */
  readonly ask: RouteKey;
  /** A text that stands on the page once it has everything. */
  readonly filled: string | RegExp;
  /** Shown while the answer is on its way: that the page is busy, or the page itself, which needs no answer to be used. */
  readonly loading: 'busy' | 'usable';
  /** What it says where there is nothing yet, and what to do; otherwise why there is no such state. */
  readonly empty: { readonly says: RegExp; readonly path?: string; readonly prepare?: (api: FixtureApi) => void } | { readonly never: string };
  /** What would be lost with the session; none where nothing can be written. */
  readonly written?: Written;
}

const label = (tab: Tab, name: string) => tab.locator('main').getByLabel(name, { exact: true });
/** Fills the field, after the others that have to be filled as well. */
const into = (name: string, others: Readonly<Record<string, string>> = {}): Pick<Written, 'write' | 'field'> => ({
  field: name,
  write: async (tab, text) => {
    for (const [other, value] of Object.entries(others)) await label(tab, other).fill(value);
    await label(tab, name).fill(text);
  },
});
const reviewOf = (api: FixtureApi, state: string): string => {
  const review = api.world.reviews.map((detail) => detail.review).find((one) => one.state === state && one.needsApproval);
  return review === undefined ? '' : pathTo('review', { site: review.site.name, run: review.runId });
};

/** What is known of every page but those that only say that there is none. */
export const pageStates: Readonly<Record<Exclude<PageName, 'start' | 'admin' | 'notFound'>, PageStates>> = {
  signIn: { path: pathTo('signIn'), ask: 'GET /api/v1/sign-in', filled: 'Sign in', loading: 'usable', empty: { says: /No sign-in service is set up here yet/ } },
  sites: {
    path: pathTo('sites'),
    ask: 'GET /api/v1/sites',
    filled: 'Circuits and Electronics',
    loading: 'busy',
    empty: { says: /Create the first one.*, or import/, prepare: (api) => void (api.world.sites = []) },
  },
  newSite: {
    path: pathTo('newSite'),
    ask: 'GET /api/v1/starters',
    filled: 'PK–12, for schools',
    loading: 'usable',
    empty: { says: /Ask an admin of the studio to read the starters/ },
    written: { ...into('Title', { 'Short id': 'bridges-2026' }), text: 'A course on bridges', button: 'Create the site', sends: 'POST /api/v1/sites' },
  },
  madeSite: { path: pathTo('madeSite', FULL), ask: 'GET /api/v1/sites/:site/newest-runs', filled: 'Go to the site’s home', loading: 'busy', empty: { never: 'What a site gets is known before it is there.' } },
  site: { path: pathTo('site', FULL), ask: 'GET /api/v1/sites/:site', filled: 'For readers with a disability', loading: 'busy', empty: { path: pathTo('site', FRESH), says: /The site is empty\. Begin with Pages/ } },
  review: {
    path: (api) => reviewOf(api, 'waiting'),
    ask: 'GET /api/v1/reviews/:run',
    filled: 'Old syllabus',
    loading: 'busy',
    empty: { never: 'A review without a difference says so in its first sentence, and is decided like any other.' },
    written: {
      field: 'Why it shall not go out',
      write: async (tab, text) => {
        const field = label(tab, 'Why it shall not go out');
        if ((await field.count()) === 0) await tab.getByRole('button', { name: 'Reject …' }).click();
        await field.fill(text);
      },
      text: 'The midterm is on another day.',
      button: 'Reject',
      sends: 'POST /api/v1/reviews/:run/reject',
    },
  },
  content: { path: pathTo('content', { ...FULL, kind: 'page' }), ask: 'GET /api/v1/sites/:site/kinds', filled: 'Syllabus', loading: 'busy', empty: { path: pathTo('content', { ...FRESH, kind: 'page' }), says: /Add the first page/ } },
  newItem: {
    path: pathTo('newItem', { ...FULL, kind: 'page' }),
    ask: 'GET /api/v1/sites/:site/kinds',
    filled: 'Nothing written yet',
    loading: 'busy',
    empty: { never: 'It is a form.' },
    written: { ...into('Title', { Description: 'When we are there' }), text: 'Office hours', button: 'Add page', sends: 'POST /api/v1/sites/:site/items' },
  },
  item: {
    path: pathTo('item', SYLLABUS),
    ask: 'GET /api/v1/sites/:site/items/:item',
    filled: 'Everything is saved',
    loading: 'busy',
    empty: { never: 'It is a form.' },
    written: { ...into('Title'), text: 'Syllabus of spring', button: 'Save', sends: 'PATCH /api/v1/sites/:site/items/:item' },
  },
  itemHistory: { path: pathTo('itemHistory', SYLLABUS), ask: 'GET /api/v1/sites/:site/items/:item', filled: /Revision 4/, loading: 'busy', empty: { never: 'An item has the revision that made it.' } },
  drive: { path: pathTo('drive', FULL), ask: 'GET /api/v1/sites/:site/drive', filled: 'lecture.mp4', loading: 'busy', empty: { path: pathTo('drive', FRESH), says: /A sync makes a resource of each file there/ } },
  deletions: { path: pathTo('deletions', FULL), ask: 'GET /api/v1/sites/:site/deletions', filled: 'Quiz 1', loading: 'busy', empty: { path: pathTo('deletions', FRESH), says: /A resource comes here when somebody deletes it/ } },
  videos: { path: pathTo('videos', FULL), ask: 'GET /api/v1/sites/:site/videos', filled: 'Lecture 3', loading: 'busy', empty: { path: pathTo('videos', FRESH), says: /Put video files into the folder ‘videos_final’/ } },
  links: { path: pathTo('links', FULL), ask: 'GET /api/v1/sites/:site/links', filled: 'Two New Sciences', loading: 'busy', empty: { path: pathTo('links', FRESH), says: /All links are checked each week/ } },
  sitePeople: {
    path: pathTo('sitePeople', FULL),
    ask: 'GET /api/v1/sites/:site/people',
    filled: 'Olga Rivera',
    loading: 'busy',
    empty: { path: pathTo('sitePeople', FRESH), says: /Nobody yet: global admins look after it/ },
    written: { ...into('E-mail address'), text: 'new@example.edu', button: 'Invite', sends: 'POST /api/v1/sites/:site/people' },
  },
  account: {
    path: pathTo('account'),
    ask: 'GET /api/v1/account',
    filled: 'What you asked for',
    loading: 'busy',
    empty: { says: /Open the address of one, and ask there for access/ },
    written: { ...into('Name'), text: 'weekly reports', button: 'Make a token', sends: 'POST /api/v1/tokens' },
  },
  siteAudit: { path: pathTo('siteAudit', FULL), ask: 'GET /api/v1/sites/:site/audit', filled: 'Lee Sandoval', loading: 'busy', empty: { path: pathTo('siteAudit', FRESH), says: /Publishes, roles, approvals and deletions of the site appear here/ } },
  runs: { path: pathTo('runs'), ask: 'GET /api/v1/runs', filled: 'Quantum Physics I', loading: 'busy', empty: { says: /Open a site to publish it/ } },
  run: {
    path: (api) => pathTo('run', { run: api.world.runs.find((run) => run.state === 'failed')?.id ?? '' }),
    ask: 'GET /api/v1/runs/:run',
    filled: 'content/pages/syllabus.md',
    loading: 'busy',
    empty: { never: 'A run has its facts from its first moment.' },
  },
  mailPreferences: { path: pathTo('mailPreferences'), ask: 'GET /api/v1/me/mail-preferences', filled: 'Videos and captions', loading: 'busy', empty: { never: 'The groups of mails are the same for everybody.' } },
  people: {
    path: pathTo('people'),
    ask: 'GET /api/v1/people',
    filled: 'Olga Rivera',
    loading: 'busy',
    empty: { never: 'Who looks is in the list.' },
    written: { ...into('E-mail address', { Site: 'matrix-methods' }), text: 'new@example.edu', button: 'Give the role', sends: 'POST /api/v1/grants' },
  },
  person: {
    path: (api) => pathTo('person', { person: api.people.people.find(({ name }) => name === 'Olga Rivera')?.id ?? '' }),
    ask: 'GET /api/v1/people/:person',
    filled: 'What waits on Olga Rivera',
    loading: 'busy',
    empty: { never: 'A person has a name and an address; each part of the page says by itself that there is nothing.' },
    written: { ...into('Site'), text: 'matrix-methods', button: 'Give the role', sends: 'POST /api/v1/grants' },
  },
  siteSettings: {
    path: pathTo('siteSettings', FULL),
    ask: 'GET /api/v1/sites/:site/settings',
    filled: 'What follows from the rest',
    loading: 'busy',
    empty: { never: 'Every site has settings.' },
    written: { ...into('Title'), text: 'Matrix Methods, again', button: 'Save', sends: 'PATCH /api/v1/sites/:site/settings' },
  },
  adminSites: { path: pathTo('adminSites'), ask: 'GET /api/v1/admin/sites', filled: 'Circuits and Electronics', loading: 'busy', empty: { says: /Create the first one/, prepare: (api) => void (api.world.sites = []) } },
  deletedItems: { path: pathTo('deletedItems'), ask: 'GET /api/v1/admin/deleted-items', filled: 'Old syllabus', loading: 'busy', empty: { says: /What people delete in any site comes here/ } },
  starters: { path: pathTo('starters'), ask: 'GET /api/v1/starters', filled: 'OCW Course v1', loading: 'busy', empty: { says: /Read them from the projects repository to begin/ } },
  starter: {
    path: (api) => pathTo('starter', { starter: api.siteAdmin.starter.slug }),
    ask: 'GET /api/v1/starters/:starter',
    filled: 'Where it comes from',
    loading: 'busy',
    empty: { never: 'A starter that was read has its kinds; one without a reading says so.' },
    written: { ...into('Name'), text: 'Course, second form', button: 'Save', sends: 'PATCH /api/v1/starters/:starter' },
  },
  allVideos: { path: pathTo('allVideos'), ask: 'GET /api/v1/videos', filled: /Lecture 4/, loading: 'busy', empty: { says: /No video of any site waits for a person/ } },
  schedules: { path: pathTo('schedules'), ask: 'GET /api/v1/schedules', filled: 'Mathematics for Computer Science', loading: 'busy', empty: { says: /Review the changes of a site to set a time for them/ } },
  recurring: {
    path: pathTo('recurring'),
    ask: 'GET /api/v1/engine-schedules',
    filled: 'Import sync',
    loading: 'busy',
    empty: { never: 'The studio has its recurring work from the first start.' },
    written: {
      field: 'Why does it rest?',
      write: async (tab, text) => {
        const field = label(tab, 'Why does it rest?');
        if ((await field.count()) === 0) await tab.getByRole('button', { name: 'Pause … Reconcile' }).click();
        await field.fill(text);
      },
      text: 'Until the move is over.',
      button: 'Pause it',
      sends: 'POST /api/v1/engine-schedules/:schedule/pause',
    },
  },
  jobs: { path: pathTo('jobs'), ask: 'GET /api/v1/engine-schedules', filled: 'Link check', loading: 'busy', empty: { never: 'What can be begun by hand is always the same.' } },
  audit: { path: pathTo('audit'), ask: 'GET /api/v1/audit', filled: 'Lee Sandoval', loading: 'busy', empty: { says: /The first sign-in, role or publish appears here/ } },
  massPublishes: {
    path: pathTo('massPublishes'),
    ask: 'GET /api/v1/mass-publishes',
    filled: '1 of 2 sites is out, 1 failed',
    loading: 'busy',
    empty: { says: /Choose above which sites to publish/ },
  },
  massPublish: {
    path: (api) => pathTo('massPublish', { run: api.massPublish.id }),
    ask: 'GET /api/v1/mass-publishes/:run',
    filled: 'Hugo could not build the site.',
    loading: 'busy',
    empty: { says: /They appear here as soon as the sites are chosen/, prepare: (api) => void (api.world.sites = []) },
  },
  mail: { path: pathTo('mail'), ask: 'GET /api/v1/mails', filled: 'One that came back', loading: 'busy', empty: { says: /What the studio writes to people, such as that a publish went out, is listed here/ } },
  system: { path: pathTo('system'), ask: 'GET /api/v1/system', filled: 'Engine (Temporal)', loading: 'busy', empty: { never: 'The parts of the system are always the same.' } },
};
