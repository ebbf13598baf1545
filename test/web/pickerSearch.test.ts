import { beforeEach, describe, expect, test, vi, afterEach } from 'vitest';
import { ApiProblem } from '../../web/src/lib/apiClient.ts';
import { type PickerPage, PickerSearch } from '../../web/src/features/content/widgets/pickerSearch.svelte.ts';

interface Question {
  readonly search: string;
  readonly limit: number;
  readonly offset: number;
  readonly answer: (page: PickerPage<string>) => void;
  readonly fail: () => void;
}

describe('a search as one types', () => {
  let questions: Question[];
  let search: PickerSearch<string>;
  const asked = () => questions.map(({ search: text, offset }) => `${text}@${offset}`);
  const page = (name: string, total: number, count = Math.min(50, total)): PickerPage<string> => ({ total, entries: Array.from({ length: count }, (_, index) => `${name} ${index}`) });
  const answered = () => vi.advanceTimersByTimeAsync(0);

  beforeEach(() => {
    vi.useFakeTimers();
    questions = [];
    search = new PickerSearch((ask) => new Promise((answer, refuse) => questions.push({ ...ask, answer, fail: () => refuse(new ApiProblem('unreachable', 0, 'It does not answer.')) })));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('asks 200 ms after the last key, once', async () => {
    search.open();
    for (const text of ['l', 'le', 'lec']) {
      search.type(text);
      await vi.advanceTimersByTimeAsync(199);
    }
    expect(asked()).toEqual(['@0']);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked()).toEqual(['@0', 'lec@0']);
  });

  test('drops an answer that comes after a newer question', async () => {
    search.open();
    search.type('old');
    await vi.advanceTimersByTimeAsync(200);
    search.type('new');
    await vi.advanceTimersByTimeAsync(200);
    questions[2]?.answer(page('new', 2));
    await answered();
    questions[1]?.answer(page('old', 7));
    questions[0]?.answer(page('first', 9));
    await answered();
    expect([search.answeredText, search.total, search.at(0)]).toEqual(['new', 2, 'new 0']);
  });

  test('keeps what it shows until the next answer', async () => {
    search.open();
    questions[0]?.answer(page('all', 3));
    await answered();
    search.type('x');
    await vi.advanceTimersByTimeAsync(200);
    expect([search.total, search.at(2), search.isAsking]).toEqual([3, 'all 2', true]);
    questions[1]?.answer(page('x', 0));
    await answered();
    expect([search.total, search.at(0), search.isAsking]).toEqual([0, undefined, false]);
  });

  test('reads the pages that come into sight, each once, and those in between not at all', async () => {
    search.open();
    search.need(0, 10);
    questions[0]?.answer(page('all', 5_000));
    await answered();
    search.need(4_990, 5_010);
    search.need(4_960, 5_000);
    search.need(40, 60);
    expect(asked()).toEqual(['@0', '@4950', '@50']);
    questions[1]?.answer(page('last', 5_000));
    await answered();
    expect([search.at(4_999), search.at(60), search.at(7)]).toEqual(['last 49', undefined, 'all 7']);
  });

  test('tells that a page could not be read, keeps the others, and asks for it again', async () => {
    search.open();
    questions[0]?.answer(page('all', 120));
    await answered();
    search.need(50, 60);
    questions[1]?.fail();
    await answered();
    expect([search.problem?.message, search.at(3)]).toEqual(['It does not answer.', 'all 3']);
    search.need(50, 60);
    expect(questions).toHaveLength(2);
    search.retry();
    expect(asked().slice(2)).toEqual(['@50']);
    questions[2]?.answer(page('second', 120));
    await answered();
    expect([search.problem, search.at(50)]).toEqual([undefined, 'second 0']);
  });

  test('asks again for a search that failed, with what was typed', async () => {
    search.open();
    questions[0]?.answer(page('all', 1));
    await answered();
    search.type(' deep ');
    await vi.advanceTimersByTimeAsync(200);
    questions[1]?.fail();
    await answered();
    search.retry();
    expect(asked()).toEqual(['@0', 'deep@0', 'deep@0']);
    expect(search.text).toBe(' deep ');
  });

  test('is read anew after a choice, and when it is opened again', async () => {
    search.open();
    questions[0]?.answer(page('all', 2));
    await answered();
    search.again();
    expect(questions).toHaveLength(2);
    search.close();
    search.again();
    expect(questions).toHaveLength(2);
    search.open();
    expect(questions).toHaveLength(3);
  });
});
