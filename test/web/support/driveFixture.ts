import type { Output } from '../../../api/contracts/client.ts';
import type { Deletion } from '../../../api/contracts/deletions.ts';
import { driveOutcomes, type DriveFileReport } from '../../../api/contracts/drive.ts';
import { ago, newId, type Run, runOf, type Site } from './world.ts';

type SiteDrive = Output<'GET /api/v1/sites/:site/drive'>;

const phase = (id: string, title: string, state: 'done' | 'running', summary: string, counts: Record<string, number> = {}): Run['phases'][number] => ({ id, title, doing: `${title}.`, state, startedAt: ago(60), endedAt: state === 'done' ? ago(30) : null, attempt: 1, nextAttemptAt: null, summary, counts, error: null });
const fileOf = (name: string, some: Partial<DriveFileReport>): DriveFileReport => ({ id: newId(), fileId: `drive-${name}`, url: `https://drive.google.com/file/d/${name}/view`, folder: 'files_final', path: '', name, outcome: 'unchanged', reason: null, bytes: 0, size: 2_048, state: 'complete', ...some });
const missing = { code: 'Missing', message: 'It is not in Google Drive any more.' };
/** Noon so many days from today, which is as many midnights ahead at any hour. */
const ahead = (days: number): string => {
  const today = new Date();
  return new Date(today.getFullYear(), today.getMonth(), today.getDate() + days, 12).toISOString();
};

/** The files one site has from Google Drive: a sync that asks about missing ones while others come over, fail and are skipped, and deletions. */
export class DriveFixture {
  files: DriveFileReport[] = [
    fileOf('ps1.pdf', { outcome: 'failed', state: 'failed', reason: { code: 'DriveFileInvalid', message: 'It is called a PDF and is none.' } }),
    fileOf('ps2.pdf', { outcome: 'failed', state: 'complete', reason: { code: 'DriveFileChanged', message: 'It was changed while it was copied.' } }),
    fileOf('link', { outcome: 'skipped', state: 'skipped', size: null, reason: { code: 'Shortcut', message: 'This is a shortcut. Put the file itself into the folder.' } }),
    fileOf('lecture.mp4', { folder: 'videos_final', path: 'week 1', outcome: 'waiting', state: 'streaming', bytes: 750_000_000, size: 3_000_000_000 }),
    fileOf('named.pdf', { outcome: 'kept', reason: { code: 'Referenced', message: 'It stays, because ‘Syllabus’ names it. Take it out there first.' } }),
    ...Array.from({ length: 12 }, (_, index) => fileOf(`old-${String(index + 1).padStart(2, '0')}.pdf`, { path: 'readings', outcome: 'kept', reason: missing })),
    fileOf('notes.pdf', {}),
  ];
  asks: SiteDrive['asks'] = { missing: 12, known: 20 };
  can: SiteDrive['can'] = { sync: true, decide: true };
  isSetUp = true;
  /** Whether a sync has heard an answer as soon as it was given. */
  hearsAtOnce = true;
  readonly run: Run;
  readonly deletions: Deletion[];
  private readonly site: string;

  constructor(site: Site) {
    this.site = site.name;
    const phases = [phase('list', 'See what is there', 'done', '5 files in Google Drive'), phase('files', 'Bring files over', 'running', '4 of 5 files', { bytes: 750_000_000 }), phase('remove', 'Remove what is gone', 'running', 'Waiting for a person.', { missing: 12, known: 20 })];
    this.run = runOf(site, 'draft', { process: 'sync-drive-folder', title: 'Sync with Google Drive', version: null, builder: null, phase: 'remove', commit: null, url: null, phases, can: { retry: false, cancel: true, giveUp: false }, workflowId: `sync-drive-folder/${site.name}` });
    const request = newId();
    const deletion = (title: string, some: Partial<Deletion>): Deletion => ({ id: newId(), request, item: { textId: 'f1a0e7a4-0000-4000-8000-000000000001', title }, fileName: `${title.toLowerCase()}.pdf`, cause: 'missing', dueAt: ahead(29), state: 'pending', reason: null, requestedBy: null, can: { undo: true, hasten: true }, ...some });
    this.deletions = [
      deletion('Quiz 1', { request: newId(), cause: 'person', requestedBy: 'Lee Sandoval', dueAt: ahead(3) }),
      deletion('Retired notes', {}),
      deletion('Retired slides', {}),
      deletion('Lost video', { request: newId(), state: 'going', reason: { code: 'DriveUnavailable', message: 'Google Drive does not answer.' } }),
      deletion('Named notes', { request: newId(), state: 'kept', reason: { code: 'Referenced', message: 'It stays, because ‘Syllabus’ names it. Take it out there first.' }, can: { undo: false, hasten: false } }),
      deletion('Old exam', { request: newId(), state: 'done', can: { undo: true, hasten: false } }),
    ];
  }

  /** What the studio says of a site: one has a sync, for the root site Google Drive is not set up, the others were never synced. */
  of(site: string): SiteDrive {
    const isOurs = site === this.site;
    return {
      isSetUp: this.isSetUp && site !== 'ocw-www',
      folderUrl: isOurs ? 'https://drive.google.com/drive/folders/abc/' : null,
      newest: isOurs ? this.run : null,
      asks: isOurs ? this.asks : null,
      outcomes: isOurs ? (Object.fromEntries(driveOutcomes.map((outcome) => [outcome, this.filesWith(outcome).length])) as NonNullable<SiteDrive['outcomes']>) : null,
      can: { ...this.can, sync: this.can.sync && this.isSetUp && site !== 'ocw-www' },
    };
  }

  /** Files of the report with this outcome, or all. */
  filesWith(outcome: unknown): DriveFileReport[] {
    return this.files.filter((file) => outcome === undefined || file.outcome === outcome);
  }

  /** Takes a person's word about what is missing. */
  decide(isConfirmed: boolean): Run {
    if (this.hearsAtOnce) this.asks = null;
    this.files = this.files.map((file) => (file.reason?.code !== missing.code ? file : isConfirmed ? { ...file, outcome: 'removed', reason: null } : { ...file, reason: { code: 'Refused', message: 'A person said that they shall stay.' } }));
    return this.run;
  }

  /** Deletions of a site in these states. */
  deletionsOf(site: string, states: unknown): Deletion[] {
    const isOpen = ({ state }: Deletion): boolean => ['pending', 'going', 'undoing'].includes(state);
    return site === this.site ? this.deletions.filter((one) => states === 'all' || isOpen(one) === (states === 'open')) : [];
  }

  /** Undoes what was chosen, or has it done at once. */
  change(chosen: Readonly<Record<string, unknown>>, state: Deletion['state']): { changed: number } {
    const { ids, request } = chosen;
    const rows = this.deletions.filter((one) => (Array.isArray(ids) ? ids.includes(one.id) : one.request === request));
    for (const row of rows) Object.assign(row, { state, reason: null, can: { undo: state === 'going', hasten: false } });
    return { changed: rows.length };
  }
}
