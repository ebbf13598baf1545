import type { Link, LinkBacklog } from '#api/contracts/links.ts';
import { counted } from '#domain/counted.ts';
import type { StateWords } from './runWords.ts';

/** How the state of a link is said and drawn. */
export function linkStateWords(link: Pick<Link, 'url' | 'status' | 'checkedAt'>): StateWords {
  if (link.url === '') return { tone: 'neutral', icon: 'pending', word: 'No address' };
  switch (link.status) {
    case 'valid':
      return { tone: 'done', icon: 'done', word: 'Works' };
    case 'broken':
      return { tone: 'failed', icon: 'failed', word: 'Broken' };
    case 'unchecked':
      return { tone: 'neutral', icon: 'skipped', word: 'Turns checks away' };
    case null:
      return { tone: 'neutral', icon: 'pending', word: link.checkedAt === null ? 'Not checked yet' : 'Not known' };
  }
}

const TROUBLES: Readonly<Record<string, string>> = {
  dns: 'Its name cannot be found.',
  connect: 'Its server cannot be reached.',
  tls: 'Its server does not prove who it is.',
  timeout: 'Its server did not answer in time.',
  answer: 'Its server gave no proper answer.',
  redirects: 'It is redirected without end.',
};

/** What the last check found, and what it means; undefined when there is nothing to say. */
export function linkNote({ url, status, code, failures, trouble }: Pick<Link, 'url' | 'status' | 'code' | 'failures' | 'trouble'>): string | undefined {
  if (url === '') return 'The item has no address. Give it one.';
  if (trouble !== null) return `The last check found nothing out. ${TROUBLES[trouble] ?? 'The address, or one it leads to, is none of the public web, so it is not asked for.'}`;
  if (status === 'broken') return `The page answered ${String(code)} twice in a row. Readers are offered its archived copy, if there is one. Give it a new address, or take it out.`;
  if (failures > 0) return `The page answered ${String(code)} once. It counts as broken when the next check finds the same.`;
  if (status === 'unchecked') return `The page answered ${String(code)}, which says more of who asks than of the page. Open it to see for yourself.`;
  return undefined;
}

/** Where a link stands with the archive, in a sentence. */
export function archiveNote({ state, reason, url }: Pick<Link['archive'], 'state' | 'reason' | 'url'>): string {
  switch (state) {
    case 'none':
      return url === null ? 'It was not archived yet.' : 'It has a copy.';
    case 'archived':
      return 'It has a copy.';
    case 'queued':
      return reason === null ? 'It waits to be archived.' : `The archive could not capture it (${wordOf(reason)}). It is tried again.`;
    case 'submitted':
      return 'The archive is capturing it.';
    case 'unknown':
      return 'The archive has not said what became of its capture. It is looked for later.';
    case 'failed':
      return `The archive could not capture it (${wordOf(reason ?? 'unknown')}).`;
  }
}

/** The archive's own word as people read it: `error:not-found` is `not found`. */
function wordOf(reason: string): string {
  return reason.replace(/^error:/, '').replaceAll('-', ' ');
}

/** What the account at the archive may do today, in a sentence. */
export function accountSentence(account: NonNullable<LinkBacklog['account']>): string {
  const { dailyCaptures, dailyLimit, processing } = account;
  const now = processing === 0 ? 'none is at work' : `${processing.toLocaleString('en-US')} at work`;
  if (dailyCaptures === null) return `The archive does not say how many captures were made today; ${now}.`;
  return `${counted(dailyCaptures, 'capture')} today${dailyLimit === null ? '' : ` of ${dailyLimit.toLocaleString('en-US')}`}; ${now}.`;
}
