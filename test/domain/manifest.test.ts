import { describe, expect, it } from 'vitest';
import { deployedKey, ForeignPathError, formatBytes, isPage, type Manifest, type ManifestEntry, planDeploy, planSummary, type DeployInput } from '#domain/manifest.ts';
import { makeEntry, makeManifest } from '#test/factories/manifest.ts';
import { seeded } from '#test/support/seeded.ts';

const plan = (next: Manifest, given: Partial<DeployInput> = {}) => planDeploy({ current: null, interrupted: null, next, always: [], otherPrefixes: [], ...given });

describe('the plan of a deploy', () => {
  it('writes everything at first, assets before pages, each in order', () => {
    const made = plan(makeManifest({ 'index.html': 'i', 'b.css': 'b', 'a.js': 'a', 'data.json': 'd', 'z.pdf': 'z', 'pages/a/index.html': 'p' }));
    expect(made.write).toEqual(['a.js', 'b.css', 'z.pdf', 'data.json', 'index.html', 'pages/a/index.html']);
    expect(made.write.slice(0, made.assetCount)).toEqual(['a.js', 'b.css', 'z.pdf']);
    expect([made.unchanged, made.remove, made.writeBytes]).toEqual([0, [], 6]);
  });

  it('leaves alone what readers have, and removes what the build lacks', () => {
    const made = plan(makeManifest({ 'a.html': 'a', 'b.html': 'new', 'c.css': 'c' }), { current: makeManifest({ 'a.html': 'a', 'b.html': 'old', 'c.css': 'c', 'gone.html': 'g', 'gone.css': 'g' }) });
    expect(made).toMatchObject({ write: ['b.html'], assetCount: 0, unchanged: 2, writeBytes: 3, remove: ['gone.css', 'gone.html'] });
  });

  it('takes a file that moved for a new one and a removed one: it does not know moves', () => {
    expect(plan(makeManifest({ 'new.html': 'x' }), { current: makeManifest({ 'old.html': 'x' }) })).toMatchObject({ write: ['new.html'], remove: ['old.html'] });
  });

  it('writes again what changed its type only', () => {
    const typed = (contentType: string) => makeManifest({ 'a.mjs': makeEntry('a', { contentType }) });
    expect(plan(typed('text/javascript'), { current: typed('application/octet-stream') }).write).toEqual(['a.mjs']);
  });

  it('writes what is always written, even unchanged, and counts it as written', () => {
    const same = makeManifest({ 'data.json': 'd', 'a.html': 'a' });
    expect(plan(same, { current: same, always: ['data.json'] })).toMatchObject({ write: ['data.json'], unchanged: 1, writeBytes: 1 });
  });

  it('does not write a page of which only what means nothing changed, and remembers the bytes readers have', () => {
    const deployed = makeEntry('id=1', { fingerprint: 'masked' });
    const built = makeEntry('id=2', { fingerprint: 'masked' });
    const made = plan(makeManifest({ 'a.html': built }), { current: makeManifest({ 'a.html': deployed }) });
    expect(made).toMatchObject({ write: [], unchanged: 1 });
    expect(made.result.files['a.html']).toEqual(deployed);
  });

  it('takes a page without anything volatile for another than its masked twin', () => {
    expect(plan(makeManifest({ 'a.html': makeEntry('plain') }), { current: makeManifest({ 'a.html': makeEntry('id=1', { fingerprint: 'masked' }) }) }).write).toEqual(['a.html']);
  });

  it('promises a manifest with exactly the files of the build, kept ones as deployed', () => {
    const next = makeManifest({ 'a.html': 'a', 'b.html': 'b' }, { runId: 'run-2' });
    const made = plan(next, { current: makeManifest({ 'a.html': 'a', 'gone.html': 'g' }) });
    expect(made.result).toEqual(next);
  });

  describe('after a deploy that did not end', () => {
    it('counts as unknown what it was about to write, and what it never named', () => {
      const current = makeManifest({ 'a.html': '1', 'b.html': '1', 'c.html': '1' });
      const interrupted = makeManifest({ 'a.html': '1', 'b.html': '2' });
      expect(plan(current, { current, interrupted }).write).toEqual(['b.html', 'c.html']);
    });

    it('removes also what only it may have written', () => {
      const current = makeManifest({ 'a.html': '1' });
      expect(plan(current, { current, interrupted: makeManifest({ 'a.html': '1', 'half.html': 'h', 'half.css': 'h' }) }).remove).toEqual(['half.css', 'half.html']);
    });

    it('was the first one: everything is written', () => {
      const next = makeManifest({ 'a.html': '1' });
      expect(plan(next, { interrupted: next }).write).toEqual(['a.html']);
    });
  });

  describe('of a site that moved', () => {
    it('starts anew at its place and removes nothing at the old one', () => {
      const files = { 'a.html': '1' };
      const made = plan(makeManifest(files, { prefix: 'courses/new' }), { current: makeManifest({ ...files, 'b.html': '2' }), interrupted: makeManifest({ 'c.html': '3' }) });
      expect(made).toMatchObject({ write: ['a.html'], remove: [], unchanged: 0 });
    });
  });

  describe('beside other sites of the same bucket', () => {
    const root = (files: Readonly<Record<string, string>>) => makeManifest(files, { prefix: '', siteName: 'ocw-www' });
    const otherPrefixes = ['courses/my-course', 'courses/other'];

    it('refuses a build that puts a file where another site lives', () => {
      const attempt = () => plan(root({ 'index.html': 'i', 'courses/other/index.html': 'x' }), { otherPrefixes });
      expect(attempt).toThrow(ForeignPathError);
      expect(attempt).toThrow('The build put out ‘courses/other/index.html’, which belongs to the site at ‘courses/other’');
    });

    it('refuses a file that has the very name of another site’s folder', () => {
      expect(() => plan(root({ 'courses/other': 'x' }), { otherPrefixes })).toThrow(ForeignPathError);
    });

    it('takes a longer name for another place', () => {
      expect(plan(root({ 'courses/other-more/index.html': 'x' }), { otherPrefixes }).write).toEqual(['courses/other-more/index.html']);
    });

    it('never removes what a site that came later has put there', () => {
      const before = root({ 'index.html': 'i', 'courses/other/index.html': 'old', 'courses/old/index.html': 'o' });
      expect(plan(root({ 'index.html': 'i' }), { current: before, interrupted: before, otherPrefixes }).remove).toEqual(['courses/old/index.html']);
    });

    it('lets a course lie below its own prefix, and refuses one that would reach into a site below it', () => {
      expect(plan(makeManifest({ 'a.html': 'a' }), { otherPrefixes: ['courses/my-course', ''] }).write).toEqual(['a.html']);
      expect(() => plan(makeManifest({ 'below/a.html': 'a' }), { otherPrefixes: ['courses/my-course/below'] })).toThrow(ForeignPathError);
    });
  });

  it('leads from any state of the bucket to the build, however often and wherever a deploy broke off', () => {
    const random = seeded(7);
    const paths = ['a.html', 'b.html', 'c.css', 'd.js', 'data.json', 'e/index.html', 'f.png'] as const;
    const anySite = () => makeManifest(Object.fromEntries(random.some(7, () => [random.pick(paths), makeEntry(`text ${random.below(3)}`, { contentType: `type/${random.below(2)}` })])));
    const inBucket = (entry: ManifestEntry | undefined): string => `${entry?.sha256} ${entry?.contentType}`;
    for (let round = 0; round < 400; round += 1) {
      const bucket = new Map<string, string>();
      let current: Manifest | null = null;
      let interrupted: Manifest | null = null;
      for (let step = 0; step < 6; step += 1) {
        const next = anySite();
        const made = plan(next, { current, interrupted, always: ['data.json'].filter((path) => next.files[path] !== undefined) });
        const moves = [...made.write.map((path) => () => bucket.set(path, inBucket(made.result.files[path]))), ...made.remove.map((path) => () => bucket.delete(path))];
        const broken = random.below(3) === 0 && step < 5;
        for (const move of broken ? moves.slice(0, random.below(moves.length + 1)) : moves) move();
        if (broken) {
          interrupted = made.result;
          continue;
        }
        current = made.result;
        interrupted = null;
        expect(Object.fromEntries(bucket)).toEqual(Object.fromEntries(Object.entries(next.files).map(([path, entry]) => [path, inBucket(entry)])));
      }
    }
  });
});

it('a key is the path below the site’s prefix', () => {
  expect(deployedKey({ prefix: 'courses/x' }, 'a/b.html')).toBe('courses/x/a/b.html');
  expect(deployedKey({ prefix: '' }, 'a/b.html')).toBe('a/b.html');
});

it('pages are what readers come to by address', () => {
  expect(['a.html', 'a.HTM', 'a.json', 'sitemap.xml', 'robots.txt'].every(isPage)).toBe(true);
  expect(['a.css', 'a.js', 'a.pdf', 'a', 'html', 'a.html.gz'].some(isPage)).toBe(false);
});

describe('sizes and counts as people read them', () => {
  it.each([
    [0, '0 B'],
    [812, '812 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [4_149_000, '4.1 MB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [1_500_000_000, '1.5 GB'],
    [2e15, '2000.0 TB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('are one line', () => {
    expect(planSummary({ write: Array.from({ length: 312 }, () => ''), unchanged: 1_621, writeBytes: 4_100_000, remove: [] })).toBe('312 of 1,933 files to write, 4.1 MB');
    expect(planSummary({ write: [], unchanged: 3, writeBytes: 0, remove: Array.from({ length: 1_200 }, () => '') })).toBe('0 of 3 files to write, 0 B, 1,200 to remove');
  });
});
