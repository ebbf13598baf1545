import { describe, expect, it } from 'vitest';
import { formatCents, hasWrittenCaptions, isEnglish, judgeOrder, namedTracksOf, trackLanguageOf } from '#domain/captionRules.ts';

describe('the language of a track', () => {
  it.each([
    [{}, 'en', true],
    [{ language: '' }, 'en', true],
    [{ language: ' EN ' }, 'en', true],
    [{ language: 'en', locale: 'GB' }, 'en-GB', true],
    [{ language: 'en_us' }, 'en-US', true],
    [{ language: 'fr' }, 'fr', false],
    [{ language: 'pt', locale: 'br' }, 'pt-BR', false],
    [{ language: 'enm' }, 'enm', false],
    [{ language: 5 }, 'en', true],
  ])('%o is %s', (metadata, language, english) => {
    expect(trackLanguageOf(metadata)).toBe(language);
    expect(isEnglish(language)).toBe(english);
  });
});

describe('the tracks of a video', () => {
  it('are those of its own site', () => {
    const metadata = { video_files: { video_captions_resources: { content: ['a', '', 'b'], website: 'course' }, video_transcript_resources: { content: 'c', website: '' } } };
    expect(namedTracksOf(metadata, 'course')).toEqual({ captions: ['a', 'b'], transcript: ['c'] });
    expect(namedTracksOf(metadata, 'other')).toEqual({ captions: [], transcript: ['c'] });
    expect(namedTracksOf({}, 'course')).toEqual({ captions: [], transcript: [] });
  });

  it.each([
    [{ video_captions_file: '/courses/a/lecture.vtt' }, true],
    [{ video_captions_file: '' }, false],
    [{ video_captions_resources: [{ file: '/a.vtt', language: 'en' }] }, true],
    [{ video_captions_resources: [{ file: '/a.vtt', language: 'fr' }] }, false],
    [{ video_captions_resources: [] }, false],
    [{ video_captions_resources: { content: ['a'], website: 'course' } }, false],
  ])('that were written in by hand are there: %o', (video_files, isThere) => {
    expect(hasWrittenCaptions({ video_files })).toBe(isThere);
  });
});

describe('an order', () => {
  const limits = { dayCents: 1_000, siteCents: 500, approvalAboveCents: 300 };
  const judge = (order: Partial<Parameters<typeof judgeOrder>[0]>, given = limits) => {
    const verdict = judgeOrder({ attempt: 1, priceCents: 100, spent: { allCents: 0, siteCents: 0 }, ...order }, given);
    return verdict.kind === 'go' ? 'go' : `${verdict.kind}: ${verdict.code}`;
  };

  it.each([
    [{}, 'go'],
    [{ priceCents: 300, spent: { allCents: 700, siteCents: 200 } }, 'go'],
    [{ priceCents: 301 }, 'ask: Expensive'],
    [{ priceCents: null }, 'ask: NoPrice'],
    [{ priceCents: 0 }, 'go'],
    [{ attempt: 2 }, 'go'],
    [{ attempt: 3 }, 'ask: ThirdOrder'],
    [{ spent: { allCents: 901, siteCents: 0 } }, 'tomorrow: DayLimit'],
    [{ spent: { allCents: 401, siteCents: 401 } }, 'tomorrow: SiteLimit'],
  ])('%o: %s', (order, verdict) => {
    expect(judge(order)).toBe(verdict);
  });

  it('that no day has room for does not wait for one', () => {
    expect(judge({ priceCents: 200 }, { ...limits, siteCents: 199 })).toBe('ask: OverLimit');
    expect(judge({ priceCents: 200 }, { ...limits, dayCents: 0 })).toBe('ask: OverLimit');
  });

  it('tells prices as people read them', () => {
    expect([0, 5, 123_450].map(formatCents)).toEqual(['$0.00', '$0.05', '$1,234.50']);
  });
});
