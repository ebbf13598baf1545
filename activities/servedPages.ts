import { createHash } from 'node:crypto';
import { deployedKey } from '#domain/manifest.ts';
import type { PlannedOutput } from './storedPlans.ts';

/** An address readers use, and what they must get there. */
export interface AddressToVerify {
  readonly url: string;
  /** Of the page's content, hex; null where no page must be any more. */
  readonly sha256: string | null;
}

/** Changed pages looked at in the site's own theme; of each further theme it is its first page. */
const PAGES = 3;
/** How long one answer may take, milliseconds. */
const ANSWER_MS = 10_000;
/** What a CDN makes up by itself, whatever the bucket holds. */
const SYNTHETIC = /(^|\/)404\.html$/;

/** A few pages that were changed, the site's first page among them when it was, and one that was removed. */
export function addressesToVerify(outputs: readonly PlannedOutput[], baseUrl: string): AddressToVerify[] {
  return outputs.flatMap(({ theme, plan, manifest }) => {
    const urlOf = (path: string): string => `${baseUrl}/${deployedKey(manifest, path).replace(/(^|\/)index\.html$/, '$1').split('/').map(encodeURIComponent).join('/')}`;
    const pages = plan.write.filter((path) => path.endsWith('.html') && !SYNTHETIC.test(path) && manifest.files[path]?.storageKey === undefined);
    const chosen = [...pages.filter((path) => path === 'index.html'), ...pages.filter((path) => path !== 'index.html')].slice(0, theme === '' ? PAGES : 1);
    const removed = theme === '' ? (plan.removedPages ?? []).filter((path) => !SYNTHETIC.test(path)).slice(0, 1) : [];
    return [...chosen.map((path) => ({ url: urlOf(path), sha256: manifest.files[path]?.sha256 ?? null })), ...removed.map((path) => ({ url: urlOf(path), sha256: null }))];
  });
}

/** Fetches an address as readers do. @returns what is wrong there, to be read after the address, `unreachable`, or null when it fits. */
export async function lookAt(address: AddressToVerify, abortSignal: AbortSignal): Promise<string | null> {
  const signal = AbortSignal.any([AbortSignal.timeout(ANSWER_MS), abortSignal]);
  try {
    const answer = await fetch(address.url, { redirect: address.sha256 === null ? 'manual' : 'follow', signal });
    if (address.sha256 === null) {
      await answer.body?.cancel();
      // A redirect of the CDN's own leads readers on from what is gone.
      const isGone = answer.status === 404 || answer.status === 403 || answer.status === 410 || (answer.status >= 300 && answer.status < 400);
      return isGone ? null : `answers ${answer.status}, although the page was removed`;
    }
    const hash = createHash('sha256');
    for await (const chunk of answer.body ?? []) hash.update(chunk);
    if (answer.status !== 200) return `answers ${answer.status}`;
    return hash.digest('hex') === address.sha256 ? null : 'is not what was deployed';
  } catch {
    abortSignal.throwIfAborted();
    return 'unreachable';
  }
}
