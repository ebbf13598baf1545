import { isFinal } from '#domain/runs.ts';
import { isFullSize } from '#test/support/corpus.ts';
import { importSample, type SampleSite } from '#test/support/sampleCourse.ts';
import type { Run } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';
import type { Bench, BenchContext } from './bench.ts';
import { untilQuiet } from './courses.ts';
import { DRIVE_FILE, DRIVE_GROWTH, peerCommands, ROUNDS } from './goals.ts';
import { inTurns } from './inTurns.ts';
import type { Measured, Round } from './measured.ts';
import { workerMemory } from './workerMemory.ts';

const SIZE = isFullSize ? { copy: DRIVE_FILE.copy.full, memory: DRIVE_FILE.memory.full } : { copy: DRIVE_FILE.copy.usual, memory: DRIVE_FILE.memory.usual };

/** A large file from the Drive stand-in to the storage bucket, by a sync and by a peer that reads the same bytes from the same process. */
export const driveBench: Bench = {
  measures: ['drive-copy', 'drive-memory'],

  async run(context, wanted) {
    const { studio, log } = context;
    const site = await importSample(studio, 'bench-drive');
    // The site's folders.
    await sync(context, site);
    const measured: Measured[] = [];
    if (wanted.has('drive-copy')) {
      const rounds: Round[] = [];
      // Round 0 warms both sides and counts for neither.
      for (let round = 0; round <= ROUNDS; round += 1) {
        const one = await copied(context, site, round);
        if (round > 0) rounds.push(one);
        log(`  ${SIZE.copy / 1_000_000} MB: ours ${one.ours.toFixed(2)} s, rclone ${one.theirs.toFixed(2)} s`);
      }
      measured.push({ name: 'drive-copy', rounds, note: `a file of ${SIZE.copy / 1_000_000} MB` });
    }
    if (wanted.has('drive-memory')) {
      await put(context, site, 'memory', SIZE.memory);
      const before = await workerMemory(studio);
      let most = before;
      await sync(context, site, async () => void (most = Math.max(most, await workerMemory(studio))));
      measured.push({ name: 'drive-memory', rounds: [{ ours: Math.max(1, most - before), theirs: DRIVE_GROWTH }], note: `a file of ${SIZE.memory / 1_000_000_000} GB; from ${before.toFixed(0)} MB${isFullSize ? '' : '; OCW_TEST_SIZE=full takes 5 GB'}` });
    }
    return measured;
  },
};

async function copied(context: BenchContext, site: SampleSite, round: number): Promise<Round> {
  const { studio, shell } = context;
  const id = await put(context, site, `copy-${round}`, SIZE.copy);
  const one = { ours: 0, theirs: 0 };
  await inTurns(round, [
    async () => void (one.ours = secondsOf(await sync(context, site))),
    async () => void (one.theirs = await shell.time(peerCommands['rclone-http'], shell.home, { MEDIA: `${studio.stack.standIns['drive'] ?? ''}/_media/`, ID: id, BUCKET: studio.stack.buckets.test, PREFIX: 'bench-drive' })),
  ], () => untilQuiet(studio));
  return one;
}

/** A person puts a file into the site's folder. @returns Drive's id of it. */
async function put({ studio }: BenchContext, site: SampleSite, name: string, bytes: number): Promise<string> {
  const answer = await fetch(`${studio.stack.standIns['drive'] ?? ''}/_person`, { method: 'POST', body: JSON.stringify({ do: 'put', path: `/${site.shortId}/videos_final/${name}.mp4`, bytes }) });
  const { items } = (await answer.json()) as { items: { id: string }[] };
  const [item] = items;
  if (item === undefined) throw new Error('The stand-in made no file');
  return item.id;
}

/** One sync to its end; `look` is called now and then meanwhile. */
async function sync({ studio }: BenchContext, site: SampleSite, look: () => Promise<void> = () => Promise.resolve()): Promise<Run> {
  const { id } = await studio.call('POST /api/v1/sites/:site/drive/syncs', { params: { site: site.name } });
  const asked = await studio.runOf(id);
  const run = await until('the sync ends', async () => {
    await look();
    const now = await studio.getRun(asked.id);
    return isFinal(now.state) ? now : undefined;
    // Looked at seldom: each look costs what is measured.
  }, { withinMs: 3_600_000, everyMs: 500 });
  if (run.state !== 'succeeded' || run.warnings.length > 0) throw new Error(`The sync ended as ${run.state}: ${run.reason?.message ?? run.warnings.map(({ message }) => message).join(' ')}`);
  return run;
}

/** How long the files of a sync took, with their resources. */
function secondsOf(run: Run): number {
  const phase = run.phases.find(({ id }) => id === 'files');
  return (Date.parse(phase?.endedAt ?? '') - Date.parse(phase?.startedAt ?? '')) / 1_000;
}
