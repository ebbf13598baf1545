import type { Output } from '#api/contracts/client.ts';
import type { Run } from '#api/contracts/runs.ts';
import { makingSteps as words } from '../../words/newSite.ts';
import type { StateWords } from '../../words/runWords.ts';
import { runLine } from '../runs/timeline.ts';

/** One thing that a new site gets, and how far it is. */
export interface MakingStep extends StateWords {
  readonly id: 'site' | 'repository' | 'drive';
  readonly title: string;
  readonly line: string;
  /** Where it is, once it is there. */
  readonly href: string | null;
  /** Whether it is over, with or without it. */
  readonly isOver: boolean;
  /** Whether it failed, so that a person may ask for it again. */
  readonly mayRetry: boolean;
}

export interface MakingParts {
  readonly site: Pick<Output<'GET /api/v1/sites/:site'>, 'name' | 'shortId'>;
  readonly repository: Pick<Output<'GET /api/v1/sites/:site/repository'>, 'url' | 'main'>;
  readonly drive: Pick<Output<'GET /api/v1/sites/:site/drive'>, 'isSetUp' | 'folderUrl'>;
  readonly runs: readonly Run[];
}

/** What a new site gets by itself, as it appears. */
export function makingSteps({ site, repository, drive, runs }: MakingParts, now: Date): MakingStep[] {
  const newest = (...processes: string[]): Run | undefined => runs.filter((run) => processes.includes(run.process)).sort((a, b) => b.startedAt.localeCompare(a.startedAt))[0];
  const done = { tone: 'done', icon: 'done', word: words.there, isOver: true, mayRetry: false } as const;
  return [
    { id: 'site', title: words.site, ...done, line: words.itsNameInAddresses(site.name), href: null },
    repository.main.commit === null
      ? { id: 'repository', title: words.repository, href: null, ...underWay(newest('site-repo'), words.askedFor(site.shortId), now) }
      : { id: 'repository', title: words.repository, ...done, line: repository.url.replace(/^https?:\/\//, ''), href: repository.url },
    drive.folderUrl !== null
      ? { id: 'drive', title: words.foldersInGoogleDrive, ...done, line: words.filesFinalAndVideosFinal, href: drive.folderUrl }
      : drive.isSetUp
        ? { id: 'drive', title: words.foldersInGoogleDrive, href: null, ...underWay(newest('create-drive-folders', 'sync-drive-folder'), words.askedForSentence, now) }
        : { id: 'drive', title: words.foldersInGoogleDrive, tone: 'neutral', icon: 'skipped', word: words.none, isOver: true, mayRetry: false, href: null, line: words.thisStudioHasNoSharedDrive },
  ];
}

function underWay(run: Run | undefined, asked: string, now: Date): Omit<MakingStep, 'id' | 'title' | 'href'> {
  if (run === undefined) return { tone: 'waiting', icon: 'waiting', word: words.waiting, line: asked, isOver: false, mayRetry: false };
  if (run.state === 'failed' || run.state === 'terminated' || run.state === 'cancelled') return { tone: 'failed', icon: 'failed', word: run.state === 'cancelled' ? words.stopped : words.failed, line: runLine(run, now), isOver: false, mayRetry: true };
  return { tone: 'running', icon: 'running', word: words.onItsWay, line: runLine(run, now), isOver: false, mayRetry: false };
}
