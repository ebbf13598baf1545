import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { Video } from '#api/contracts/videos.ts';
import { formatCents } from '#domain/captionRules.ts';
import { counted } from '#domain/counted.ts';
import { ingestVideoProcess } from '#domain/processes.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { withSiteNamed } from '../withSiteNamed.ts';
import { moment } from '../words.ts';

interface ListOptions {
  readonly waiting?: true;
  readonly json?: true;
}

const PAGE = 100;

/** `studio videos`: how far the videos of a site are, what they wait for and what they cost; those that wait are retried. */
export function videosCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const videos = program
    .command('videos')
    .description('list the videos of a site: how far each is, what it waits for, what it costs')
    .argument('[site]', 'name of the site; with --waiting it may be left out')
    .option('--waiting', 'only those that wait for a person')
    .option('--json', 'print the result as JSON')
    .action(async (site: string | undefined, options: ListOptions) => {
      if (site === undefined && options.waiting !== true) throw new CliError('Name a site, or ask with --waiting for those of all sites that wait for a person.');
      const call = await connect();
      const found = site === undefined ? await allPages((query) => call('GET /api/v1/videos', { query })) : await withSiteNamed(call, site, () => allPages((query) => call('GET /api/v1/sites/:site/videos', { params: { site }, query: { ...query, ...(options.waiting === true ? { state: 'waiting' } : {}) } })));
      if (options.json === true) return context.out(`${JSON.stringify({ videos: found })}\n`);
      for (const video of found) context.out(linesOf(video, site === undefined));
      const owner = site === undefined ? '' : ` of ‘${site}’`;
      context.out(options.waiting === true ? `${counted(found.length, 'video')}${owner} ${found.length === 1 ? 'waits' : 'wait'} for a person.\n` : `${counted(found.length, 'video')}${owner}.\n`);
    });

  videos
    .command('retry')
    .description('let a video that waits for a person go on with the step it is at')
    .argument('<video>', 'id of the video')
    .option('--json', 'print the result as JSON')
    .action(async (video: string, _own: ListOptions, command: Command) => {
      // The list has the option too, and takes it wherever it stands.
      const options = command.optsWithGlobals<ListOptions>();
      const call = await connect();
      const result = await call('POST /api/v1/videos/:video/retry', { params: { video } });
      context.out(options.json === true ? `${JSON.stringify(result)}\n` : 'Asked for it. `npm run studio -- videos <site>` shows how far it comes.\n');
    });
}

async function allPages(page: (query: { readonly limit: number; readonly offset: number }) => Promise<{ readonly total: number; readonly videos: readonly Video[] }>): Promise<Video[]> {
  const found: Video[] = [];
  for (;;) {
    const { total, videos } = await page({ limit: PAGE, offset: found.length });
    found.push(...videos);
    if (videos.length === 0 || found.length >= total) return found;
  }
}

/** One line that says how a video stands, and below it why it does not go on and what a person may say to that. */
function linesOf(video: Video, withSite: boolean): string {
  const { id, waits, order } = video;
  const captions = video.tracks.filter(({ kind }) => kind === 'captions').map(({ language }) => language);
  const cells = [
    id,
    ...(withSite ? [video.site.name] : []),
    video.fileName ?? video.item?.title ?? video.item?.textId ?? 'without a name',
    standingOf(video),
    video.youtubeId === null ? 'not on YouTube' : `YouTube ${video.youtubeId}${video.privacy === null ? '' : ` (${video.privacy})`}`,
    captions.length === 0 ? 'no captions' : `captions ${captions.join(', ')}`,
    ...(video.costCents === null ? [] : [formatCents(video.costCents)]),
  ];
  const lines = [cells.join('  ')];
  if (waits !== null) lines.push(`    ${waits.message}${waits.until === null ? '' : ` It goes on by itself ${moment(waits.until)}.`}`);
  if (order?.state === 'waiting') lines.push(`    Order ${order.id}, ${order.priceCents === null ? 'price unknown' : formatCents(order.priceCents)}: \`npm run studio -- captions approve ${order.id}\`, or refuse.`);
  return lines.map((line) => `${line}\n`).join('');
}

function standingOf({ state, phase }: Video): string {
  const step = ingestVideoProcess.phases.find(({ id }) => id === phase)?.title ?? phase;
  switch (state) {
    case 'done':
      return 'done';
    case 'ended':
      return `${step}: ended`;
    case 'waiting':
      return `${step}: waits for a person`;
    case 'working':
      return step;
  }
}
