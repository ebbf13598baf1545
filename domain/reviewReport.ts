import { counted } from './counted.ts';
import { formatBytes, type Manifest, type ManifestEntry, planDeploy } from './manifest.ts';
import type { PageDiff } from './pageDiff.ts';

/** One file that differs from what readers see. */
export interface ReviewFile {
  /** The theme output it belongs to; empty for the site's own. */
  readonly theme: string;
  readonly path: string;
  readonly change: 'added' | 'changed' | 'removed';
  /** Bytes it will have; null when it is removed. */
  readonly size: number | null;
  /** Bytes readers get now; null when it is new. */
  readonly sizeBefore: number | null;
}

/** One page that differs, with how much of its text does. */
export interface ReviewPage {
  readonly theme: string;
  readonly path: string;
  readonly change: ReviewFile['change'];
  readonly title: string | null;
  /** Words; null when the texts were not compared. */
  readonly inserted: number | null;
  readonly deleted: number | null;
}

/** What a review found, as it lies in the build store. */
export interface ReviewReport {
  readonly format: 1;
  readonly files: readonly ReviewFile[];
  readonly pages: readonly ReviewPage[];
  /** Paths of pages below the site's address that readers will not find any more. */
  readonly dying: readonly string[];
  readonly unchanged: number;
  /** Pages whose text was not compared, because there are too many or they are too large. */
  readonly notCompared: number;
}

/** The differences of pages, keyed by `pageKey`; kept beside the report, which is read more often. */
export type ReviewDiffs = Readonly<Record<string, PageDiff>>;

export function pageKey(page: { readonly theme: string; readonly path: string }): string {
  return `${page.theme}\n${page.path}`;
}

export interface ComparedBuild {
  readonly files: readonly ReviewFile[];
  readonly unchanged: number;
}

/**
 * What readers would find different if `next` took the place of `current`: compared as a deploy does, so what it would keep is unchanged.
 * @throws {ForeignPathError} when the build put a file where another site lives.
 */
export function compareBuild(current: Manifest | null, next: Manifest, otherPrefixes: readonly string[]): ComparedBuild {
  const before: Readonly<Record<string, ManifestEntry>> = current !== null && current.prefix === next.prefix ? current.files : {};
  const plan = planDeploy({ current, interrupted: null, next, always: [], otherPrefixes });
  const files = [
    ...plan.write.map((path): ReviewFile => ({ theme: next.theme, path, change: before[path] === undefined ? 'added' : 'changed', size: next.files[path]?.size ?? 0, sizeBefore: before[path]?.size ?? null })),
    ...plan.remove.map((path): ReviewFile => ({ theme: next.theme, path, change: 'removed', size: null, sizeBefore: before[path]?.size ?? null })),
  ];
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), unchanged: plan.unchanged };
}

/** Whether readers come to the file as to a page. */
export function isHtml(path: string): boolean {
  return /\.html?$/i.test(path);
}

/** The address of a page below its site's: `pages/syllabus/` for `pages/syllabus/index.html`. */
export function addressOf(path: string): string {
  return path.replace(/(^|\/)index\.html$/, '$1');
}

/** Numbers of a report, as a timeline and lists show them. */
export function reportCounts(report: ReviewReport): Record<'added' | 'changed' | 'removed' | 'unchanged' | 'pages' | 'dying' | 'bytes', number> {
  const of = (change: ReviewFile['change']): number => report.files.filter((file) => file.change === change).length;
  return { added: of('added'), changed: of('changed'), removed: of('removed'), unchanged: report.unchanged, pages: report.pages.length, dying: report.dying.length, bytes: report.files.reduce((sum, file) => sum + (file.size ?? 0), 0) };
}

/** "3 pages differ; 2 files added, 3 changed, 1 removed, 4.1 MB; 1 address would die", for a timeline. */
export function reportSummary(report: ReviewReport): string {
  const { added, changed, removed, pages, dying, bytes } = reportCounts(report);
  if (report.files.length === 0) return 'Nothing differs from what readers see';
  const files = [added > 0 && `${counted(added, 'file')} added`, changed > 0 && `${added > 0 ? changed.toLocaleString('en-US') : counted(changed, 'file')} changed`, removed > 0 && `${added + changed > 0 ? removed.toLocaleString('en-US') : counted(removed, 'file')} removed`].filter((part) => part !== false);
  const addresses = dying === 0 ? '' : `; ${counted(dying, 'address', 'addresses')} would die`;
  return `${counted(pages, 'page differs', 'pages differ')}; ${files.join(', ')}, ${formatBytes(bytes)}${addresses}`;
}
