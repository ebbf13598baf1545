import type { FixtureApi } from './fixtureApi.ts';

/** Takes everything out of a studio but the person and one site that was just made. */
export function emptyStudio(api: FixtureApi): void {
  const { world } = api;
  const fresh = api.site('ocw-ci-test-course');
  world.sites = [fresh];
  Object.assign(fresh, { itemCount: 0, sections: fresh.sections.map((section) => ({ ...section, count: 0 })) });
  world.runs = [];
  world.starters = [];
  world.reviews = [];
  world.links = [];
  world.items.clear();
  world.publishes.clear();
  world.signInServices = [];
  api.massPublishes = [];
  api.drive.files = [];
  api.drive.deletions.length = 0;
  api.videos.videos.length = 0;
  api.videos.orders.length = 0;
  api.videos.youtube = { ...api.videos.youtube, buckets: [] };
  Object.assign(api.people, { sitePeople: [], requests: [], tokens: [], own: { sites: [], requests: [] } });
  api.mail.mails = [];
  api.mail.suppressions = [];
  api.admin.entries = [];
  api.siteAdmin.deleted.length = 0;
  api.home.changes = [];
  api.home.findings = [];
}
