import { type Command, Option } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { ListedMail, Suppression } from '#api/contracts/mails.ts';
import { suppressionWords } from '#domain/mailEvents.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';

const states = ['queued', 'sending', 'sent', 'refused', 'dropped'] as const satisfies readonly ListedMail['state'][];
const events = ['delivered', 'delayed', 'bounced', 'complained', 'unsubscribed'] as const satisfies readonly NonNullable<ListedMail['event']>['kind'][];

/** Addresses of one page of the list. */
const PAGE = 100;

/** `studio mails`: what was told to whom, and which addresses get no mails. */
export function mailsCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const mails = program.command('mails').description('the mails of the studio');

  mails
    .command('list', { isDefault: true })
    .description('mails of the outbox, the newest first')
    .addOption(new Option('--state <state>', 'how far they are on their way to the mail service').choices(states))
    .addOption(new Option('--event <event>', 'what the mail service told of them last').choices(events))
    .option('--limit <number>', 'how many at most', '20')
    .option('--json', 'print them as JSON')
    .action(async (options: { state?: (typeof states)[number]; event?: (typeof events)[number]; limit: string; json?: true }) => {
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw new CliError('--limit is a whole number from 1 to 100.');
      const call = await connect();
      const { total, mails: found } = await call('GET /api/v1/mails', { query: { limit, ...(options.state === undefined ? {} : { state: options.state }), ...(options.event === undefined ? {} : { event: options.event }) } });
      if (options.json === true) return context.out(`${JSON.stringify({ total, mails: found })}\n`);
      if (found.length === 0) return context.out('There is no such mail.\n');
      for (const mail of found) context.out(lineOf(mail));
      if (total > found.length) context.out(`The newest ${found.length} of ${total.toLocaleString('en-US')} mails.\n`);
    });

  mails
    .command('resend')
    .description('write a mail that was refused or dropped anew, and send that')
    .argument('<mail>', 'its id, as the list shows it')
    .action(async (mail: string) => {
      const call = await connect();
      const { id } = await call('POST /api/v1/mails/:mail/resend', { params: { mail } });
      context.out(`It is sent anew, as ${id}.\n`);
    });

  mails
    .command('suppressed')
    .description('addresses that get no mails, because one came back for good or was reported as spam')
    .option('--json', 'print them as JSON')
    .action(async (options: { json?: true }) => {
      const found = await suppressed(await connect());
      if (options.json === true) return context.out(`${JSON.stringify(found)}\n`);
      if (found.length === 0) return context.out('Every address gets mails.\n');
      for (const { address, cause, detail, since } of found) context.out(`${address}  since ${since.slice(0, 10)}\n  ${suppressionWords[cause]}${detail === null ? '' : `: ${detail}`}\n`);
    });

  mails
    .command('lift')
    .description('let an address get mails again')
    .argument('<address>', 'the address')
    .action(async (address: string) => {
      const call = await connect();
      const known = (await suppressed(call)).find((suppression) => suppression.address === address.toLowerCase());
      if (known === undefined) throw new CliError(`Mails go to ${address} already. ‘studio mails suppressed’ lists addresses that get none.`);
      await call('POST /api/v1/mail-suppressions/:suppression/lift', { params: { suppression: known.id } });
      context.out(`${known.address} gets mails again.\n`);
    });
}

function lineOf(mail: ListedMail): string {
  const to = [mail.to.person?.name, mail.to.address].filter((part) => part != null).join(', ');
  const word = mail.event?.kind ?? mail.state;
  const why = mail.event?.detail ?? mail.reason;
  return `${mail.id}  ${word.padEnd(12)}  ${mail.createdAt.slice(0, 16).replace('T', ' ')}  ${mail.subject}\n  to ${to === '' ? 'somebody who is gone' : to}${why === null ? '' : `: ${why}`}\n`;
}

async function suppressed(call: Call): Promise<Suppression[]> {
  const found: Suppression[] = [];
  for (;;) {
    const page = await call('GET /api/v1/mail-suppressions', { query: { limit: PAGE, offset: found.length } });
    found.push(...page.suppressions);
    if (page.suppressions.length === 0 || found.length >= page.total) return found;
  }
}
