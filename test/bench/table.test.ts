import { expect, it } from 'vitest';
import { verdictOf } from './measured.ts';
import { tableOf } from './table.ts';

it('prints name, ours, peer, spread, goal and whether it holds, one row a measure', () => {
  const at = { date: '2027-01-02', node: '20.1.0', platform: 'linux x64', cores: 2, load: { before: 0.42, after: 2 }, about: ['The sample theme.'] };
  const table = tableOf(at, [
    verdictOf({ name: 'edit', rounds: [{ ours: 1, theirs: 10 }, { ours: 3, theirs: 10 }, { ours: 5, theirs: 10 }] }),
    verdictOf({ name: 'first', rounds: [{ ours: 2, theirs: 1 }], note: '1 MB' }),
    verdictOf({ name: 'items', row: { what: 'items: a word', peer: 'bare' }, rounds: [{ ours: 0.5, theirs: 0.25 }] }),
  ]);
  expect(table).toBe(`2027-01-02, Node 20.1.0, linux x64, 2 cores, load 0.4 before and 2.0 after
The sample theme.

| measure | what | ours | beside | theirs | ratio: median (min–max) | goal | holds | |
|---|---|---:|---|---:|---:|---:|---|---|
| edit | overhead of publishing a one-page edit | 3.00 s | overhead of the existing shell steps | 10.00 s | 0.30 (0.10–0.50) | ≤ 0.3 | yes |  |
| first | overhead of a first publish | 2.00 s | overhead of the existing shell steps | 1.00 s | 2.00 (2.00–2.00) | ≤ 1 | NO | 1 MB |
| items | items: a word | 0.50 s | bare | 0.25 s | 2.00 (2.00–2.00) |  |  |  |
`);
});
