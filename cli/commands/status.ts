import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { SiteVersion } from '#api/contracts/sites.ts';
import type { CliContext } from '../context.ts';
import { withSiteNamed } from '../withSiteNamed.ts';
import { moment, table } from '../words.ts';

/** `studio status`: what readers see of a site, and what is going on with it. */
export function statusCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('status')
    .description('what is published of a site, and what is going on')
    .argument('<name>', 'name of the site')
    .option('--json', 'print the status as JSON')
    .action(async (name: string, options: { json?: true }) => {
      const call = await connect();
      const site = await withSiteNamed(call, name, () => call('GET /api/v1/sites/:site', { params: { site: name } }));
      if (options.json === true) {
        context.out(`${JSON.stringify({ site: site.name, urlPath: site.urlPath, draft: brief(site.draft), live: brief(site.live) })}\n`);
        return;
      }
      context.out(`${site.title}\n${table([['name', site.name], ['path', `/${site.urlPath ?? ''}`], row('draft', site.draft), row('live', site.live)])}`);
      for (const version of ['draft', 'live'] as const) {
        const run = site.currentRuns[version];
        if (run?.state === 'failed' && run.reason !== null) context.out(`The last publish (${version}) failed: ${run.reason.message}\nRetry it with \`npm run studio -- retry ${run.id}\`.\n`);
      }
    });
}

function brief({ state, url, runId, publishedAt, commit }: SiteVersion) {
  return { state, url, runId, publishedAt, commit };
}

function row(title: string, version: SiteVersion): string[] {
  const published = version.publishedAt === null ? '' : `out since ${moment(version.publishedAt)}`;
  return [title, version.state, published, version.commit?.slice(0, 8) ?? '', version.url ?? ''];
}
