import { buildPath } from '../lib/routeMatch.ts';
import { routes as words } from '../words/pages.ts';

/**
 * Every page of the studio. `access` says who meets the page rather than a refusal; the server decides what it holds.
 * The list names no components, so that tests can read it.
 */
export const pages = [
  { name: 'signIn', pattern: '/sign-in', title: words.signIn, access: 'anyone' },
  { name: 'start', pattern: '/', title: words.sites, access: 'signedIn' },
  { name: 'sites', pattern: '/sites', title: words.sites, access: 'signedIn' },
  { name: 'newSite', pattern: '/new-site', title: words.newSite, access: 'signedIn' },
  { name: 'madeSite', pattern: '/new-site/:site', title: words.yourNewSite, access: 'signedIn' },
  { name: 'site', pattern: '/sites/:site', title: words.site, access: 'signedIn' },
  { name: 'review', pattern: '/sites/:site/reviews/:run', title: words.review, access: 'signedIn' },
  { name: 'content', pattern: '/sites/:site/content/:kind', title: words.content, access: 'signedIn' },
  { name: 'newItem', pattern: '/sites/:site/content/:kind/new', title: words.newItem, access: 'signedIn' },
  { name: 'item', pattern: '/sites/:site/items/:item', title: words.item, access: 'signedIn' },
  { name: 'itemHistory', pattern: '/sites/:site/items/:item/history', title: words.historyOfItem, access: 'signedIn' },
  { name: 'drive', pattern: '/sites/:site/drive', title: words.googleDrive, access: 'signedIn' },
  { name: 'deletions', pattern: '/sites/:site/deletions', title: words.deletions, access: 'signedIn' },
  { name: 'videos', pattern: '/sites/:site/videos', title: words.videos, access: 'signedIn' },
  { name: 'links', pattern: '/sites/:site/links', title: words.links, access: 'signedIn' },
  { name: 'sitePeople', pattern: '/sites/:site/people', title: words.peopleOfSite, access: 'signedIn' },
  { name: 'account', pattern: '/account', title: words.yourAccount, access: 'signedIn' },
  { name: 'siteAudit', pattern: '/sites/:site/audit', title: words.history, access: 'signedIn' },
  { name: 'runs', pattern: '/runs', title: words.runs, access: 'signedIn' },
  { name: 'run', pattern: '/runs/:run', title: words.run, access: 'signedIn' },
  { name: 'mailPreferences', pattern: '/account/mail', title: words.mails, access: 'signedIn' },
  { name: 'people', pattern: '/admin/people', title: words.peopleAndRoles, access: 'admin' },
  { name: 'person', pattern: '/admin/people/:person', title: words.person, access: 'admin' },
  { name: 'siteSettings', pattern: '/sites/:site/settings', title: words.settings, access: 'admin' },
  { name: 'adminSites', pattern: '/admin/sites', title: words.allSites, access: 'admin' },
  { name: 'deletedItems', pattern: '/admin/deleted-items', title: words.deletedItems, access: 'admin' },
  { name: 'starters', pattern: '/admin/starters', title: words.starters, access: 'admin' },
  { name: 'starter', pattern: '/admin/starters/:starter', title: words.starter, access: 'admin' },
  { name: 'allVideos', pattern: '/admin/videos', title: words.videos, access: 'admin' },
  { name: 'schedules', pattern: '/admin/schedules', title: words.scheduledPublishes, access: 'admin' },
  { name: 'recurring', pattern: '/admin/recurring', title: words.recurringWork, access: 'admin' },
  { name: 'jobs', pattern: '/admin/jobs', title: words.jobs, access: 'admin' },
  { name: 'audit', pattern: '/admin/audit', title: words.auditLog, access: 'admin' },
  { name: 'massPublishes', pattern: '/admin/mass-publishes', title: words.massPublish, access: 'admin' },
  { name: 'massPublish', pattern: '/admin/mass-publishes/:run', title: words.massPublish, access: 'admin' },
  { name: 'mail', pattern: '/admin/mail', title: words.mail, access: 'admin' },
  { name: 'system', pattern: '/admin/system', title: words.system, access: 'admin' },
  { name: 'admin', pattern: '/admin', title: words.system, access: 'admin' },
  { name: 'notFound', pattern: '*', title: words.pageNotFound, access: 'signedIn' },
] as const satisfies readonly { readonly name: string; readonly pattern: string; readonly title: string; readonly access: 'anyone' | 'signedIn' | 'admin' }[];

export type Page = (typeof pages)[number];
export type PageName = Page['name'];

/** The address of a page, such as `pathTo('site', { site: 'algebra' })`. */
export function pathTo(name: Exclude<PageName, 'notFound'>, params: Readonly<Record<string, string>> = {}, query: Readonly<Record<string, string | undefined>> = {}): string {
  const page = pages.find((candidate) => candidate.name === name);
  if (page === undefined) throw new Error(`There is no page ${name}`);
  return buildPath(page.pattern, params, query);
}
