import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askLeastUsedToLeave, beginPreview, closePreview, failPreview, findPreviewServer, notePreview } from '#db/queries/previews.ts';
import { findSite } from '#db/queries/sites.ts';
import { counted } from '#domain/counted.ts';
import type { PreviewState, UnsavedItem } from '#domain/previewState.ts';
import type { Problem } from '#domain/runs.ts';
import { activityContext } from './activityContext.ts';
import { createBuildSource } from './buildSource.ts';
import type { ActivityDeps } from './deps.ts';
import { hugoCall } from './hugoCall.ts';
import { createPreviewDoors, type DoorAnswer, type DoorRequest } from './previewDoors.ts';
import { createPreviewHugo } from './previewHugo.ts';
import { openPreviewTree, UnwritableItem } from './previewTree.ts';
import { StepError } from './stepError.ts';

export interface ServePreviewInput {
  readonly siteId: string;
  readonly siteName: string;
}

export interface PreviewEnd {
  readonly why: 'idle' | 'room' | 'taken' | 'moved';
  readonly builds: number;
}

/** How often it is looked whether something was saved, or whether it should end, milliseconds. */
const LOOK_MS = 1_000;
/** Looks between two words that the worker lives. */
const LOOKS_PER_NOTE = 3;
/** A text of somebody who was not heard of for so long is not shown any more, milliseconds. */
const FORGET_MS = 90_000;
/** Times Hugo is started anew because it took too much memory, before it is given up. */
const MAX_RESTARTS = 3;
/** Milliseconds between two words on how many files are written. */
const TELL_MS = 250;

const ENDINGS: Readonly<Record<PreviewEnd['why'], string>> = {
  idle: 'Nobody looked at it for a while.',
  room: 'It made room for the preview of another site.',
  taken: 'Another worker shows it.',
  moved: 'The site got another address.',
};

/** Previews of what people write. */
export function createPreviewsActivities(deps: ActivityDeps) {
  const { config, db, hugo, workspace, log } = deps;
  const sources = createBuildSource(deps);
  const doors = createPreviewDoors(deps);

  return {
    /**
     * Shows a site as it would be published now, with what people write and have not saved, until nobody looks at it or another site needs its place.
     * Idempotent because it only shows: what it makes lies in a folder of its own, and a second one takes the site over from the first.
     * Kill points: any; Hugo ends with its worker, the folder is thrown away by the next one, and texts that were not saved are sent again by those who write them.
     */
    async servePreview(input: ServePreviewInput): Promise<PreviewEnd> {
      const { abortSignal } = activityContext();
      const at = { siteId: input.siteId, instance: randomUUID() };
      await beginPreview(db, at.siteId, at.instance);
      const directory = await workspace.newBuildDir();
      try {
        const end = await serve(at, directory, abortSignal);
        await closePreview(db, at.siteId, { instance: at.instance, doing: ENDINGS[end.why] });
        return end;
      } finally {
        await workspace.remove(directory);
      }
    },

    /**
     * Asks the preview that was not looked at for longest to end, while this one waits for a place.
     * Idempotent because it asks nobody while somebody is leaving.
     * Kill points: none that matter; the row is one statement.
     */
    async makePreviewRoom({ siteId }: { readonly siteId: string }): Promise<{ readonly isWaiting: boolean }> {
      const isWaiting = (await findPreviewServer(db, siteId))?.state === 'waiting';
      if (isWaiting) await askLeastUsedToLeave(db, siteId);
      return { isWaiting };
    },

    /**
     * Writes down that a preview has ended, and why, for whoever has it open.
     * Idempotent because it is one row, which a newer wish for the preview is not taken out of.
     * Kill points: before and after the row (written again, the same).
     */
    async recordPreviewEnd({ siteId, failure }: { readonly siteId: string; readonly failure: string | null }): Promise<{ readonly isWanted: boolean }> {
      if (failure !== null) await failPreview(db, siteId, failure);
      return closePreview(db, siteId, { doing: 'It was stopped.' });
    },
  };

  async function serve(at: { readonly siteId: string; readonly instance: string }, directory: string, abortSignal: AbortSignal): Promise<PreviewEnd> {
    const tell = (doing: string) => notePreview(db, at, { doing });
    await tell('Getting the themes');
    const planned = await sources.planOutputs({ siteId: at.siteId, runId: randomUUID() });
    const source = await sources.prepare({ ...planned, themes: [''] }, 'draft', null, abortSignal);
    const [output] = source.outputs;
    if (output === undefined) throw new Error('unreachable: the site’s own theme is always one');
    const { site } = source;
    await tell('Reading the repository');
    const siteDir = join(directory, 'site');
    const tree = await openPreviewTree(deps, { site, directory: siteDir, abortSignal });
    let toldAt = 0;
    await tree.sync((files) => {
      if (Date.now() - toldAt < TELL_MS) return;
      toldAt = Date.now();
      void notePreview(db, at, { doing: 'Writing the pages', files }).catch((error: unknown) => log.debug({ err: error }, 'How far a preview is could not be written down'));
    });
    await tell('Building the site for the first time');
    const call = hugoCall(config, { site, starterConfig: source.starterConfig, version: 'draft', theme: '' });
    const watched = createPreviewHugo(hugo, {
      build: { binary: output.hugo, workDir: siteDir, themesDir: source.themesDir, configFile: output.configFile, cacheDir: join(directory, 'cache'), compiledDir: workspace.hugoCompiledDir, buildDrafts: call.buildDrafts, env: call.env },
      basePath: `/${call.prefix}/`.replace('//', '/'),
      folders: { siteDir, themesDir: source.themesDir, projectsDir: source.projectsDir },
      cacheMb: config.previewMemoryMb / 2,
      firstBuildMs: config.hugoTimeoutSeconds * 1_000,
    });
    const stop = (): void => void watched.stop();
    abortSignal.addEventListener('abort', stop);
    let door: Awaited<ReturnType<typeof doors.open>> | undefined;
    let usedAt = Date.now();
    /** When each person was last heard of. */
    const heard = new Map<string, number>();
    let unwritable: Problem | null = null;
    let restarts = 0;
    /** What kept Hugo from running at all. */
    let lost: { readonly error: unknown } | undefined;

    function stateFor(userId: string | null): PreviewState {
      return { builds: watched.builds(), revision: tree.revision(), fault: unwritable ?? watched.fault(), others: tree.unsaved().filter((over) => over.userId !== userId).map(({ name, textId, title }) => ({ name, textId, title })) };
    }

    async function shown(change: Promise<number>): Promise<void> {
      if ((await change) > 0) await watched.built();
    }

    async function room({ method, url, body }: DoorRequest): Promise<DoorAnswer> {
      usedAt = Date.now();
      const by = url.searchParams.get('by');
      if (by !== null) heard.set(by, usedAt);
      const textId = decodeURIComponent(/^\/items\/([^/]+)$/.exec(url.pathname)?.[1] ?? '');
      if (url.pathname === '/pages') return pageOf(url.searchParams.get('key') ?? '');
      if (textId !== '' && method === 'PUT') {
        const { userId, name, fields } = body as UnsavedItem;
        heard.set(userId, usedAt);
        try {
          await shown(tree.show({ textId, userId, name, fields }));
          unwritable = null;
        } catch (error) {
          if (!(error instanceof UnwritableItem)) {
            lost = { error };
            throw error;
          }
          unwritable = { message: error.message };
        }
        return json(stateFor(userId));
      }
      if (textId !== '' && method === 'DELETE') {
        unwritable = null;
        await shown(tree.forget((over) => over.textId === textId && over.userId === by));
        return json(stateFor(by));
      }
      if (url.pathname === '/state') return json(stateFor(by));
      return { status: 404, body: '' };
    }

    async function pageOf(key: string): Promise<DoorAnswer> {
      if (watched.builds() === 0) return json(stateFor(null), 503);
      const file = await watched.file(key);
      return file === null ? { status: 404, body: '' } : { status: 200, headers: { 'content-type': file.contentType }, body: file.bytes };
    }

    /** What is to be done now and then; the answer is why the preview ends. */
    async function look(count: number): Promise<PreviewEnd['why'] | null> {
      const now = await findSite(db, at.siteId);
      if (now === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
      if (now.urlPath !== site.urlPath) return 'moved';
      if (now.contentRevision !== tree.revision()) await shown(tree.sync());
      const silentSince = Date.now() - FORGET_MS;
      await shown(tree.forget(({ userId }) => (heard.get(userId) ?? 0) < silentSince));
      if (count % LOOKS_PER_NOTE === 0) {
        const asked = await notePreview(db, at, { usedAt: new Date(usedAt) });
        if (asked === null) return 'taken';
        if (asked.isAskedToLeave) return 'room';
        await watchMemory();
      }
      return Date.now() - usedAt > config.previewIdleMinutes * 60_000 ? 'idle' : null;
    }

    async function watchMemory(): Promise<void> {
      const mb = await watched.memoryMb();
      if (mb === null || mb <= config.previewMemoryMb) return;
      restarts += 1;
      log.warn({ site: site.name, mb: Math.round(mb), restarts }, 'The Hugo of a preview takes too much memory and is started anew');
      if (restarts > MAX_RESTARTS) throw new StepError('PreviewTooLarge', `Hugo takes more than ${counted(config.previewMemoryMb, 'megabyte')} for this site, again and again. Raise PREVIEW_MEMORY_MB, then show the preview again.`);
      await watched.restart();
    }

    try {
      await watched.built();
      abortSignal.throwIfAborted();
      door = await doors.open(room);
      await notePreview(db, at, { doing: '', door });
      for (let count = 1; ; count += 1) {
        await sleep(LOOK_MS, undefined, { signal: abortSignal });
        if (lost !== undefined) throw lost.error;
        try {
          const why = await look(count);
          if (why !== null) return { why, builds: watched.builds() };
        } catch (error) {
          abortSignal.throwIfAborted();
          // What cannot be mended here ends it; a database that is away does not.
          if (error instanceof StepError) throw error;
          log.warn({ err: error, site: site.name }, 'A preview could not look for what was saved');
        }
      }
    } finally {
      abortSignal.removeEventListener('abort', stop);
      await door?.close();
      await watched.stop();
    }
  }
}

const json = (value: unknown, status = 200): DoorAnswer => ({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
