import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { applyFindings, cleanItem } from '#domain/cleanup/cleanItem.ts';
import { createCleanupSite } from '#domain/cleanup/cleanupSite.ts';
import type { TextRule } from '#domain/cleanup/cleanupRule.ts';
import { cleanupRules } from '#domain/cleanup/rules.ts';
import { textFieldsOf } from '#domain/cleanup/textFields.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { planImport } from '#domain/importPlan.ts';
import { configItem, parseSiteConfig, type SiteConfig } from '#domain/siteConfig.ts';
import { corpusOrSkip, coursesOf, filesBelow } from '../../support/corpus.ts';

interface Course {
  readonly config: SiteConfig;
  readonly items: readonly ContentItem[];
  readonly siteOf: (items: readonly ContentItem[]) => ReturnType<typeof createCleanupSite>;
}

let read: readonly Course[] | undefined;

function coursesOrSkip(context: TestContext): readonly Course[] {
  const corpus = corpusOrSkip(context);
  const config = parseSiteConfig(readFileSync(join(corpus, 'ocw-hugo-projects/ocw-course-v2/ocw-studio.yaml'), 'utf8'));
  return (read ??= coursesOf(corpus).map((folder) => {
    const plan = planImport({ files: filesBelow(join(corpus, 'courses', folder)), config, folderName: folder, siteId: '' });
    const otherSites = [{ name: 'single', urlPath: 'courses/18-01sc-single-variable-calculus-fall-2010' }];
    const siteOf = (items: readonly ContentItem[]) => createCleanupSite({ name: plan.site.name, urlPath: plan.site.urlPath, isRoot: false, config, items, formerPlaces: [], otherSites, ownHosts: new Set(['ocw.mit.edu']), newIdFor: (url) => `made for ${url}` });
    return { config, items: plan.items.map(({ item }) => item), siteOf };
  }));
}

/** Puts the originals back where the replacements stand. */
function undo(text: string, found: ReturnType<TextRule['find']>): string {
  const replaced = found.filter((finding) => finding.replacement !== null);
  const cleaned = applyFindings(text, found);
  let shift = 0;
  const back = replaced.map(({ start, end, replacement }) => {
    const at = start + shift;
    shift += (replacement?.length ?? 0) - (end - start);
    return { start: at, end: at + (replacement?.length ?? 0), replacement: text.slice(start, end), note: '' };
  });
  return applyFindings(cleaned, back);
}

/** How many items of the real courses each rule changes; the rules that are not named change none. */
const known: Readonly<Record<string, number>> = { baseurl: 243, broken_markdown_link_fix: 2, inaccessible: 5, link_to_external_resource: 13, metadata_relative_urls: 1, rootrelative_urls: 3, subsup: 2 };

test.for(cleanupRules.map((rule) => ({ name: rule.name, rule })))('$name over real courses changes what is known, only there, and nothing a second time', ({ name, rule }, context) => {
  let changed = 0;
  const faults: string[] = [];
  for (const course of coursesOrSkip(context)) {
    const site = course.siteOf(course.items);
    const cleaned = course.items.map((item) => ({ ...item, ...cleanItem(rule, item, course.config, site).set }));
    changed += cleaned.filter((item, index) => item.markdown !== course.items[index]?.markdown || item.metadata !== course.items[index]?.metadata).length;
    const siteAfter = course.siteOf(cleaned);
    for (const item of cleaned) if (cleanItem(rule, item, course.config, siteAfter).set !== null) faults.push(`${item.textId} changes a second time`);
    if (rule.kind !== 'text') continue;
    for (const item of course.items) {
      const kind = configItem(course.config, item.type);
      const field = kind === undefined ? undefined : textFieldsOf(kind).find((candidate) => candidate.path === 'markdown');
      if (field === undefined || !rule.covers(field) || item.markdown === null) continue;
      if (undo(item.markdown, rule.find(item.markdown, { item, field, site })) !== item.markdown) faults.push(`${item.textId} changes outside of what was found`);
    }
  }
  expect(faults).toEqual([]);
  expect(changed).toBe(known[name] ?? 0);
});
