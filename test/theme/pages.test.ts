import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HtmlValidate } from 'html-validate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesBelow } from '#test/support/corpus.ts';
import { buildSampleSites, samplePath, type SampleSites } from './support/buildSite.ts';

interface Page {
  readonly path: string;
  readonly html: string;
}

const values = (html: string, pattern: RegExp): string[] => [...html.matchAll(pattern)].map((match) => (match[1] ?? '').replaceAll('&amp;', '&'));
const idsOf = (html: string): string[] => values(html, /\sid="([^"]+)"/g);

describe('the pages of the sample sites', () => {
  let sites: SampleSites;
  let pages: Page[];
  const page = (path: string): string => pages.find((candidate) => candidate.path === join(path, 'index.html').slice(1))?.html ?? '';

  beforeAll(async () => {
    sites = await buildSampleSites();
    pages = filesBelow(sites.folder).filter((file) => file.path.endsWith('.html')).map((file) => ({ path: file.path, html: file.bytes.toString('utf8') }));
  });
  afterAll(() => sites.close());

  it('are valid HTML', async () => {
    const validator = new HtmlValidate({
      root: true,
      extends: ['html-validate:recommended'],
      // What Hugo leaves at the ends of lines, no reader sees; how long a title is, authors decide.
      rules: { 'no-trailing-whitespace': 'off', 'long-title': 'off' },
    });
    const faults: string[] = [];
    for (const { path, html } of pages) {
      const report = await validator.validateString(html);
      for (const message of report.results.flatMap((result) => result.messages)) faults.push(`${path}:${message.line}:${message.column} ${message.ruleId}: ${message.message}`);
    }
    expect(pages.length).toBeGreaterThan(60);
    expect(faults).toEqual([]);
  });

  it('need no script and hold none', () => {
    expect(pages.filter(({ html }) => /<script\b|\son[a-z]+="|href="javascript:/i.test(html)).map(({ path }) => path)).toEqual([]);
  });

  it('link only to what is there', () => {
    const dead: string[] = [];
    let links = 0;
    for (const { path, html } of pages) {
      const from = new URL(path.replace(/index\.html$/, ''), 'http://site.invalid/');
      for (const link of values(html, /\s(?:href|src|poster)="([^"]*)"/g)) {
        const url = new URL(link, from);
        if (url.origin !== from.origin) continue;
        links += 1;
        const file = decodeURIComponent(url.pathname).slice(1) + (url.pathname.endsWith('/') ? 'index.html' : '');
        // An address without extension is sent on to the one with a slash.
        const found = [file, `${file}/index.html`].find((candidate) => existsSync(join(sites.folder, candidate)) && /\.[a-z0-9]+$/i.test(candidate));
        if (found === undefined) dead.push(`${path} -> ${link}`);
        else if (url.hash !== '') {
          const target = pages.find((candidate) => candidate.path === (url.pathname === from.pathname ? path : found));
          if (target !== undefined && !idsOf(target.html).includes(url.hash.slice(1))) dead.push(`${path} -> ${link}`);
        }
      }
    }
    expect(links).toBeGreaterThan(1_000);
    expect(dead).toEqual([]);
  });

  it('have one first heading, skip no level and name their language', () => {
    const faults = pages.flatMap(({ path, html }) => {
      const levels = values(html, /<h([1-6])\b/g).map(Number);
      const skips = levels.some((level, index) => level > (levels[index - 1] ?? 0) + 1);
      return levels.filter((level) => level === 1).length === 1 && !skips && /<html lang="en-us">/.test(html) ? [] : [`${path}: ${levels.join(' ')}`];
    });
    expect(faults).toEqual([]);
  });

  it('show where one is in the menu and on the way there', () => {
    const beams = page(`${samplePath}/pages/lecture-2-beams`);
    expect(beams.match(/aria-current="page"/g)).toHaveLength(2);
    expect(beams).toContain('<a href="/courses/sample-course/pages/lecture-2-beams/" aria-current="page">Beams</a>');
    // The branch one is in stands open, the others do not.
    expect(beams).toMatch(/<a href="[^"]*\/pages\/lecture-notes\/">Lecture Notes<\/a><details open><summary>/);
    expect(beams).toMatch(/<a href="[^"]*\/pages\/assignments\/">Assignments<\/a><details><summary>/);
    expect(beams.replace(/\s*\n\s*/g, '')).toContain(
      '<nav class="breadcrumbs" aria-label="Breadcrumbs"><ol><li><a href="/courses/sample-course/">How Bridges Stand</a></li><li><a href="/courses/sample-course/pages/lecture-notes/">Lecture Notes</a></li><li aria-current="page">Lecture 2: Beams</li></ol></nav>',
    );
  });

  it('tell on a course’s home page what the course is', () => {
    const home = page(samplePath).replace(/\s*\n\s*/g, '');
    expect(home).toContain('<title>How Bridges Stand | OpenCourseWare</title>');
    expect(home).toContain('<link rel="canonical" href="https://ocw.example.org/courses/sample-course/">');
    expect(home).toContain('<p class="eyebrow">1.B01 (2.B01) · Fall 2025 · Undergraduate, High School</p>');
    expect(home).toContain('<dt>Instructors</dt><dd>Prof. Amara K. Osei</dd><dd>Dr. Mei Tanaka</dd>');
    expect(home).toContain('<dt>Departments</dt><dd>Civil and Environmental Engineering</dd><dd>Mechanical Engineering</dd>');
    expect(home).toContain('<dd>Science › Physics › Classical Mechanics</dd>');
    expect(home).toContain('<dd><a href="/courses/sample-course/resources/problem-sets/">Problem Sets</a></dd>');
    expect(home).toContain('<img src="/courses/sample-course/suspension-bridge-at-dusk.png" alt="The dark outline of a suspension bridge before a red evening sky.">');
  });

  it('offer on a video’s page the player with captions, the file, the captions and the transcript', () => {
    const video = page(`${samplePath}/resources/weight-crosses-a-beam`);
    expect(video).toContain('<track kind="captions" src="/courses/sample-course/weight-crosses-a-beam.vtt" srclang="en" label="English">');
    expect(video).toContain('<a class="button" href="/courses/sample-course/weight-crosses-a-beam.mp4">Video</a> <span class="details">MP4 · 77 kB</span>');
    expect(video).toContain('<a class="button" href="/courses/sample-course/weight-crosses-a-beam.vtt">Captions, English</a>');
    expect(video).toContain('<a class="button" href="/courses/sample-course/weight-crosses-a-beam-transcript.pdf">Transcript, English</a>');
    expect(video).toContain('License: <a href="https://creativecommons.org/licenses/by-nc-sa/4.0/" rel="license">CC BY-NC-SA 4.0</a>');
  });

  it('list what an author put on a list, in that order', () => {
    const list = page(`${samplePath}/lists/files`);
    const titles = values(list, /<li class="resource-line">.*?<a href="[^"]*">([^<]*)<\/a>/g);
    expect(titles.length).toBeGreaterThan(2);
    expect(page(`${samplePath}/video_galleries/videos`)).toMatch(/<span class="card-title">A weight crosses a beam<\/span>.*<span class="card-title">The Tacoma Narrows Bridge twists and falls \(1940\)<\/span>/);
  });

  it('show on the root site the courses as they describe themselves, collections, promos, stories and notifications', () => {
    const home = page('/');
    expect(home).toMatch(/<a href="\/courses\/sample-course\/"><img class="card-image" src="[^"]*dusk\.png" alt="" loading="lazy"><span class="card-title">How Bridges Stand<\/span><span class="card-text">1\.B01 · Fall 2025<\/span><\/a>/);
    expect(home).toContain('<section class="notification" aria-label="Welcome">');
    expect(home).toContain('<a class="button" href="/pages/how-to-use/">How to use it</a>');
    expect(home).toContain('<p>I had looked at bridges for ten years before I saw one.</p>');
    expect(home).toContain('<a href="/collections/the-built-world/">The Built World</a>');
    expect(page('/collections/the-built-world')).toContain('<h2>Featured: Start Here</h2>');
    expect(page('/resource_collections/tools-to-take-home')).toMatch(/<a href="\/courses\/sample-course\/resources\/formula-sheet\/">[^<]+<\/a> <span class="details">\d+ kB<\/span>/);
  });
});
