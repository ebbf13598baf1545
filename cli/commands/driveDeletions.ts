import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { Deletion } from '#api/contracts/deletions.ts';
import { counted } from '#domain/counted.ts';
import type { CliContext } from '../context.ts';
import { withSiteNamed } from '../withSiteNamed.ts';

interface DeletionOptions {
  readonly undo?: string;
  readonly undoAll?: string;
  readonly now?: string;
  readonly all?: true;
  readonly json?: true;
}

const PAGE = 100;

const WORDS: Readonly<Record<Deletion['state'], string>> = {
  pending: 'waits',
  going: 'is being taken away',
  done: 'was taken away',
  kept: 'was kept',
  undoing: 'is being brought back',
  undone: 'was undone',
};

/** `studio drive deletions`: what goes with its file after a time of grace. */
export function driveDeletionsCommand(drive: Command, context: CliContext, connect: () => Promise<Call>): void {
  drive
    .command('deletions')
    .description('list what is on its way out with its file, undo it, or do it at once')
    .argument('<site>', 'name of the site')
    .option('--undo <id>', 'keep one, or bring it back')
    .option('--undo-all <request>', 'the same for all that were asked for at once')
    .option('--now <id>', 'take one away at once, or try again what could not be done')
    .option('--all', 'also what was taken away, kept or undone')
    .option('--json', 'print the result as JSON')
    .action(async (site: string, options: DeletionOptions) => {
      const call = await connect();
      const params = { site };
      const tell = (result: { readonly changed: number }, sentence: string): void => context.out(options.json === true ? `${JSON.stringify(result)}\n` : `${sentence}\n`);
      if (options.undo !== undefined || options.undoAll !== undefined) {
        const body = options.undo === undefined ? { request: options.undoAll ?? '' } : { ids: [options.undo] };
        const result = await withSiteNamed(call, site, () => call('POST /api/v1/sites/:site/deletions/undo', { params, body }));
        return tell(result, `${counted(result.changed, 'deletion')} undone. What was taken away comes back within minutes.`);
      }
      if (options.now !== undefined) {
        const ids = [options.now];
        const result = await withSiteNamed(call, site, () => call('POST /api/v1/sites/:site/deletions/now', { params, body: { ids } }));
        return tell(result, 'It is being done. What something names is kept all the same.');
      }
      const state = options.all === true ? 'all' : 'open';
      const deletions: Deletion[] = [];
      for (let total = 1; deletions.length < total; ) {
        const page = await withSiteNamed(call, site, () => call('GET /api/v1/sites/:site/deletions', { params, query: { state, limit: PAGE, offset: deletions.length } }));
        deletions.push(...page.deletions);
        total = page.deletions.length === 0 ? 0 : page.total;
      }
      if (options.json === true) return context.out(`${JSON.stringify({ deletions })}\n`);
      if (deletions.length === 0) return context.out(`Nothing of ‘${site}’ is on its way out.\n`);
      for (const one of deletions) context.out(`${line(one)}\n`);
    });
}

function line(one: Deletion): string {
  const name = one.item?.title ?? one.item?.textId ?? one.fileName ?? one.id;
  const file = one.fileName === null || one.fileName === name ? '' : ` (${one.fileName})`;
  const when = one.state === 'pending' ? ` until ${one.dueAt.slice(0, 10)}` : '';
  return `${one.id}  ${name}${file} ${WORDS[one.state]}${when}${one.reason === null ? '' : `: ${one.reason.message}`}`;
}
