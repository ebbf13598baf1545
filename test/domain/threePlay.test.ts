import { describe, expect, it } from 'vitest';
import { adoptableTranscript, captionOrderStateOf, chooseTurnaroundLevel, compareIds, type FoundTranscript, orderPriceCents, readCents, type TurnaroundLevel } from '#domain/threePlay.ts';

describe('the state of an order', () => {
  it.each([
    ['in_progress', false, 'inProgress'],
    ['in_progress', true, 'awaitingApproval'],
    ['complete', false, 'complete'],
    ['complete', true, 'complete'],
    ['cancelled', false, 'cancelled'],
    ['canceled', true, 'cancelled'],
    ['brand_new', false, 'unknown'],
    ['brand_new', true, 'awaitingApproval'],
    ['constructor', false, 'unknown'],
    ['', false, 'unknown'],
  ] as const)('%s, waiting %s, is %s', (status, isWaiting, state) => {
    expect(captionOrderStateOf(status, isWaiting)).toBe(state);
  });
});

describe('an order of before', () => {
  const adopted = (...transcripts: FoundTranscript[]): string | null => adoptableTranscript(transcripts)?.id ?? null;

  it('is taken over unless it was cancelled', () => {
    expect(adopted()).toBeNull();
    expect(adopted({ id: '1', state: 'cancelled' })).toBeNull();
    for (const state of ['inProgress', 'awaitingApproval', 'complete', 'unknown'] as const) expect(adopted({ id: '1', state: 'cancelled' }, { id: '2', state })).toBe('2');
  });

  it('is the newest that is complete, else the newest', () => {
    expect(adopted({ id: '9', state: 'inProgress' }, { id: '10', state: 'inProgress' })).toBe('10');
    expect(adopted({ id: '9', state: 'complete' }, { id: '10', state: 'inProgress' })).toBe('9');
    expect(adopted({ id: '9', state: 'complete' }, { id: '10', state: 'complete' })).toBe('10');
  });
});

it('ids are in the order they were given, however long', () => {
  expect(['10', '9', '18446744073709551617', '18446744073709551616', '9'].sort(compareIds)).toEqual(['9', '9', '10', '18446744073709551616', '18446744073709551617']);
});

describe('the level of an order', () => {
  const level = (id: string, centsPerMinute: number | null): TurnaroundLevel => ({ id, name: `Level ${id}`, centsPerMinute });
  const levels = [level('1', 185), level('5', 165), level('6', 660)];

  it('is the one that is wanted, whatever it costs', () => {
    expect(chooseTurnaroundLevel(levels, '6')).toEqual({ kind: 'chosen', level: levels[2] });
    expect(chooseTurnaroundLevel([level('6', null)], '6')).toEqual({ kind: 'chosen', level: level('6', null) });
  });

  it('is missing where the account has none of that id', () => {
    expect(chooseTurnaroundLevel(levels, '7')).toEqual({ kind: 'missing', levelId: '7', levels });
    expect(chooseTurnaroundLevel([], '5')).toEqual({ kind: 'missing', levelId: '5', levels: [] });
  });

  it('is the cheapest where each has a price', () => {
    expect(chooseTurnaroundLevel(levels, 'cheapest')).toEqual({ kind: 'chosen', level: levels[1] });
    expect(chooseTurnaroundLevel([level('8', 165), level('5', 165)], 'cheapest')).toMatchObject({ level: { id: '8' } });
  });

  it('is nobody’s guess where one has no price', () => {
    expect(chooseTurnaroundLevel([...levels, level('7', null)], 'cheapest')).toMatchObject({ kind: 'unpriced' });
    expect(chooseTurnaroundLevel([], 'cheapest')).toEqual({ kind: 'unpriced', levels: [] });
  });
});

describe('what an order costs', () => {
  it.each([
    [165, 60_000, 165],
    [165, 61_000, 168],
    [165, 120_000, 330],
    [185, 3_600_000, 11_100],
    [265, 1, 1],
    [0, 60_000, 0],
    // 1.15 × 100 has a rest in binary, which must not cost a cent.
    [1.15 * 100, 60_000, 115],
    [0.1 + 0.2, 600_000, 3],
    [null, 60_000, null],
    [165, null, null],
    [165, 0, null],
    [165, -1, null],
    [165, Number.NaN, null],
  ])('%s cents a minute for %s ms is %s', (centsPerMinute, durationMs, expected) => {
    expect(orderPriceCents({ id: '5', name: 'Extended', centsPerMinute }, durationMs)).toBe(expected);
  });
});

describe('a price', () => {
  it.each<[unknown, number | null]>([
    ['2.65', 265],
    ['$2.65', 265],
    ['$2.65/min', 265],
    ['US$ 2.65 per minute', 265],
    ['2.65 USD', 265],
    ['$1,234.50', 123_450],
    ['1.155', 115.5],
    [2.65, 265],
    [1.15, 115],
    ['0', 0],
    [0, 0],
    ['1,5', null],
    ['12,34.5', null],
    ['2.65 EUR', null],
    ['$2.65/hour', null],
    ['-2.65', null],
    [-1, null],
    [Number.NaN, null],
    ['', null],
    ['call us', null],
    [null, null],
    [undefined, null],
  ])('%s is %s cents', (value, cents) => {
    expect(readCents(value)).toBe(cents);
  });
});
