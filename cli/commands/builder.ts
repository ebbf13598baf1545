import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import { counted } from '#domain/counted.ts';
import { StudioRefused } from '../apiClient.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { withSiteNamed } from '../withSiteNamed.ts';

/** How many sites are asked for at a time. */
const PAGE = 100;

/** `studio builder`: what builds a site. */
export function builderCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('builder')
    .description('what builds and deploys sites')
    .command('set')
    .description('choose what builds a site, or every site, from the next publish on')
    .argument('<site-or-builder>', 'name of the site; with --all the builder')
    .argument('[builder]', 'temporal or concourse')
    .option('--all', 'every site')
    .option('--json', 'print the result as JSON')
    .action(async (first: string, second: string | undefined, options: { all?: true; json?: true }) => {
      const [name, builder] = options.all === true ? [null, first] : [first, second];
      if (builder !== 'temporal' && builder !== 'concourse') throw new CliError('Say which builder: temporal or concourse. For one site: studio builder set <site> concourse; for every site: studio builder set --all concourse.');
      if (options.all === true && second !== undefined) throw new CliError('Name a site or say --all, not both.');
      const call = await connect();
      const set = (site: string) => call('PUT /api/v1/sites/:site/builder', { params: { site }, body: { builder } });
      if (name !== null) {
        const answer = await withSiteNamed(call, name, () => set(name));
        if (options.json === true) return context.out(`${JSON.stringify(answer)}\n`);
        return context.out(`‘${name}’ is built by ${builder === 'temporal' ? 'our own workers' : 'Concourse'} from its next publish on.${answer.pipelines.length === 0 ? '' : ` In Concourse, ${answer.pipelines.length === 1 ? 'the pipeline' : 'the pipelines'} ${answer.pipelines.join(', ')} ${answer.pipelines.length === 1 ? 'is' : 'are'} ${builder === 'temporal' ? 'paused' : 'defined, and paused until then'}.`}\n`);
      }
      const changed: string[] = [];
      const refused: { site: string; reason: string }[] = [];
      for (const site of await everySite(call)) {
        try {
          await set(site);
          changed.push(site);
        } catch (error) {
          // One site that cannot change now leaves the others to be changed; it is named at the end.
          if (!(error instanceof StudioRefused)) throw error;
          refused.push({ site, reason: error.message });
        }
      }
      if (options.json === true) context.out(`${JSON.stringify({ builder, changed, refused })}\n`);
      else context.out(`${counted(changed.length, 'site')} changed.\n`);
      if (refused.length > 0) throw new CliError([`${counted(refused.length, 'site')} did not change; run it again for them:`, ...refused.map((each) => `  ${each.site}: ${each.reason}`)].join('\n'));
    });
}

async function everySite(call: Call): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const { sites, total } = await call('GET /api/v1/sites', { query: { limit: PAGE, offset: names.length, sort: 'title' } });
    names.push(...sites.map((site) => site.name));
    if (sites.length === 0 || names.length >= total) return names;
  }
}
