import pino from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { compatNews } from '#api/compat/news.ts';
import { createNewsFeed } from '#clients/newsFeed.ts';
import { until } from '../../support/until.ts';
import { useApi } from '../support/testApi.ts';
import { expectGolden } from './support/golden.ts';
import { useOutside } from './support/outside.ts';

const outside = useOutside();
const api = useApi({ env: () => ({ OCW_NEWS_FEED_URL: `${outside.url}/feed/` }) });

const feed = (items: string): string => `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>OCW Open Matters</title><link>https://www.ocw-openmatters.org</link>${items}</channel></rss>`;
const item = (title: string, more = ''): string => `<item><title>${title}</title>${more}</item>`;

beforeEach(() => {
  outside.answers.clear();
  outside.asked.length = 0;
  outside.gate = null;
});

/** The route over a clock of the test’s own. */
function newsAt() {
  const lines: Record<string, unknown>[] = [];
  const clock = { at: 1_000_000 };
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const routes = compatNews({ feed: createNewsFeed(`${outside.url}/feed/`), log, now: () => clock.at });
  const read = async (): Promise<unknown[]> => ((await routes['GET /api/news/']({} as never)) as { items: unknown[] }).items;
  return { read, clock, lines };
}

test('the news are the feed’s items: each element with its text and attributes, and the picture in its own size', async () => {
  outside.answers.set('/feed/', {
    type: 'application/rss+xml',
    body: feed(
      `${item('Open &amp; free', '<link>https://www.ocw-openmatters.org/a/</link><dc:creator><![CDATA[Ada]]></dc:creator><category><![CDATA[News]]></category><guid isPermaLink="false">https://www.ocw-openmatters.org/?p=1</guid><description><![CDATA[<p><img width="150" height="150" src="https://www.ocw-openmatters.org/a-150x150.jpg?x=1&amp;y=2" class="x" />Text &amp; more</p>]]></description><content:encoded><![CDATA[<p>Long</p>]]></content:encoded>')}${item('No picture', '<description>Plain</description>')}`,
    ),
  });
  const answer = await api.send('GET', '/api/news/');
  expect(answer.status).toBe(200);
  expectGolden('news', answer.json);
  expect(answer.json).toMatchObject({ items: [{ title: { text: 'Open & free' }, image: 'https://www.ocw-openmatters.org/a.jpg?x=1&y=2', guid: { isPermaLink: 'false' }, creator: { text: 'Ada' } }, { title: { text: 'No picture' }, image: null }] });
});

describe('the feed', () => {
  test('is asked once in a while, however many ask for the news', async () => {
    outside.answers.set('/feed/', { body: feed(item('One')) });
    const { read, clock } = newsAt();
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    outside.gate = () => opened;
    const reads = [read(), read(), read()];
    await until('the feed is asked', () => Promise.resolve(outside.asked.length > 0));
    open();
    expect(await Promise.all(reads)).toEqual(Array.from({ length: 3 }, () => [{ title: { text: 'One' }, image: null }]));
    expect(outside.asked).toHaveLength(1);
    clock.at += 5 * 60_000 - 1;
    await read();
    expect(outside.asked).toHaveLength(1);
    outside.answers.set('/feed/', { body: feed(item('Two')) });
    clock.at += 1;
    expect(await read()).toEqual([{ title: { text: 'Two' }, image: null }]);
  });

  test('that is away leaves what it said last, with a line in the log, and is left alone for a moment', async () => {
    outside.answers.set('/feed/', { body: feed(item('One')) });
    const { read, clock, lines } = newsAt();
    await read();
    outside.answers.clear();
    clock.at += 10 * 60_000;
    for (let count = 0; count < 3; count += 1) expect(await read()).toEqual([{ title: { text: 'One' }, image: null }]);
    expect(outside.asked).toHaveLength(2);
    expect(lines).toEqual([expect.objectContaining({ level: 40, msg: 'The news feed could not be read; what it said last is shown', shown: 1, err: expect.objectContaining({ message: 'It answers 404' }) as unknown })]);
    outside.answers.set('/feed/', { body: feed(item('Back')) });
    clock.at += 30_000;
    expect(await read()).toEqual([{ title: { text: 'Back' }, image: null }]);
  });

  test.each([
    ['answers no XML', 'It works!', /^It is not XML|It is XML, but no RSS feed/],
    ['answers nothing', '', /^It is not XML/],
    ['answers half of it', feed(item('One')).slice(0, -30), /^It is not XML/],
    ['answers a page', '<html><body><p>Down for a while</p></body></html>', /^It is XML, but no RSS feed$/],
    ['declares entities that grow', `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>${feed(item('&b;'))}`, /^It declares a document type, which is refused$/],
    ['declares a file of this machine', `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hosts">]>${feed(item('&f;'))}`, /^It declares a document type, which is refused$/],
    ['is larger than any feed', feed(item('x'.repeat(3 * 1024 * 1024))), /^Its answer is larger than 2,097,152 bytes$/],
  ])('that %s is as if it were away', async (_what, body, why) => {
    outside.answers.set('/feed/', { body });
    const { read, lines } = newsAt();
    expect(await read()).toEqual([]);
    expect(lines).toEqual([expect.objectContaining({ msg: 'The news feed could not be read; what it said last is shown', err: expect.objectContaining({ message: expect.stringMatching(why) as string }) as unknown })]);
  });

  test('that nobody answers for leaves no news', async () => {
    const routes = compatNews({ feed: createNewsFeed('http://127.0.0.1:9/feed/'), log: pino({ level: 'silent' }), now: () => 0 });
    expect(await routes['GET /api/news/']({} as never)).toEqual({ items: [] });
  });
});
