import type { Review, ReviewedPage } from '#api/contracts/reviews.ts';
import { counted } from '#domain/counted.ts';
import { formatBytes } from '#domain/manifest.ts';
import { exactTime } from '../lib/time.ts';
import type { StateWords } from './runWords.ts';

/** How the state of a review is said and drawn. */
export const reviewStateWords: Readonly<Record<Review['state'], StateWords>> = {
  building: { tone: 'running', icon: 'running', word: 'Being made' },
  waiting: { tone: 'waiting', icon: 'waiting', word: 'Waits for your decision' },
  scheduled: { tone: 'waiting', icon: 'waiting', word: 'Scheduled' },
  publishing: { tone: 'running', icon: 'running', word: 'Publishing' },
  published: { tone: 'done', icon: 'done', word: 'Published' },
  failed: { tone: 'failed', icon: 'failed', word: 'Failed' },
  rejected: { tone: 'neutral', icon: 'stopped', word: 'Rejected' },
  superseded: { tone: 'neutral', icon: 'skipped', word: 'Superseded' },
  cancelled: { tone: 'neutral', icon: 'stopped', word: 'Cancelled' },
  expired: { tone: 'neutral', icon: 'stopped', word: 'Expired' },
};

/** What happens to a file or page, as a word beside it. */
export const changeWords: Readonly<Record<ReviewedPage['change'], StateWords>> = {
  added: { tone: 'done', icon: 'done', word: 'New' },
  changed: { tone: 'running', icon: 'info', word: 'Changed' },
  removed: { tone: 'failed', icon: 'failed', word: 'Removed' },
};

/** A review whose outcome is still open. */
export function isOpen(review: Pick<Review, 'state'>): boolean {
  return review.state === 'building' || review.state === 'waiting' || review.state === 'scheduled' || review.state === 'publishing' || review.state === 'failed';
}

/** What would change, in one sentence. */
export function countsSentence(counts: NonNullable<Review['counts']>): string {
  const files = [counts.added > 0 && `${counted(counts.added, 'new file')}`, counts.changed > 0 && counted(counts.changed, 'changed file'), counts.removed > 0 && counted(counts.removed, 'removed file')].filter((part) => part !== false);
  if (files.length === 0) return 'Nothing differs from what readers see.';
  const list = files.length === 1 ? files.join('') : `${files.slice(0, -1).join(', ')} and ${files.at(-1) ?? ''}`;
  return `${list}, ${formatBytes(counts.bytes)} to write. ${counted(counts.pages, 'page differs', 'pages differ')}, ${counted(counts.unchanged, 'file stays', 'files stay')} as ${counts.unchanged === 1 ? 'it is' : 'they are'}.`;
}

/** How much of a page's text differs. */
export function wordsSentence(page: Pick<ReviewedPage, 'inserted' | 'deleted'>): string {
  if (page.inserted === null || page.deleted === null) return 'Text not compared';
  if (page.inserted === 0 && page.deleted === 0) return 'Same text, other markup';
  return [page.inserted > 0 && `${counted(page.inserted, 'word')} added`, page.deleted > 0 && `${counted(page.deleted, 'word')} removed`].filter((part) => part !== false).join(', ');
}

/** Who approved, or what is missing; undefined where nobody has to. */
export function approvalSentence(review: Pick<Review, 'needsApproval' | 'approved' | 'approvalAsked'> & { readonly can: Pick<Review['can'], 'approve'> }): string | undefined {
  if (review.approved !== null) return `${review.approved.person?.name ?? 'The command line'} approved this.`;
  if (review.approvalAsked !== null) return `${review.approvalAsked.person?.name ?? 'The command line'} asked for approval. ${review.can.approve ? 'You may give it.' : 'Another person who may publish this site has to give it.'}`;
  return review.needsApproval ? 'Before this can go out, a second person who may publish this site has to approve it.' : undefined;
}

/** When it goes out, in the person's zone. */
export function scheduleSentence(scheduled: NonNullable<Review['scheduled']>): string {
  return `Goes out on ${exactTime(new Date(scheduled.at))}, set by ${scheduled.person?.name ?? 'the command line'}.`;
}

/** What a person's clock shows then, as a field for date and time wants it. */
export function localValue(at: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The moment a person means by what they typed in their own zone; undefined while it is none. */
export function momentOf(local: string): string | undefined {
  const at = new Date(local);
  return local === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
