import { DOMParser } from '@xmldom/xmldom';
import { boundedFetch, FetchError } from './boundedFetch.ts';

/** One news item: each element of the feed by its name without prefix, with its text and attributes, and the picture. */
export type NewsItem = Readonly<Record<string, string | null | Readonly<Record<string, string>>>>;

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 2 * 1024 * 1024;

export type NewsFeed = ReturnType<typeof createNewsFeed>;

/** The RSS feed at this address. */
export function createNewsFeed(address: string) {
  return {
    /**
     * The items that stand in the feed now.
     * @throws {FetchError} when it does not answer, or answers something that is no feed.
     */
    async readItems(): Promise<NewsItem[]> {
      return itemsOf((await boundedFetch(address, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES })).text);
    },
  };
}

function itemsOf(text: string): NewsItem[] {
  // A document type may name entities that grow without end, or files of this machine.
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw new FetchError('It declares a document type, which is refused');
  const faults: string[] = [];
  const document = new DOMParser({ errorHandler: { error: (message: string) => faults.push(message), fatalError: (message: string) => faults.push(message), warning: () => undefined } }).parseFromString(text, 'text/xml') as Document | undefined;
  if (faults[0] !== undefined || document?.documentElement == null) throw new FetchError(`It is not XML: ${faults[0]?.split('\n')[0] ?? 'it is empty'}`);
  if (document.getElementsByTagName('channel').length === 0) throw new FetchError('It is XML, but no RSS feed');
  return Array.from(document.getElementsByTagName('item')).map(newsItem);
}

function newsItem(item: Element): NewsItem {
  const parts: Record<string, Readonly<Record<string, string>>> = {};
  const bodies: string[] = [];
  for (const child of Array.from(item.childNodes)) {
    if (child.nodeType !== 1) continue;
    const element = child as Element;
    const text = element.textContent;
    const name = element.localName;
    if (name === 'description' || name === 'encoded') bodies.push(text);
    // Of several elements of one name, such as categories, the last counts: readers expect one.
    parts[name] = { text, ...Object.fromEntries(Array.from(element.attributes).map((attribute) => [attribute.localName, attribute.value])) };
  }
  return { ...parts, image: imageIn(bodies) };
}

/** The first picture in the item’s texts, in its own size instead of the feed’s thumbnail. */
function imageIn(bodies: readonly string[]): string | null {
  for (const body of bodies) {
    const [, address] = /<img\b[^>]*?\ssrc\s*=\s*["']([^"']+)["']/i.exec(body) ?? [];
    if (address !== undefined) return address.replaceAll('&amp;', '&').replace(/-150x150(\.[A-Za-z0-9]+)(?=$|\?)/, '$1');
  }
  return null;
}
