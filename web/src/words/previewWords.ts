import type { SitePreview } from '#api/contracts/sitePreviews.ts';
import type { IconName } from '../ui/Icon.svelte';
import type { Tone } from '../ui/tones.ts';

export interface PreviewWords {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly word: string;
}

/** How a preview stands, in a few words. */
export function previewWords(of: { readonly state: SitePreview | undefined; readonly isPaused: boolean; readonly isUpdating: boolean; readonly hasProblem: boolean }): PreviewWords {
  const { state } = of;
  if (of.isPaused) return { tone: 'neutral', icon: 'stopped', word: 'Paused' };
  if (of.hasProblem) return { tone: 'failed', icon: 'failed', word: 'Not up to date' };
  if (state === undefined || state.state === 'starting') return { tone: 'running', icon: 'running', word: startWords(state) };
  if (state.state === 'ended') return { tone: 'neutral', icon: 'stopped', word: 'Ended' };
  if (state.state === 'failed') return { tone: 'failed', icon: 'failed', word: 'Cannot be shown' };
  if (of.isUpdating) return { tone: 'running', icon: 'running', word: 'Updating' };
  return state.fault === null ? { tone: 'done', icon: 'done', word: 'Up to date' } : { tone: 'waiting', icon: 'warning', word: 'Last change not shown' };
}

function startWords(state: SitePreview | undefined): string {
  if (state === undefined) return 'Opening';
  const files = state.files === 0 ? '' : `, ${state.files.toLocaleString('en-US')} ${state.files === 1 ? 'file' : 'files'}`;
  return `${state.doing}${files} …`;
}

/** Why the last change is not shown, and where. */
export function faultSentence(fault: NonNullable<SitePreview['fault']>): string {
  const place = fault.file === undefined ? '' : ` ${fault.inTheme === true ? 'In the theme’s' : 'In'} ${fault.file}${fault.line === undefined ? '' : `, line ${fault.line}`}.`;
  const message = fault.message.charAt(0).toUpperCase() + fault.message.slice(1);
  return `${message}${/[.!?]$/.test(message) ? '' : '.'}${place}`;
}

/** Whose unsaved texts are shown beside one’s own; undefined when there are none. */
export function othersSentence(others: SitePreview['others'], item: string): string | undefined {
  if (others.length === 0) return undefined;
  const here = others.filter(({ textId }) => textId === item);
  if (here.length > 0) return `${here.map(({ name }) => name).join(' and ')} writes on this page, too. It shows who typed last, and none of that is saved.`;
  const list = others.map(({ name, title, textId }) => `${name} in ‘${title ?? textId}’`);
  return `It also shows what others write and have not saved: ${list.slice(0, 3).join(', ')}${list.length > 3 ? ` and ${list.length - 3} more` : ''}.`;
}
