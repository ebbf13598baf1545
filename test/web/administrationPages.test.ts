import { describe, expect, test } from 'vitest';
import { pathTo } from '../../web/src/pages/routes.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

describe.skipIf(chromium === undefined)('the administration of sites and starters', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit, posts } = studio;
  const settings = pathTo('siteSettings', { site: 'matrix-methods' });

  test('leads from the list to a site’s settings, saves what was changed and says what follows', async () => {
    await visit(pathTo('adminSites'));
    await studio.tab.getByRole('list', { name: 'Sites', exact: true }).getByRole('link', { name: 'Matrix Methods' }).first().click();
    const title = studio.tab.getByLabel('Title', { exact: true });
    await title.fill('Matrix Methods II');
    expect(await studio.tab.getByLabel('Short id', { exact: true }).isDisabled()).toBe(true);
    await studio.tab.getByRole('button', { name: 'Save', exact: true }).click();
    await studio.tab.getByText('The title in the site’s metadata stays as it is.').waitFor();
    expect(studio.api.siteAdmin.changes).toEqual([{ title: 'Matrix Methods II', acceptMisfits: false }]);
  });

  test('archives a site only after it was asked whether somebody is sure, and brings it back', async () => {
    await visit(settings);
    await studio.tab.getByRole('button', { name: 'Archive …' }).click();
    await studio.tab.getByLabel('Why (others read it)').fill('Made twice.');
    expect(await posts()).toEqual([]);
    await studio.tab.getByRole('button', { name: 'Archive the site' }).click();
    await studio.tab.getByText('Its repository at GitHub is being closed to writers.').waitFor();
    await studio.tab.getByText('Made twice.').waitFor();
    studio.api.siteAdmin.archive = studio.api.siteAdmin.archive === null ? null : { ...studio.api.siteAdmin.archive, step: null, isRepositoryClosed: true };
    await visit(settings);
    await studio.tab.getByRole('button', { name: 'Bring the site back' }).click();
    await studio.tab.getByText('It is being brought back').waitFor();
  });

  test('says why a site cannot be archived, and where it is taken offline', async () => {
    studio.api.siteAdmin.whyNotArchive = { message: 'Readers see the site. Take it offline first, then archive it.', mayUnpublish: true };
    await visit(settings);
    await studio.tab.getByText('Readers see the site.').waitFor();
    expect(await studio.tab.getByRole('button', { name: 'Archive …' }).count()).toBe(0);
    expect(await studio.tab.getByRole('link', { name: 'Take it offline on its page' }).getAttribute('href')).toBe('/sites/matrix-methods');
  });

  test('shows what is wrong with an edit of a starter by line, and keeps it as a patch', async () => {
    await visit(pathTo('starter', { starter: studio.api.siteAdmin.starter.slug }));
    await studio.tab.getByLabel('Configuration', { exact: true }).fill('collections:\n- label: ""\n');
    await studio.tab.getByRole('button', { name: 'Check it' }).click();
    await studio.tab.getByText('Line 4:').waitFor();
    await studio.tab.getByRole('button', { name: 'Keep the edit' }).click();
    await studio.tab.getByRole('link', { name: /^Download .*\.patch$/ }).waitFor();
  });

  test('brings back what is deleted in any site', async () => {
    await visit(pathTo('deletedItems'));
    const list = studio.tab.getByRole('list', { name: 'Deleted items' });
    await list.getByRole('button', { name: /^Bring back\s+Old syllabus$/ }).click();
    await expect.poll(() => list.getByRole('listitem').count()).toBe(1);
  });
});
