import type { Accessibility } from '#api/contracts/accessibility.ts';
import type { Run } from '#api/contracts/runs.ts';
import type { Site } from '#api/contracts/sites.ts';
import type { Unpublished, UnpublishedItem } from '#api/contracts/unpublished.ts';
import type { Validation } from '#api/contracts/validation.ts';
import { counted } from '#domain/counted.ts';
import { placeOf, type PublishVersion } from '#domain/runs.ts';
import { pathTo } from '../pages/routes.ts';
import type { StateWords } from './runWords.ts';

/** What became of an item since the publish, as a word beside it. */
export const unpublishedWords: Readonly<Record<UnpublishedItem['kind'], StateWords>> = {
  new: { tone: 'done', icon: 'done', word: 'New' },
  changed: { tone: 'running', icon: 'info', word: 'Changed' },
  renamed: { tone: 'waiting', icon: 'right', word: 'Moved' },
  deleted: { tone: 'failed', icon: 'failed', word: 'Deleted' },
};

/** A list as people say it: "a", "a and b", "a, b and c". */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

/** "2 new, 3 changed and 1 deleted": what a publish would bring. */
export function countsWords(counts: Unpublished['counts']): string {
  return listed([counts.new > 0 && `${counts.new.toLocaleString('en-US')} new`, counts.changed > 0 && `${counts.changed.toLocaleString('en-US')} changed`, counts.renamed > 0 && `${counts.renamed.toLocaleString('en-US')} moved`, counts.deleted > 0 && `${counts.deleted.toLocaleString('en-US')} deleted`].filter((part) => part !== false));
}

/** What a publish of a version would change, in one sentence. */
export function unpublishedSentence(it: Pick<Unpublished, 'version' | 'published' | 'total' | 'counts' | 'otherChanges'>): string {
  const place = placeOf[it.version];
  if (it.published === null) return it.total === 0 ? 'There is nothing to publish yet.' : `Nothing is out on ${place} yet. The first publish brings ${counted(it.total, 'item')}.`;
  const other = 'the starter or the site’s settings changed';
  if (it.total === 0) return it.otherChanges ? `No item differs from what is out on ${place}, but ${other}: a publish builds the site anew.` : `${place} shows everything that is saved.`;
  return `${counted(it.total, 'item differs', 'items differ')} from what is out on ${place}: ${countsWords(it.counts)}.${it.otherChanges ? ` Beside them, ${other}.` : ''}`;
}

/** The same for the publish panel, where the place stands above. */
export function changesWords(it: Pick<Unpublished, 'published' | 'total' | 'counts' | 'otherChanges'>): string {
  if (it.published === null) return it.total === 0 ? 'Nothing to publish yet' : `${counted(it.total, 'item')} to publish for the first time`;
  if (it.total === 0) return it.otherChanges ? 'The starter or settings changed' : 'Everything saved is out';
  return countsWords(it.counts);
}

/** Which rule people read, and what a group of its findings is called. */
export const ruleWords: Readonly<Record<keyof Accessibility['counts'], readonly [one: string, several: string]>> = {
  'captions-missing': ['video without captions', 'videos without captions'],
  'alt-missing': ['picture without alternative text', 'pictures without alternative text'],
  'alt-file-name': ['alternative text that is a file’s name', 'alternative texts that are a file’s name'],
  'table-header': ['table without header', 'tables without header'],
  'heading-top': ['heading of level 1', 'headings of level 1'],
  'heading-skips': ['heading that skips a level', 'headings that skip a level'],
  'link-text': ['link that does not say where it leads', 'links that do not say where they lead'],
};

export const severityWords: Readonly<Record<Validation['faults'][number]['severity'], StateWords & { readonly group: string; readonly meaning: string }>> = {
  blocks: { tone: 'failed', icon: 'failed', word: 'Keeps the site from being built', group: 'Blocks a publish', meaning: 'Mend these first: the site cannot be built with them.' },
  broken: { tone: 'waiting', icon: 'warning', word: 'Readers meet it', group: 'Readers meet it', meaning: 'The site can be published, but readers find something broken.' },
  untidy: { tone: 'neutral', icon: 'info', word: 'Untidy', group: 'Untidy', meaning: 'Readers do not notice.' },
};

export interface RunGroup {
  readonly name: string;
  readonly processes: readonly string[];
  readonly version?: PublishVersion;
}

/** Runs that a site's home shows the newest of, in its order. */
export const runGroups: readonly RunGroup[] = [
  { name: 'Publish to Staging', processes: ['publish-site'], version: 'draft' },
  { name: 'Publish to Production', processes: ['publish-site'], version: 'live' },
  { name: 'Move or unpublish', processes: ['change-site-url', 'unpublish-site'] },
  { name: 'Offline', processes: ['build-offline'] },
  { name: 'Google Drive', processes: ['sync-drive-folder', 'create-drive-folders', 'ingest-drive-file', 'backfill-drive-folder'] },
  { name: 'Videos', processes: ['ingest-video', 'adopt-youtube-video', 'update-youtube', 'caption-video'] },
  { name: 'Links', processes: ['check-links', 'archive-links'] },
  { name: 'Repository', processes: ['site-repo', 'pull-content', 'import-site'] },
];

/** The newest run of each group that has one; what runs or failed comes before what is only newer. */
export function newestByGroup(runs: readonly Run[]): { readonly group: RunGroup; readonly run: Run }[] {
  const weight = (run: Run): number => (run.state === 'running' ? 2 : run.state === 'failed' || run.state === 'terminated' ? 1 : 0);
  return runGroups.flatMap((group) => {
    const [first] = runs
      .filter((run) => group.processes.includes(run.process) && (group.version === undefined || run.version === group.version))
      .sort((a, b) => weight(b) - weight(a) || b.startedAt.localeCompare(a.startedAt));
    return first === undefined ? [] : [{ group, run: first }];
  });
}

export interface SectionGroup {
  readonly category: string;
  readonly sections: Site['sections'];
}

/** The sections of a starter by its own headings, in its order. */
export function sectionGroups(sections: Site['sections']): SectionGroup[] {
  const groups = new Map<string, Site['sections'][number][]>();
  for (const section of sections) groups.set(section.category, [...(groups.get(section.category) ?? []), section]);
  return [...groups].map(([category, of]) => ({ category: category.charAt(0).toUpperCase() + category.slice(1), sections: of }));
}

/** The address of an item at a field, and at a line of it, for the editor to go to. */
export function itemPath(site: string, item: string, place: { readonly field?: string | null; readonly line?: number | null } = {}): string {
  return pathTo('item', { site, item }, { field: place.field ?? undefined, line: place.line == null ? undefined : String(place.line) });
}

/** A value of a field in a difference, as people read it. */
export function valueWords(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (typeof value === 'string') return value;
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value.join(', ') : JSON.stringify(value);
}

export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed' | 'gap';
  readonly text: string;
}

/** The lines of a unified diff as they are drawn. */
export function diffLines(patch: string): DiffLine[] {
  return patch
    .split('\n')
    .slice(2)
    .flatMap((line): DiffLine[] => {
      if (line.startsWith('@@')) return [{ kind: 'gap', text: '' }];
      if (line === '' || line.startsWith('\\')) return [];
      return [{ kind: line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'same', text: line.slice(1) }];
    })
    .filter((line, index) => index > 0 || line.kind !== 'gap');
}
