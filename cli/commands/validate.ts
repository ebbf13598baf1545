import { counted } from '#domain/counted.ts';
import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { Validation } from '#api/contracts/validation.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { withSiteNamed } from '../withSiteNamed.ts';
import { table } from '../words.ts';

const headings = { blocks: 'Keeps the site from being built', broken: 'Readers meet it', untidy: 'Untidy' } as const;

/** `studio validate`: everything that is wrong with a site and can be told without building it. */
export function validateCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('validate')
    .description('list broken links, missing references and faults of a site')
    .argument('<site>', 'name of the site')
    .option('--json', 'print the faults as JSON')
    .action(async (name: string, options: { json?: true }) => {
      const call = await connect();
      const validation = await withSiteNamed(call, name, () => call('GET /api/v1/sites/:site/validation', { params: { site: name }, query: { limit: 10_000 } }));
      const { bySeverity } = validation;
      context.out(options.json === true ? `${JSON.stringify(validation)}\n` : written(validation));
      if (bySeverity.blocks > 0) throw new CliError(`‘${name}’ cannot be built as it is: ${counted(bySeverity.blocks, 'fault')} must be mended first.`);
    });
}

function written(validation: Validation): string {
  const { site, items, total, bySeverity, faults } = validation;
  if (total === 0) return `‘${site}’: ${counted(items, 'item')}, no fault.\n`;
  const parts = (['blocks', 'broken', 'untidy'] as const).flatMap((severity) => {
    const rows = faults.filter((fault) => fault.severity === severity).map((fault) => [fault.item === null ? 'the site' : `${fault.item.type} ‘${shortened(fault.item.title ?? fault.item.textId)}’`, `${fault.field ?? ''}${fault.line === null ? '' : `:${fault.line}`}`, fault.message]);
    return rows.length === 0 ? [] : [`${headings[severity]} (${bySeverity[severity].toLocaleString('en-US')}):\n${table(rows)}`];
  });
  const rest = total > faults.length ? `${faults.length.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} are shown.\n` : '';
  return `‘${site}’: ${counted(items, 'item')}, ${counted(total, 'fault')}.\n\n${parts.join('\n')}${rest}`;
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= 40 ? text : `${characters.slice(0, 39).join('')}…`;
}
