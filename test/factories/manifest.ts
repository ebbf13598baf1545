import { createHash } from 'node:crypto';
import type { Manifest, ManifestEntry } from '#domain/manifest.ts';

/** The entry of a file with this text; `as` says what differs. */
export function makeEntry(text: string, as: Partial<ManifestEntry> = {}): ManifestEntry {
  return { sha256: createHash('sha256').update(text).digest('hex'), size: Buffer.byteLength(text), contentType: 'text/html; charset=utf-8', ...as };
}

/** The manifest of a course; a text stands for the entry of a file with that text. */
export function makeManifest(files: Readonly<Record<string, string | ManifestEntry>>, as: Partial<Manifest> = {}): Manifest {
  return {
    format: 1,
    siteId: 'site-1',
    siteName: 'my-course',
    version: 'live',
    theme: '',
    prefix: 'courses/my-course',
    runId: 'run-1',
    commit: 'c'.repeat(40),
    themesCommit: 't'.repeat(40),
    projectsCommit: 'p'.repeat(40),
    hugoVersion: '0.147.9',
    files: Object.fromEntries(Object.entries(files).map(([path, entry]) => [path, typeof entry === 'string' ? makeEntry(entry) : entry])),
    ...as,
  };
}
