import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AuditEntry } from '#api/contracts/audit.ts';
import type { Call } from '#api/contracts/client.ts';
import { type AuditKind, auditKinds } from '#domain/audit.ts';
import { auditOutcomeSentence, auditSentence } from '#domain/auditSentence.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { momentIn } from './momentIn.ts';
import { moment, table } from '../words.ts';

interface Options {
  readonly kind?: AuditKind;
  readonly person?: string;
  readonly site?: string;
  readonly outcome?: 'done' | 'refused' | 'failed' | 'unknown';
  readonly since?: string;
  readonly until?: string;
  readonly text?: string;
  readonly limit: number;
  readonly json?: true;
  readonly csv?: true;
  readonly out?: string;
}

/** Entries of one answer of the API. */
const PAGE = 100;

/** `studio audit`: who did what to which site, and what came of it. */
export function auditCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  program
    .command('audit')
    .description('the audit log, newest first')
    .addOption(new Option('--kind <kind>', 'only entries of this kind').choices(auditKinds))
    .option('--person <who>', 'an e-mail address, or a part of a name')
    .option('--site <name>', 'of one site only, also of one that is gone')
    .addOption(new Option('--outcome <outcome>', 'only with this outcome').choices(['done', 'refused', 'failed', 'unknown']))
    .option('--since <time>', 'at this time or later (ISO 8601)', momentIn)
    .option('--until <time>', 'before this time (ISO 8601)', momentIn)
    .option('--text <text>', 'only with this text in it')
    .option('--limit <number>', 'how many, 1 to 10,000', limitOf, 50)
    .option('--json', 'print the entries as JSON')
    .option('--csv', 'print every entry that fits as CSV')
    .option('--out <file>', 'write the CSV there')
    .action(async ({ limit, json, csv, out, ...filter }: Options) => {
      if (json === true && (csv === true || out !== undefined)) throw new CliError('Choose either --json or --csv.');
      const call = await connect();
      if (csv === true || out !== undefined) return writeCsv(context, await call('GET /api/v1/audit.csv', { query: filter }), out);
      const entries: AuditEntry[] = [];
      let before: string | undefined;
      do {
        const page = await call('GET /api/v1/audit', { query: { ...filter, limit: Math.min(PAGE, limit - entries.length), ...(before === undefined ? {} : { before }) } });
        entries.push(...page.entries);
        before = page.next ?? undefined;
      } while (before !== undefined && entries.length < limit);
      if (json === true) context.out(`${JSON.stringify({ entries, next: before ?? null })}\n`);
      else if (entries.length === 0) context.out('No entry fits.\n');
      else context.out(table(entries.map((entry) => [moment(entry.at), `${auditSentence(entry)}${entry.outcome === 'done' ? '' : ` ${auditOutcomeSentence(entry)}`}`])));
      if (before !== undefined && json !== true) context.err(`There are older ones; --limit shows more, --csv all.\n`);
    });
}

async function writeCsv(context: CliContext, csv: string, out: string | undefined): Promise<void> {
  if (out === undefined) {
    context.out(csv);
    return;
  }
  const path = resolve(context.directory, out);
  await writeFile(path, csv).catch((error: unknown) => {
    throw new CliError(`The log cannot be written to ${path}: ${error instanceof Error ? error.message : String(error)}.`);
  });
  context.err(`The log is in ${path}.\n`);
}

function limitOf(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 10_000) throw new InvalidArgumentError('It is a number from 1 to 10,000.');
  return number;
}
