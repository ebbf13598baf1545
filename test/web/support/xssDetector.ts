import type { BrowserContext, Page as Tab } from 'playwright-core';
import { addressOf, xssCorpus } from '../../support/xssCorpus.ts';

/** Ids of vectors that ran in any page of a browser, and what its policy had to stop. */
export interface XssDetector {
  readonly fired: Set<number>;
  /** Each `directive: what was stopped, at the page`. */
  readonly violations: string[];
}

/** Hears of every vector that runs, in every page and frame from now on. */
export async function detectXss(context: BrowserContext): Promise<XssDetector> {
  const fired = new Set<number>();
  const violations: string[] = [];
  const [host] = /^http:\/\/[^/]+\//.exec(addressOf(0)) ?? [''];
  await context.exposeFunction('xss', (id: number) => void fired.add(id));
  await context.exposeFunction('xssStopped', (what: string) => void violations.push(what));
  await context.addInitScript(() => addEventListener('securitypolicyviolation', (event) => void (window as unknown as { xssStopped: (what: string) => unknown }).xssStopped(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}, at ${location.pathname}`)));
  await context.route((url) => url.href.startsWith(host), (route) => route.abort());
  context.on('request', (request) => {
    if (request.url().startsWith(host)) fired.add(Number(request.url().slice(host.length).replace(/\D.*$/, '')));
  });
  return { fired, violations };
}

/** Does with everything in the frames of a page what makes handlers and links run: points at it, focuses it and presses it. */
export async function stirFrames(tab: Tab): Promise<void> {
  await tab.evaluate(() => {
    for (const frame of document.querySelectorAll('iframe')) {
      // One that has left for another host is not to be reached, and did what it was to do.
      for (const element of frame.contentDocument?.querySelectorAll<HTMLElement>('*') ?? []) {
        element.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
        if (typeof element.focus === 'function') element.focus();
        element.dispatchEvent(new FocusEvent('focus'));
        element.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
      }
    }
  });
}

/**
 * What of a page is no page of the studio’s making: handlers in attributes, scripts and frames that are not its own, links that would run
 * something, elements that change where everything leads, and names that stand in for what scripts ask for.
 */
export function strangeElements(tab: Tab): Promise<string[]> {
  return tab.evaluate(() => {
    const shown = (element: Element): string => element.outerHTML.slice(0, 160);
    const found: string[] = [];
    for (const element of document.querySelectorAll('*')) {
      for (const { name, value } of element.attributes) {
        if (/^on/i.test(name)) found.push(`a handler: ${shown(element)}`);
        if (/^(?:href|src|action|formaction|data|xlink:href|poster|background|values|to)$/i.test(name)) {
          let protocol = '';
          try {
            ({ protocol } = new URL(value, location.href));
          } catch {
            protocol = 'none';
          }
          const isPicture = name === 'src' && element instanceof HTMLImageElement;
          if (!/^https?:$/.test(protocol) && protocol !== 'none' && !(isPicture && protocol === 'data:') && !(element instanceof HTMLLinkElement && element.rel === 'icon')) {
            found.push(`leads to ${protocol} ${shown(element)}`);
            if (element instanceof HTMLElement) element.click();
          }
        }
        if (name === 'style' && /xss|expression|url\(/i.test(value)) found.push(`a style: ${shown(element)}`);
        if ((name === 'id' || name === 'name') && /^(?:xssConfig|getElementById|querySelector|attributes|parentNode|location|self)$/.test(value)) found.push(`a name: ${shown(element)}`);
        if (name === 'srcdoc') found.push(`a frame: ${shown(element)}`);
      }
      if (element.matches('base, object, embed, meta[http-equiv=refresh i], marquee, noembed, xmp, annotation-xml img, foreignObject, maction')) found.push(`an element: ${shown(element)}`);
      if (element instanceof HTMLScriptElement && !(element.src !== '' && new URL(element.src).origin === location.origin)) found.push(`a script: ${shown(element)}`);
    }
    return [...new Set(found)];
  });
}

/** Ids of the vectors whose text can be read on a page, in its text, its fields or what is said of its parts. */
export async function vectorsOn(tab: Tab): Promise<number[]> {
  const texts = await tab.evaluate(() => {
    const all = [document.title, document.body.textContent];
    for (const element of document.querySelectorAll('*')) {
      for (const { value } of element.attributes) all.push(value);
      if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) all.push(element.value);
    }
    return all.join('\n');
  });
  const flat = (text: string): string => text.replace(/\s+/g, '');
  const whole = flat(texts);
  return xssCorpus.filter(({ text }) => whole.includes(flat(text))).map(({ id }) => id);
}
