import type { OfflineVersion } from '#api/contracts/offline.ts';
import type { StateWords } from './runWords.ts';

/** How the state of a version's downloads is said and drawn. */
export const offlineStateWords: Readonly<Record<OfflineVersion['state'], StateWords>> = {
  never: { tone: 'neutral', icon: 'pending', word: 'Not built' },
  waiting: { tone: 'waiting', icon: 'waiting', word: 'Waiting' },
  running: { tone: 'running', icon: 'running', word: 'Building' },
  built: { tone: 'done', icon: 'done', word: 'Built' },
  hidden: { tone: 'neutral', icon: 'stopped', word: 'Hidden' },
  failed: { tone: 'failed', icon: 'failed', word: 'Failed' },
  cancelled: { tone: 'neutral', icon: 'stopped', word: 'Cancelled' },
};

/** What each of the two zips is called. */
export const zipWords: Readonly<Record<OfflineVersion['zips'][number]['variant'], string>> = { plain: 'Without videos', video: 'With videos' };

/** What a person should know of a version's downloads; undefined when everything is as one expects. */
export function offlineNote(offline: OfflineVersion, isOut: boolean): string | undefined {
  if (offline.state === 'hidden') return 'The course hides its download (‘hide_download’ in its metadata), so there is none.';
  if (!isOut && offline.builtAt === null) return 'It is built after the first publish.';
  if (offline.state === 'failed' && offline.builtAt !== null) return 'What can be downloaded is from an earlier publish.';
  if (offline.isOlder && offline.state === 'built') return 'Readers see a newer publish than the one that can be downloaded.';
  return undefined;
}
