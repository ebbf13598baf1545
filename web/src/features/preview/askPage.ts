import { type PageCheck, readPageCheck } from './pageCheck.ts';

/** How long a page may take to get the tool and look at itself, milliseconds; a long one with many formulas takes some seconds. */
const ANSWER_MS = 60_000;
let asked = 0;

/** Has the page in a frame check itself with axe. Nobody but that frame, at that origin, is heard. */
export function askPage(frame: HTMLIFrameElement, origin: string, signal?: AbortSignal): Promise<PageCheck> {
  asked += 1;
  const id = asked;
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = (check: PageCheck): void => {
      over.abort();
      clearTimeout(timer);
      resolve(check);
    };
    const timer = setTimeout(() => end({ state: 'failed', why: 'silent' }), ANSWER_MS);
    window.addEventListener(
      'message',
      (event: MessageEvent<unknown>) => {
        if (event.origin !== origin || event.source === null || event.source !== frame.contentWindow) return;
        const check = readPageCheck(event.data, id);
        if (check !== undefined) end(check);
      },
      { signal: over.signal },
    );
    // A frame that shows another page by then has nobody who answers.
    frame.addEventListener('load', () => end({ state: 'failed', why: 'silent' }), { signal: over.signal });
    signal?.addEventListener('abort', () => end({ state: 'failed', why: 'silent' }), { signal: over.signal });
    frame.contentWindow?.postMessage({ kind: 'studio-preview:check', id }, origin);
  });
}
