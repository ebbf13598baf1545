import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { HashSet, isOldBlob, isOver, type Needed, runsOfManifests } from '#domain/retention.ts';

const DAY = 24 * 60 * 60_000;
const retention = { logDays: 30, previewDays: 14, publishes: 20, blobDays: 2 };
const site = '0199f3c0-0000-7000-8000-00000000aaaa';
const kept = '0199f3c0-0000-7000-8000-000000000001';
const other = '0199f3c0-0000-7000-8000-000000000002';
const redirect = `manifests/${site}/redirects/${other}/own/courses%2Fold.json.gz`;
const needed: Needed = { manifestKeys: new Set([redirect]), runIds: new Set([kept]) };

it.each([
  [`manifests/${site}/live/${kept}/deployed.json.gz`, 900, false],
  [`manifests/${site}/live/${kept}/themes/ocw-course-v3/deployed.json.gz`, 900, false],
  [`manifests/${site}/live/${other}/deployed.json.gz`, 15, true],
  [`manifests/${site}/live/${other}/deployed.json.gz`, 13, false],
  [redirect, 900, false],
  [`manifests/${site}/redirects/${other}/own/courses%2Fgone.json.gz`, 900, true],
  [`logs/${other}/hugo.txt`, 31, true],
  [`logs/${other}/hugo.txt`, 29, false],
  [`logs/${kept}/hugo.txt`, 900, false],
  [`snapshots/${site}/${other}.json.gz`, 31, true],
  [`reviews/${kept}/report.json.gz`, 900, false],
  [`health`, 900, false],
  [`something-else/${other}.json`, 900, false],
])('%s of %d days is over: %s', (key, days, is) => {
  expect(isOver(key, days * DAY, needed, retention)).toBe(is);
});

it('a manifest in use keeps what its run stored beside it', () => {
  expect(runsOfManifests([`manifests/${site}/live/${kept}/deployed.json.gz`, redirect])).toEqual(new Set([kept]));
});

it('a file that was written lately stays, whoever names it', () => {
  expect([1.9, 2.1].map((days) => isOldBlob(days * DAY, retention))).toEqual([false, true]);
});

describe('a set of names', () => {
  const name = (number: number): string => createHash('sha256').update(String(number)).digest('hex');

  it('knows what was added, however often and in what order, and nothing else', () => {
    const set = new HashSet();
    for (let round = 0; round < 3; round += 1) for (let number = 0; number < 5_000; number += 1) set.add(name(number));
    expect(set.size).toBe(5_000);
    expect(Array.from({ length: 10_000 }, (_, number) => set.has(name(number))).filter(Boolean)).toHaveLength(5_000);
    set.add(name(9_999));
    expect(set.has(name(9_999))).toBe(true);
  });

  it('that is empty knows nothing', () => {
    expect(new HashSet().has(name(1))).toBe(false);
  });
});
