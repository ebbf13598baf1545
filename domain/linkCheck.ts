import type { AddressFault } from './publicAddress.ts';

/** Why an address gave no answer: its name, the way there, its certificate, time, what it answered, where it sends one. */
export type LinkTrouble = 'dns' | 'connect' | 'tls' | 'timeout' | 'answer' | 'redirects';

/** What came of asking for an address of the public web. */
export type LinkAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly finalUrl: string }
  /** Not asked: it, or an address it redirects to (`at`), is none of the public web. */
  | { readonly kind: 'refused'; readonly why: AddressFault; readonly at: string }
  | { readonly kind: 'failed'; readonly why: LinkTrouble; readonly detail: string };

/** What readers may be told of a link; stands as `status` in an item’s metadata. */
export type LinkStatus = 'valid' | 'broken' | 'unchecked';

/** What one look at a link found. `check_failed` says nothing of the link. */
export type LinkVerdict =
  | { readonly outcome: LinkStatus; readonly code: number | null }
  | { readonly outcome: 'check_failed'; readonly trouble: AddressFault | LinkTrouble };

/** What is known of a link after all looks at it. */
export interface LinkState {
  /** Null until a look found out. */
  readonly status: LinkStatus | null;
  /** Of the last answer; null when there was none, or nothing to ask for. */
  readonly code: number | null;
  /** Answers in a row that say that it is broken. */
  readonly failures: number;
  /** Why the last look found nothing out. */
  readonly trouble: AddressFault | LinkTrouble | null;
}

export const UNKNOWN_LINK: LinkState = { status: null, code: null, failures: 0, trouble: null };

/** One bad answer may be a bad day; the second in a row is believed. */
const FAILURES_UNTIL_BROKEN = 2;

/** Answers that say more of who asks, or of the moment, than of the page. */
const UNCHECKED_CODES = new Set([401, 402, 403, 408, 429, 503]);

/** Reads an answer; null stands for an item without an address, which nothing can be wrong with. */
export function verdictOf(answer: LinkAnswer | null): LinkVerdict {
  if (answer === null) return { outcome: 'valid', code: null };
  if (answer.kind !== 'answered') return { outcome: 'check_failed', trouble: answer.why };
  const code = answer.status;
  if (UNCHECKED_CODES.has(code)) return { outcome: 'unchecked', code };
  // Codes past 599 are nobody’s standard and mostly a guard against robots.
  return { outcome: code >= 400 && code < 600 ? 'broken' : 'valid', code };
}

/**
 * What is known of a link after one more look. A first bad answer leaves what readers are told as it was; a look that
 * found nothing out, or was turned away, neither adds to the bad answers nor takes any back.
 */
export function afterCheck(before: LinkState, verdict: LinkVerdict): LinkState {
  switch (verdict.outcome) {
    case 'check_failed':
      return { ...before, trouble: verdict.trouble };
    case 'valid':
      return { status: 'valid', code: verdict.code, failures: 0, trouble: null };
    case 'unchecked':
      // Whoever turns robots away does not make a page whole that was known to be gone.
      return { status: before.status === 'broken' ? 'broken' : 'unchecked', code: verdict.code, failures: before.failures, trouble: null };
    case 'broken': {
      const failures = before.failures + 1;
      return { status: failures >= FAILURES_UNTIL_BROKEN ? 'broken' : before.status, code: verdict.code, failures, trouble: null };
    }
  }
}

type Metadata = Readonly<Record<string, unknown>>;

/** Metadata with what is known of its link, and whether that changed anything in it. */
export interface LinkMetadata {
  readonly metadata: Metadata;
  /** Whether there is anything to write. */
  readonly isChanged: boolean;
  /** Whether readers would see it: only then has the site something to publish. */
  readonly isSeen: boolean;
}

/**
 * Writes what is known of a link into its item’s metadata: `status`, and as `url_status_code` the answer it rests on. A
 * look that leaves the status open (nothing found out, a first bad answer) writes nothing; nor is any time written.
 */
export function withLinkState(metadata: Metadata, state: LinkState): LinkMetadata {
  const isOpen = state.status === null || state.trouble !== null || (state.failures > 0 && state.status !== 'broken');
  return isOpen ? compared(metadata, metadata) : compared(metadata, { ...metadata, status: state.status, url_status_code: state.code });
}

/** Writes the address of a link’s archived copy into its item’s metadata. */
export function withArchivedCopy(metadata: Metadata, waybackUrl: string): LinkMetadata {
  return compared(metadata, { ...metadata, wayback_url: waybackUrl });
}

/** Takes out of an item’s metadata what was known of another address than the one it has now. */
export function withoutLinkState(metadata: Metadata): LinkMetadata {
  const { status: _status, url_status_code: _code, wayback_url: _copy, ...rest } = metadata;
  return compared(metadata, rest);
}

function compared(before: Metadata, after: Metadata): LinkMetadata {
  const isChanged = Object.keys({ ...before, ...after }).some((key) => after[key] !== before[key]);
  const [seen, seenBefore] = [whatReadersSee(after), whatReadersSee(before)];
  return { metadata: isChanged ? after : before, isChanged, isSeen: seen.isBroken !== seenBefore.isBroken || seen.copy !== seenBefore.copy };
}

/**
 * What of a link’s state shows on a page: that it is broken, and then where its archived copy is. A link that is not known
 * to be broken leads to its address, whatever copies there are, so that a copy made every month republishes nothing.
 */
function whatReadersSee(metadata: Metadata): { readonly isBroken: boolean; readonly copy: unknown } {
  const isBroken = metadata['status'] === 'broken';
  return { isBroken, copy: isBroken ? (metadata['wayback_url'] ?? '') : '' };
}
