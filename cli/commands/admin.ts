import { Argument, type Command } from 'commander';
import type { Call, Input } from '#api/contracts/client.ts';
import type { CliContext } from '../context.ts';
import { withSiteNamed } from '../withSiteNamed.ts';

type Grant = Input<'POST /api/v1/grants'>['body'];
const roles = ['global_admin', 'global_author', 'owner', 'admin', 'editor'] as const satisfies readonly Grant['role'][];

/** `studio admin`: who may do what, and whose database this is. */
export function adminCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const admin = program.command('admin').description('roles of people, and the installation');
  const forms = [
    { name: 'grant', key: 'POST /api/v1/grants', description: 'give a person a role; they need not have signed in yet', done: 'has the role', same: 'had the role already:' },
    { name: 'revoke', key: 'POST /api/v1/grants/revoke', description: 'take a role back', done: 'has no longer the role', same: 'did not have the role' },
  ] as const;
  for (const { name, key, description, done, same } of forms) {
    admin
      .command(name)
      .description(description)
      .argument('<email>', 'the address the person signs in with')
      .addArgument(new Argument('<role>', 'global roles, or with --site a role there').choices(roles))
      .option('--site <name>', 'the site, for owner, admin and editor')
      .action(async (email: string, role: Grant['role'], options: { site?: string }) => {
        const call = await connect();
        const body: Grant = { email, role, ...(options.site === undefined ? {} : { site: options.site }) };
        const work = () => call(key, { body });
        const answer = options.site === undefined ? await work() : await withSiteNamed(call, options.site, work);
        context.out(`${answer.email} ${answer.changed ? done : same} ${answer.role}${answer.site === null ? '' : ` of ‘${answer.site}’`}.\n`);
      });
  }
  admin
    .command('adopt')
    .description('declare this database to belong to this installation, so that it publishes again')
    .action(async () => {
      const call = await connect();
      const { installation } = await call('POST /api/v1/system/adopt', {});
      context.out(`The database belongs to the installation ‘${installation}’ now: its publishes go out.\n`);
    });
}
