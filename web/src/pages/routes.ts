import { buildPath } from '../lib/routeMatch.ts';

/**
 * Every page of the studio. `access` says who meets the page rather than a refusal; the server decides what it holds.
 * The list names no components, so that tests can read it.
 */
export const pages = [
  { name: 'signIn', pattern: '/sign-in', title: 'Sign in', access: 'anyone' },
  { name: 'start', pattern: '/', title: 'Sites', access: 'signedIn' },
  { name: 'sites', pattern: '/sites', title: 'Sites', access: 'signedIn' },
  { name: 'newSite', pattern: '/new-site', title: 'New site', access: 'signedIn' },
  { name: 'madeSite', pattern: '/new-site/:site', title: 'Your new site', access: 'signedIn' },
  { name: 'site', pattern: '/sites/:site', title: 'Site', access: 'signedIn' },
  { name: 'review', pattern: '/sites/:site/reviews/:run', title: 'Review', access: 'signedIn' },
  { name: 'content', pattern: '/sites/:site/content/:kind', title: 'Content', access: 'signedIn' },
  { name: 'newItem', pattern: '/sites/:site/content/:kind/new', title: 'New item', access: 'signedIn' },
  { name: 'item', pattern: '/sites/:site/items/:item', title: 'Item', access: 'signedIn' },
  { name: 'itemHistory', pattern: '/sites/:site/items/:item/history', title: 'History of an item', access: 'signedIn' },
  { name: 'drive', pattern: '/sites/:site/drive', title: 'Google Drive', access: 'signedIn' },
  { name: 'deletions', pattern: '/sites/:site/deletions', title: 'Deletions', access: 'signedIn' },
  { name: 'videos', pattern: '/sites/:site/videos', title: 'Videos', access: 'signedIn' },
  { name: 'links', pattern: '/sites/:site/links', title: 'Links', access: 'signedIn' },
  { name: 'sitePeople', pattern: '/sites/:site/people', title: 'People of a site', access: 'signedIn' },
  { name: 'account', pattern: '/account', title: 'Your account', access: 'signedIn' },
  { name: 'siteAudit', pattern: '/sites/:site/audit', title: 'History', access: 'signedIn' },
  { name: 'runs', pattern: '/runs', title: 'Runs', access: 'signedIn' },
  { name: 'run', pattern: '/runs/:run', title: 'Run', access: 'signedIn' },
  { name: 'mailPreferences', pattern: '/account/mail', title: 'Mails', access: 'signedIn' },
  { name: 'people', pattern: '/admin/people', title: 'People and roles', access: 'admin' },
  { name: 'person', pattern: '/admin/people/:person', title: 'Person', access: 'admin' },
  { name: 'siteSettings', pattern: '/sites/:site/settings', title: 'Settings', access: 'admin' },
  { name: 'adminSites', pattern: '/admin/sites', title: 'All sites', access: 'admin' },
  { name: 'deletedItems', pattern: '/admin/deleted-items', title: 'Deleted items', access: 'admin' },
  { name: 'starters', pattern: '/admin/starters', title: 'Starters', access: 'admin' },
  { name: 'starter', pattern: '/admin/starters/:starter', title: 'Starter', access: 'admin' },
  { name: 'allVideos', pattern: '/admin/videos', title: 'Videos', access: 'admin' },
  { name: 'schedules', pattern: '/admin/schedules', title: 'Scheduled publishes', access: 'admin' },
  { name: 'recurring', pattern: '/admin/recurring', title: 'Recurring work', access: 'admin' },
  { name: 'jobs', pattern: '/admin/jobs', title: 'Jobs', access: 'admin' },
  { name: 'audit', pattern: '/admin/audit', title: 'Audit log', access: 'admin' },
  { name: 'massPublishes', pattern: '/admin/mass-publishes', title: 'Mass publish', access: 'admin' },
  { name: 'massPublish', pattern: '/admin/mass-publishes/:run', title: 'Mass publish', access: 'admin' },
  { name: 'mail', pattern: '/admin/mail', title: 'Mail', access: 'admin' },
  { name: 'system', pattern: '/admin/system', title: 'System', access: 'admin' },
  { name: 'admin', pattern: '/admin', title: 'System', access: 'admin' },
  { name: 'notFound', pattern: '*', title: 'Page not found', access: 'signedIn' },
] as const satisfies readonly { readonly name: string; readonly pattern: string; readonly title: string; readonly access: 'anyone' | 'signedIn' | 'admin' }[];

export type Page = (typeof pages)[number];
export type PageName = Page['name'];

/** The address of a page, such as `pathTo('site', { site: 'algebra' })`. */
export function pathTo(name: Exclude<PageName, 'notFound'>, params: Readonly<Record<string, string>> = {}, query: Readonly<Record<string, string | undefined>> = {}): string {
  const page = pages.find((candidate) => candidate.name === name);
  if (page === undefined) throw new Error(`There is no page ${name}`);
  return buildPath(page.pattern, params, query);
}
