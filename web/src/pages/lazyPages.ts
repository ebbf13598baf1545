import type { Component } from 'svelte';
import type { PageName } from './routes.ts';

type Params = Readonly<Record<string, string>>;
type Props = Record<string, unknown>;

/** A page that is loaded when somebody goes there, and what it is given of its address. */
export interface LazyPage {
  readonly load: () => Promise<{ readonly default: Component<Props> }>;
  readonly props: (params: Params) => Props;
}

/** Props are checked where the page is named; from here on they are any. */
function page<P extends Props>(load: () => Promise<{ readonly default: Component<P> }>, props: (params: Params) => P): LazyPage {
  return { load: load as unknown as LazyPage['load'], props };
}

const none = (): Record<string, never> => ({});
const ofSite = (params: Params): { site: string } => ({ site: params['site'] ?? '' });

/** Pages that are part of what is loaded first: where one begins, and what needs no more than a sentence. */
export type FirstPage = 'signIn' | 'start' | 'sites' | 'notFound';

export const lazyPages: Readonly<Record<Exclude<PageName, FirstPage>, LazyPage>> = {
  newSite: page(() => import('./NewSitePage.svelte'), () => ({ made: undefined })),
  madeSite: page(() => import('./NewSitePage.svelte'), (params) => ({ made: params['site'] })),
  site: page(() => import('./SitePage.svelte'), (params) => ({ name: params['site'] ?? '' })),
  runs: page(() => import('./RunsPage.svelte'), none),
  content: page(() => import('./ContentPage.svelte'), (params) => ({ ...ofSite(params), kind: params['kind'] ?? '' })),
  newItem: page(() => import('./NewItemPage.svelte'), (params) => ({ ...ofSite(params), kind: params['kind'] ?? '' })),
  item: page(() => import('./ItemPage.svelte'), (params) => ({ ...ofSite(params), id: params['item'] ?? '' })),
  itemHistory: page(() => import('./ItemHistoryPage.svelte'), (params) => ({ ...ofSite(params), id: params['item'] ?? '' })),
  deletions: page(() => import('./DeletionsPage.svelte'), ofSite),
  drive: page(() => import('./DrivePage.svelte'), ofSite),
  videos: page(() => import('./VideosPage.svelte'), ofSite),
  links: page(() => import('./LinksPage.svelte'), ofSite),
  review: page(() => import('./ReviewPage.svelte'), (params) => ({ ...ofSite(params), id: params['run'] ?? '' })),
  run: page(() => import('./RunPage.svelte'), (params) => ({ id: params['run'] ?? '' })),
  sitePeople: page(() => import('./SitePeoplePage.svelte'), ofSite),
  account: page(() => import('./AccountPage.svelte'), none),
  person: page(() => import('./PersonPage.svelte'), (params) => ({ id: params['person'] ?? '' })),
  mailPreferences: page(() => import('./MailPreferencesPage.svelte'), none),
  mail: page(() => import('./MailPage.svelte'), none),
  people: page(() => import('./PeoplePage.svelte'), none),
  starters: page(() => import('./StartersPage.svelte'), none),
  starter: page(() => import('./StarterPage.svelte'), (params) => ({ slug: params['starter'] ?? '' })),
  adminSites: page(() => import('./AdminSitesPage.svelte'), none),
  siteSettings: page(() => import('./SiteSettingsPage.svelte'), ofSite),
  deletedItems: page(() => import('./DeletedItemsPage.svelte'), none),
  allVideos: page(() => import('./AllVideosPage.svelte'), none),
  schedules: page(() => import('./SchedulesPage.svelte'), none),
  recurring: page(() => import('./RecurringPage.svelte'), none),
  jobs: page(() => import('./JobsPage.svelte'), none),
  audit: page(() => import('./AuditPage.svelte'), none),
  siteAudit: page(() => import('./SiteAuditPage.svelte'), ofSite),
  massPublishes: page(() => import('./MassPublishesPage.svelte'), none),
  massPublish: page(() => import('./MassPublishPage.svelte'), (params) => ({ id: params['run'] ?? '' })),
  system: page(() => import('./SystemPage.svelte'), none),
  admin: page(() => import('./SystemPage.svelte'), none),
};
