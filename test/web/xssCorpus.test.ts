import katex from 'katex';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { xssCorpus, type XssVector } from '../support/xssCorpus.ts';
import { findChromium, launch } from './support/browser.ts';
import { detectXss, stirFrames } from './support/xssDetector.ts';

const chromium = findChromium();

/** What the most careless renderer makes of Markdown. */
function carelessMarkdown(text: string): string {
  const addresses = new Map([...text.matchAll(/^\[(\w+)\]: <?([^\s>]+)>?/gm)].map(([, name = '', address = '']) => [name, address]));
  return text
    .replace(/^\[\^?\w+\]: (?:<?javascript:.*)?/gm, '')
    .replace(/!\[([^\]]*)\]\(([^)]*\)?)\)/g, '<img alt="$1" src="$2">')
    .replace(/\[((?:[^[\]]|\[[^\]]*\])*)\]\(\s*<?([^\s>]*?)>?(?: "[^)]*")?\)(?=\s(?!")|$|\|)/g, '<a href="$2">$1</a>')
    .replace(/<(javascript:[^>]+)>/g, '<a href="$1">$1</a>')
    .replace(/\[(\w+)\](?:\[(\w+)\])?/g, (whole, text: string, name: string | undefined) => (addresses.has(name ?? text) ? `<a href="${addresses.get(name ?? text) ?? ''}">${text}</a>` : whole));
}

/** What a template makes of a shortcode that trusts its parameters, and of what stands between two. */
function carelessShortcode(text: string): string {
  return text.replace(/\{\{[<%](.*?)[%>]\}\}/gs, (_, inner: string) =>
    [...inner.matchAll(/"((?:[^"\\]|\\.)*)"|`([^`]*)`/g)].map(([, quoted, raw]) => (quoted?.replaceAll('\\"', '"') ?? raw ?? '')).map((value) => `<a href="${value}">${value}</a><iframe title="${value}"></iframe>`).join(''),
  ).replace(/\[(\w+)\]\((javascript:[^ ]*)\)/g, '<a href="$2">$1</a>');
}

/** A page without any care, with the vector where somebody put it. */
function carelessPage({ text, into }: XssVector): string {
  const inScript = (value: string): string => JSON.stringify(value).replaceAll('<', '\\u003c');
  switch (into) {
    case '@markdown':
      return carelessMarkdown(text);
    case '@shortcode':
      return carelessShortcode(text);
    case '@formula':
      return katex.renderToString(text, { trust: true, throwOnError: false, strict: 'ignore', maxExpand: 100 });
    case '@template':
      return `<script>new Function(${inScript(text.replace(/^\{\{|\}\}$/g, ''))})()</script>`;
    case '@text':
      return `<div id=a></div><div id=b></div><script>a.innerHTML = ${inScript(text)}; b.innerHTML = a.textContent</script>`;
    case '@twice':
      return `<div id=a></div><div id=b></div><script>a.innerHTML = ${inScript(text)}; b.innerHTML = a.innerHTML; document.body.insertAdjacentHTML('beforeend', b.innerHTML)</script>`;
    case '@none':
      return '';
    default:
      return into.replace('@', () => text);
  }
}

describe('the corpus', () => {
  test('has at least 120 vectors, each once, of every class', () => {
    expect(xssCorpus.length).toBeGreaterThanOrEqual(120);
    const classes = new Map<string, number>();
    for (const { kind } of xssCorpus) classes.set(kind, (classes.get(kind) ?? 0) + 1);
    for (const [kind, count] of classes) expect(count, kind).toBeGreaterThanOrEqual(5);
    // One text may be of several classes; without its own number it is another one each time only where it stands elsewhere.
    const mute = xssCorpus.map(({ id, text, into }) => `${text} ${into}`.replaceAll(String(id), '#'));
    expect(mute.length - new Set(mute).size).toBeLessThanOrEqual(0);
  });
});

describe.skipIf(chromium === undefined)('the detector', { timeout: 120_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(chromium ?? '');
  });
  afterAll(() => browser.close());

  test('sees each vector run on a page that is careless, so that a test of another page can fail', async () => {
    const context = await browser.newContext();
    const { fired } = await detectXss(context);
    const loud = xssCorpus.filter(({ inert }) => inert === undefined);
    // Each vector has a frame of its own, so that one that leads elsewhere by itself takes no other along.
    const groups = Array.from({ length: Math.ceil(loud.length / 20) }, (_, index) => loud.slice(index * 20, index * 20 + 20));
    await context.route((url) => url.host === 'careless.test', (route) => {
      const [, what, number] = new URL(route.request().url()).pathname.split('/');
      const vector = loud.find(({ id }) => id === Number(number));
      const body = what === 'group' ? (groups[Number(number)] ?? []).map(({ id }) => `<iframe src="/vector/${id}"></iframe>`).join('') : vector === undefined ? '' : `<body>${carelessPage(vector)}`;
      return route.fulfill({ contentType: 'text/html; charset=utf-8', body: `<!doctype html>${body}` });
    });
    const silent: string[] = [];
    for (const [index, group] of groups.entries()) {
      const tab = await context.newPage();
      await tab.goto(`http://careless.test/group/${index}`);
      const quiet = (): readonly XssVector[] => group.filter(({ id }) => !fired.has(id));
      const areHeard = await expect.poll(() => stirFrames(tab).then(() => quiet().length), { timeout: 15_000, interval: 200 }).toBe(0).then(() => true, () => false);
      if (!areHeard) silent.push(...quiet().map(({ id, kind, text, into }) => `${id} ${kind}: ${text} in ${into}`));
      await tab.close();
    }
    await context.close();
    expect(silent).toEqual([]);
    expect([...fired].filter((id) => xssCorpus.find((vector) => vector.id === id)?.inert !== undefined)).toEqual([]);
  });
});
