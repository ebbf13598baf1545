import type { SiteVersion } from '#api/contracts/sites.ts';
import { count } from '../lib/numbers.ts';
import type { StateWords } from './runWords.ts';

/** How the state of a site's version is said and drawn. */
export const versionStateWords: Readonly<Record<SiteVersion['state'], StateWords>> = {
  never: { tone: 'neutral', icon: 'pending', word: 'Not published' },
  waiting: { tone: 'waiting', icon: 'waiting', word: 'Waiting' },
  running: { tone: 'running', icon: 'running', word: 'Publishing' },
  published: { tone: 'done', icon: 'done', word: 'Published' },
  failed: { tone: 'failed', icon: 'failed', word: 'Failed' },
  unpublished: { tone: 'neutral', icon: 'stopped', word: 'Offline' },
  cancelled: { tone: 'neutral', icon: 'stopped', word: 'Cancelled' },
};

export interface WaitingWords {
  readonly tone: 'waiting' | 'running';
  readonly title: string;
  readonly text: string;
}

/** What is said about requests that no run has taken yet; undefined when there are none. */
export function waitingWords(version: Pick<SiteVersion, 'state' | 'waiting'>): WaitingWords | undefined {
  const all = version.waiting.length;
  if (all === 0) return undefined;
  if (version.waiting.some((request) => !request.delivered)) {
    return {
      tone: 'waiting',
      title: 'Waiting for the engine',
      text: all === 1 ? 'Your request is kept. It goes out by itself as soon as the engine answers.' : `${count(all)} requests are kept. They go out together in one pass as soon as the engine answers.`,
    };
  }
  if (version.state !== 'running') return { tone: 'running', title: 'Asked for', text: 'It starts in a moment.' };
  return {
    tone: 'running',
    title: all === 1 ? '1 more request waits' : `${count(all)} more requests wait`,
    text: all === 1 ? 'It goes out in one more pass when this one ends.' : 'They go out together in one pass when this one ends.',
  };
}
