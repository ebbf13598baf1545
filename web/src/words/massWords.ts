import type { MassPublish, MassSite } from '#api/contracts/massPublishes.ts';
import { endedOf } from '#domain/massPublish.ts';
import { placeOf } from '#domain/runs.ts';
import { percentOf } from '../lib/numbers.ts';
import { runStateWords, type StateWords } from './runWords.ts';

/** How a mass publish's state is said and drawn. */
export function massStateWords(mass: Pick<MassPublish, 'state' | 'isPaused' | 'counts'>): StateWords {
  if (mass.state === 'running' && mass.isPaused) return { tone: 'waiting', icon: 'waiting', word: 'Paused' };
  if (mass.state === 'failed') return { tone: 'failed', icon: 'failed', word: mass.counts.failed > 0 ? 'Sites failed' : 'Failed' };
  return runStateWords[mass.state];
}

/** How a site's line is said and drawn. */
export const massSiteWords: Readonly<Record<MassSite['state'], StateWords>> = {
  waiting: { tone: 'neutral', icon: 'pending', word: 'To come' },
  asked: { tone: 'running', icon: 'running', word: 'Publishing' },
  succeeded: { tone: 'done', icon: 'done', word: 'Done' },
  failed: { tone: 'failed', icon: 'failed', word: 'Failed' },
  skipped: { tone: 'neutral', icon: 'skipped', word: 'Left out' },
  cancelled: { tone: 'neutral', icon: 'stopped', word: 'Stopped' },
  undone: { tone: 'neutral', icon: 'skipped', word: 'Undone' },
};

/** What it is and about which version: "Mass publish to Production", "Undo in Staging". */
export function massTitle(mass: Pick<MassPublish, 'kind' | 'version'>): string {
  const place = placeOf[mass.version];
  return mass.kind === 'undo' ? `Undo of a mass publish in ${place}` : `Mass publish to ${place}`;
}

/** Which sites were chosen, as a person would say it. */
export function filterWords(filter: MassPublish['filter']): string {
  const parts = [
    ...(filter.names === null ? [] : [`${filter.names.toLocaleString('en-US')} named`]),
    ...(filter.starter === null ? [] : [`starter ${filter.starter}`]),
    ...(filter.source === null ? [] : [`from ${filter.source}`]),
  ];
  return parts.length === 0 ? 'Every site that is out' : `Only ${parts.join(', ')}`;
}

/** How much of it is done, in percent. */
export function percentDone(mass: Pick<MassPublish, 'counts' | 'sites'>): number {
  return percentOf(endedOf(mass.counts), mass.sites);
}
