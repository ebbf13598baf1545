import { axePath } from './axeFile.ts';

/** The levels that a page is held to: WCAG 2.2 AA, and all that it builds on. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** Where themes put what an author wrote, the narrowest first; a page that has none of them is all the author’s. */
const CONTENT = ['#course-content-section', 'main article', 'main', '[role="main"]', '#main-course-section', 'article'];

/**
 * What a page of a preview does when the studio asks for a check, as statements of its script: `studio`, `tell` and `heard` are there. It gets axe from its own host, runs it over the page
 * alone, and tells a small result: counts, and the first places of each rule, cut.
 */
export const pageCheckScript = `
let axe;
const getAxe = () => axe ??= new Promise((resolve, reject) => {
  const script = document.createElement('script');
  script.src = location.origin + ${JSON.stringify(axePath)};
  const fail = () => { axe = undefined; reject(new Error('It is not there.')); };
  script.onload = () => typeof window.axe?.run === 'function' ? resolve(window.axe) : fail();
  script.onerror = fail;
  document.head.append(script);
});
const cut = (text, most) => String(text ?? '').replace(/\\s+/g, ' ').trim().slice(0, most);
const placeOf = ({ target, html, element }) => ({
  target: cut(target, 300),
  html: cut(html, 400),
  text: cut(element?.textContent, 200),
  src: cut((element?.matches('[src], [data]') ? element : element?.closest('a, button')?.querySelector('[src]'))?.getAttribute(element.matches('[data]') ? 'data' : 'src'), 500),
  href: cut(element?.closest('a[href]')?.getAttribute('href'), 500),
});
const checkPage = async () => {
  const tool = await getAxe();
  const content = ${JSON.stringify(CONTENT)}.map((selector) => document.querySelector(selector)).find((element) => element !== null);
  const { violations } = await tool.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(TAGS)} }, resultTypes: ['violations'], elementRef: true, iframes: false, preload: false });
  return violations.slice(0, 60).map(({ id, impact, help, nodes }) => {
    const own = nodes.filter(({ element }) => content === undefined || (element instanceof Node && content.contains(element)));
    return { rule: id, impact, help: cut(help, 200), count: own.length, inTheme: nodes.length - own.length, places: own.slice(0, 30).map(placeOf) };
  });
};
let checking = Promise.resolve();
heard('check', ({ id }) => {
  if (typeof id !== 'number') return;
  checking = checking.then(async () => {
    try {
      await getAxe();
    } catch {
      tell('checked', { id, state: 'unloaded' });
      return;
    }
    try {
      tell('checked', { id, state: 'done', status: performance.getEntriesByType('navigation')[0]?.responseStatus ?? null, findings: await checkPage() });
    } catch {
      tell('checked', { id, state: 'fault' });
    }
  });
});`;
