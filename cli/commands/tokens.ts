import { type Command, Option } from 'commander';
import type { Call, Output } from '#api/contracts/client.ts';
import { TOKEN_DAYS, TOKEN_DAYS_AT_MOST, type TokenScope, tokenScopeNames, tokenScopes } from '#domain/tokenScopes.ts';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';
import { didYouMean } from '../suggest.ts';

type Token = Output<'GET /api/v1/tokens'>['tokens'][number];

const day = (at: string | null): string => at?.slice(0, 10) ?? 'never';

/** What a token may, where, and how it stands, on one line. */
function tokenLine(token: Token): string {
  const may = token.scopes === null ? `roles ${token.roles.join(', ') || 'none'}` : token.scopes.join(', ');
  const where = token.sites === null ? 'all sites' : token.sites.join(', ') || 'no site any more';
  const until = token.state === 'works' ? (token.expiresAt === null ? 'does not expire' : `until ${day(token.expiresAt)}`) : token.state === 'expired' ? `expired ${day(token.expiresAt)}` : `revoked ${day(token.revokedAt)}`;
  return `${token.name}  ${token.prefix === null ? '(configuration)' : `${token.prefix}…`}  ${may}; ${where}; ${until}; ${token.lastUsedAt === null ? 'never used' : `used ${day(token.lastUsedAt)}`}`;
}

const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];

/** `studio tokens`: what lets machines in. */
export function tokensCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const tokens = program.command('tokens').description('tokens that let machines in');
  tokens
    .command('list')
    .description('list every token, also those that work no more')
    .action(async () => {
      const { tokens: all } = await (await connect())('GET /api/v1/tokens', {});
      context.out(all.length === 0 ? 'There are no tokens.\n' : `${all.map(tokenLine).join('\n')}\n`);
    });
  tokens
    .command('make')
    .description('make a token and print it, this once')
    .argument('<name>', 'what it is for')
    .addOption(new Option('--scope <scope>', `what it may, as often as needed: ${tokenScopeNames.map((name) => `${name} (${tokenScopes[name].words})`).join('; ')}`).choices(tokenScopeNames).argParser(collect).makeOptionMandatory())
    .option('--site <name>', 'the only site it is for, as often as needed; without it, all', collect)
    .option('--days <number>', `how long it works, at most ${TOKEN_DAYS_AT_MOST}`, String(TOKEN_DAYS))
    .action(async (name: string, options: { scope: string[]; site?: string[]; days: string }) => {
      const days = Number(options.days);
      if (!/^\d+$/.test(options.days) || days < 1 || days > TOKEN_DAYS_AT_MOST) throw new CliError(`--days takes a whole number from 1 to ${TOKEN_DAYS_AT_MOST}, not ‘${options.days}’.`);
      const unknown = options.scope.find((scope) => !Object.hasOwn(tokenScopes, scope));
      if (unknown !== undefined) throw new CliError(`There is no scope ‘${unknown}’. There are: ${tokenScopeNames.join(', ')}.`);
      const call = await connect();
      const made = await call('POST /api/v1/tokens', { body: { name, scopes: options.scope as TokenScope[], days, ...(options.site === undefined ? {} : { sites: options.site }) } });
      context.err(`${tokenLine(made)}\nThis is the only time it is shown:\n`);
      context.out(`${made.secret}\n`);
    });
  tokens
    .command('revoke')
    .description('end a token, for good and at once')
    .argument('<name>', 'its name, or how it begins')
    .action(async (name: string) => {
      const call = await connect();
      const { tokens: all } = await call('GET /api/v1/tokens', {});
      const token = all.find((one) => one.name === name || (one.prefix !== null && one.prefix === name.replace(/…$/, '')));
      if (token === undefined) throw new CliError(`There is no token named ‘${name}’.${didYouMean(name, all.map((one) => one.name))}`);
      await call('DELETE /api/v1/tokens/:token', { params: { token: token.id } });
      context.out(`The token ‘${token.name}’ opens nothing any more.\n`);
    });
}
