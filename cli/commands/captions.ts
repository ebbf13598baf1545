import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import { formatCents } from '#domain/captionRules.ts';
import type { CliContext } from '../context.ts';

/** `studio captions`: what who may spend says to orders of captions that wait. */
export function captionsCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const captions = program.command('captions').description('orders of captions that wait for a person');

  add('approve', 'say that an order may be paid, whatever the limits are', 'POST /api/v1/caption-orders/:order/approve', 'It is placed within a minute');
  add('refuse', 'say that an order is not to be placed', 'POST /api/v1/caption-orders/:order/refuse', 'It is not placed');

  function add(verb: string, description: string, route: 'POST /api/v1/caption-orders/:order/approve' | 'POST /api/v1/caption-orders/:order/refuse', done: string): void {
    captions
      .command(verb)
      .description(description)
      .argument('<order>', 'id of the order, as `videos` shows it')
      .option('--json', 'print the result as JSON')
      .action(async (order: string, options: { readonly json?: true }) => {
        const call = await connect();
        const decided = await call(route, { params: { order } });
        const price = decided.priceCents === null ? 'its price is not known' : formatCents(decided.priceCents);
        context.out(options.json === true ? `${JSON.stringify(decided)}\n` : `${done}: captions of ‘${decided.item?.title ?? decided.youtubeId}’ (${decided.site.name}), ${price}.\n`);
      });
  }
}
