import { describe, expect, it } from 'vitest';
import { onlyWritten, placeInTexts } from '../../web/src/features/preview/builtPlaces.ts';
import { type PageCheck, readPageCheck } from '../../web/src/features/preview/pageCheck.ts';
import { checkSentence, findingSentence, themeSentence } from '../../web/src/words/checkWords.ts';

const place = { target: 'img', html: '<img src="a.png">', text: '', src: 'a.png', href: '' };
const said = (more: Record<string, unknown> = {}): unknown => ({ kind: 'studio-preview:checked', id: 7, state: 'done', status: 200, findings: [{ rule: 'image-alt', impact: 'critical', help: 'Images must have alternative text', count: 1, inTheme: 0, places: [place] }], ...more });
const done = (check: PageCheck | undefined): Extract<PageCheck, { state: 'done' }> => {
  if (check?.state !== 'done') throw new Error(`It is ${check?.state ?? 'no answer'}`);
  return check;
};

describe('what a page says of itself', () => {
  it('is read when it is the answer to the very question', () => {
    expect(done(readPageCheck(said(), 7))).toEqual({ state: 'done', status: 200, findings: [{ rule: 'image-alt', impact: 'critical', help: 'Images must have alternative text', count: 1, inTheme: 0, places: [place] }] });
    expect(readPageCheck(said(), 8)).toBeUndefined();
    expect(readPageCheck(said({ id: '7' }), 7)).toBeUndefined();
    expect(readPageCheck(said({ kind: 'studio-preview:shown' }), 7)).toBeUndefined();
    for (const nothing of [null, undefined, 1, 'x', [], [said()]]) expect(readPageCheck(nothing, 7)).toBeUndefined();
  });

  it('tells why it could not be checked', () => {
    expect(readPageCheck(said({ state: 'unloaded' }), 7)).toEqual({ state: 'failed', why: 'unloaded' });
    expect(readPageCheck(said({ state: 'fault' }), 7)).toEqual({ state: 'failed', why: 'fault' });
    expect(readPageCheck(said({ state: { toString: 'x' } }), 7)).toEqual({ state: 'failed', why: 'silent' });
    expect(readPageCheck(said({ findings: 'many' }), 7)).toEqual({ state: 'failed', why: 'silent' });
  });

  it('is believed to a bound in number and length', () => {
    const long = 'x'.repeat(100_000);
    const findings = Array.from({ length: 100 }, (_, at) => ({ rule: `rule-${at}`, impact: 'fatal', help: long, count: 1e308, inTheme: -3, places: Array.from({ length: 50 }, () => ({ target: long, html: long, text: long, src: long, href: long })) }));
    const read = done(readPageCheck(said({ findings, status: 1e9 }), 7));
    expect(read.status).toBeNull();
    expect(read.findings).toHaveLength(60);
    expect(read.findings[0]).toMatchObject({ impact: 'moderate', count: 100_000, inTheme: 0 });
    expect(read.findings.every(({ places }) => places.length === 30)).toBe(true);
    expect(JSON.stringify(read).length).toBeLessThan(60 * 30 * 2_000);
  });

  it('is dropped where it is nothing that axe says', () => {
    const finding = (more: object): unknown => ({ rule: 'image-alt', impact: 'minor', help: '', count: 1, inTheme: 0, places: [], ...more });
    const read = done(readPageCheck(said({ findings: [null, 7, finding({ rule: '<script>' }), finding({ rule: 'Image Alt' }), finding({ count: 0 }), finding({ count: 0.5 }), finding({ places: [null, 'x', { src: 4, text: 'a\u202eb\u0000c' }] }), finding({ help: 'twice' })] }), 7));
    // Three places were sent, of which one can be read; a second one of the same rule is none.
    expect(read.findings).toEqual([{ rule: 'image-alt', impact: 'minor', help: '', count: 1, inTheme: 0, places: [{ target: '', html: '', text: 'a b c', src: '', href: '' }] }]);
  });
});

describe('the place of a finding', () => {
  const texts = [
    { field: 'markdown', label: 'Body', text: ['Intro', '', '![A plot](/img/plot%20one.png) and ![](/img/plot%20one.png)', '', 'See **the [notes](https://example.edu/notes/)** here.', '', '## What to *bring*'].join('\n') },
    { field: 'metadata.description', label: 'Description', text: 'A [](https://example.edu/a) of it' },
  ];
  const at = (found: Partial<typeof place>) => placeInTexts({ src: '', href: '', text: '', ...found }, texts);

  it('is the line that names its file or address', () => {
    expect(at({ src: 'https://host/courses/x/img/plot%20one.png?v=1' })).toEqual({ field: 'markdown', line: 3 });
    expect(at({ href: 'https://example.edu/notes/', text: 'other' })).toEqual({ field: 'markdown', line: 5 });
    expect(at({ href: 'https://example.edu/a' })).toEqual({ field: 'metadata.description', line: 1 });
    expect(at({ href: '../notes/' })).toEqual({ field: 'markdown', line: 5 });
  });

  it('is the line that reads so when it is built', () => {
    expect(at({ text: 'What to bring' })).toEqual({ field: 'markdown', line: 7 });
    expect(at({ text: 'See the notes here. And what was built below it' })).toBeUndefined();
    expect(at({ text: 'the  notes' })).toEqual({ field: 'markdown', line: 5 });
  });

  it('is nothing where nothing tells', () => {
    expect(at({ src: '/elsewhere.png' })).toBeUndefined();
    expect(at({ text: 'a' })).toBeUndefined();
    expect(at({ src: '/%E0%A4%A' })).toBeUndefined();
    expect(placeInTexts(place, [])).toBeUndefined();
  });
});

describe('what a text tells beside its page', () => {
  it('is named once: a picture without words that the page calls decoration, and not what axe found there', () => {
    const texts = [{ field: 'markdown', label: 'Body', text: '![](/a.png)\n\n<img src="/b.png">\n' }];
    expect(onlyWritten(texts, []).map(({ place: { line } }) => line)).toEqual([1, 3]);
    const left = onlyWritten(texts, [{ rule: 'image-alt', place: { field: 'markdown', line: 3 } }, { rule: 'color-contrast', place: { field: 'markdown', line: 1 } }]);
    expect(left).toEqual([{ place: { field: 'markdown', line: 1 }, message: expect.stringContaining('no alternative text') as string }]);
  });
});

describe('a check in words', () => {
  const finding = { rule: 'image-alt', impact: 'critical', help: 'Images must have alternative text', count: 2, inTheme: 0, places: [] } as const;

  it('says what was found in what was written, and that a machine does not find all', () => {
    expect(checkSentence({ state: 'done', status: 200, findings: [finding] })).toBe('2 places on this page would leave somebody out.');
    expect(checkSentence({ state: 'done', status: 200, findings: [] }, 1)).toBe('1 place on this page would leave somebody out.');
    expect(checkSentence({ state: 'done', status: null, findings: [{ ...finding, count: 0, inTheme: 3 }] })).toContain('Nothing was found in what is written here.');
    expect(checkSentence({ state: 'done', status: 404, findings: [] })).toBe('There is no page at this address yet, so nothing was checked.');
    expect(checkSentence({ state: 'failed', why: 'unloaded' })).toContain('could not be loaded');
  });

  it('says each rule plainly, others in axe’s own words', () => {
    expect(findingSentence({ rule: 'image-alt', help: 'Images must have alternative text' })).toBe('A picture has no alternative text: who cannot see it learns nothing of it. Say what it shows.');
    expect(findingSentence({ rule: 'aria-roles', help: 'ARIA roles used must conform to valid values' })).toBe('ARIA roles used must conform to valid values.');
    expect(findingSentence({ rule: 'constructor', help: '' })).toBe('A rule for readers with a disability is broken: constructor.');
  });

  it('counts what the theme did in one line', () => {
    expect(themeSentence([finding])).toBeUndefined();
    expect(themeSentence([{ ...finding, inTheme: 1 }])).toBe('1 place outside of the text comes from the theme, not from what was written: Images must have alternative text.');
    expect(themeSentence(['a', 'b', 'c', 'd', 'e'].map((rule) => ({ rule, help: rule.toUpperCase(), inTheme: 2 })), 40)).toBe('10 places outside of the text come from the theme, not from what was written, on 40 pages together: A; B; C; and 2 more rules.');
  });
});
