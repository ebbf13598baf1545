import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { LinkReport } from '#api/contracts/links.ts';
import type { Run, RunRequest } from '#api/contracts/runs.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { followRequest } from '../followRequest.ts';
import { withSiteNamed } from '../withSiteNamed.ts';

interface Options {
  readonly wait?: true;
  readonly json?: true;
}

type Links = LinkReport['links'];

/** Links of one page of the report. */
const PAGE = 100;

/** `studio links`: whether the external links of a site lead somewhere, and their archived copies. */
export function linksCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const links = program.command('links').description('the external links of a site');

  add('check', 'look whether each link leads somewhere', 'the broken links', {
    ask: (call, site) => call('POST /api/v1/sites/:site/link-checks', { params: { site } }),
    noun: 'The check of the links',
    tell: async (call, site) => {
      const broken = await brokenLinks(call, site);
      return { broken: broken.map(({ item, title, url, code, archive }) => ({ item, title, url, code, copy: archive.url })), lines: [broken.length === 0 ? `No link of ‘${site}’ is known to be broken.` : `Broken links of ‘${site}’:`, ...broken.map((link) => `  ${link.url}  ${link.code ?? 'no answer'}  ${link.title ?? link.item}${link.archive.url === null ? '' : `\n    copy: ${link.archive.url}`}`)] };
    },
  });
  add('archive', 'have the Wayback Machine capture each link that has no copy that is new enough', 'how many were archived', {
    ask: (call, site) => call('POST /api/v1/sites/:site/link-archivings', { params: { site } }),
    noun: 'The archive of the links',
    tell: (_call, site, run) => Promise.resolve({ lines: [`Archived ${countIn(run, 'archived')} links of ‘${site}’; ${countIn(run, 'failed')} failed, ${countIn(run, 'putOff')} are tried again later.`] }),
  });

  interface Verb {
    readonly ask: (call: Call, site: string) => Promise<RunRequest>;
    readonly noun: string;
    readonly tell: (call: Call, site: string, run: Run) => Promise<{ readonly lines: readonly string[]; readonly broken?: readonly unknown[] }>;
  }

  function add(verb: string, description: string, shown: string, { ask, noun, tell }: Verb): void {
    links
      .command(verb)
      .description(description)
      .argument('<site>', 'name of the site')
      .option('--wait', `wait until it has ended, and show ${shown}`)
      .option('--json', 'print the result as JSON')
      .action(async (site: string, options: Options) => {
        const call = await connect();
        const request = await withSiteNamed(call, site, () => ask(call, site));
        if (options.wait !== true) {
          context.out(options.json === true ? `${JSON.stringify({ runId: request.runId, state: request.runId === null ? 'waiting' : 'running' })}\n` : `Asked for it. ${request.message}\n`);
          return;
        }
        const run = await followRequest(context, call, request, { shows: options.json !== true });
        const { lines, ...found } = run.state === 'succeeded' ? await tell(call, site, run) : { lines: [] };
        if (options.json === true) context.out(`${JSON.stringify({ runId: run.id, state: run.state, reason: run.reason?.message ?? null, ...run.result, ...found })}\n`);
        if (run.state !== 'succeeded') throw new CliError(`${noun} of ‘${site}’ ${run.state === 'failed' ? 'failed' : `was ${run.state}`}: ${run.reason?.message ?? 'It does not say why.'}`);
        if (options.json !== true) context.out(lines.map((line) => `${line}\n`).join(''));
      });
  }
}

async function brokenLinks(call: Call, site: string): Promise<Links> {
  const found: Links = [];
  for (;;) {
    const page = await call('GET /api/v1/sites/:site/links', { params: { site }, query: { status: 'broken', limit: PAGE, offset: found.length } });
    found.push(...page.links);
    if (page.links.length === 0 || found.length >= page.total) return found;
  }
}

function countIn(run: Run, key: string): string {
  const count = run.result?.[key];
  return typeof count === 'number' ? count.toLocaleString('en-US') : '0';
}
