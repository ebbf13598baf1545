import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { EngineSchedule } from '#api/contracts/engineSchedules.ts';
import type { CliContext } from '../context.ts';
import { duration, moment, table } from '../words.ts';

/** `studio recurring`: the studio’s recurring work. Publishes at a set time are under `studio schedules`. */
export function recurringCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const recurring = program.command('recurring').description('work that recurs by itself; publishes at a set time are under `schedules`');

  recurring
    .command('list', { isDefault: true })
    .description('what recurs, when next, and what is paused and why')
    .option('--json', 'print them as JSON')
    .action(async ({ json }: { json?: true }) => {
      const { schedules: all } = await (await connect())('GET /api/v1/engine-schedules', {});
      if (json === true) context.out(`${JSON.stringify({ schedules: all })}\n`);
      else context.out(table([['schedule', 'every', 'next', 'last', 'state'], ...all.map((one) => [one.id, one.everyMs === null ? '-' : duration(one.everyMs), one.nextAt === null ? '-' : moment(one.nextAt), one.recent[0] === undefined ? '-' : moment(one.recent[0].at), stateOf(one)])]));
    });

  recurring
    .command('pause <schedule>')
    .description('let it rest until it is resumed')
    .requiredOption('--reason <text>', 'why, for whoever looks at it')
    .action(async (schedule: string, { reason }: { reason: string }) => tell(await (await connect())('POST /api/v1/engine-schedules/:schedule/pause', { params: { schedule }, body: { reason } })));
  recurring
    .command('resume <schedule>')
    .description('let it go on at its next time')
    .action(async (schedule: string) => tell(await (await connect())('POST /api/v1/engine-schedules/:schedule/resume', { params: { schedule } })));
  recurring
    .command('run <schedule>')
    .description('have it done once now, also while it is paused')
    .action(async (schedule: string) => tell(await (await connect())('POST /api/v1/engine-schedules/:schedule/run', { params: { schedule } })));

  function tell(schedule: EngineSchedule): void {
    context.out(`${schedule.title}: ${stateOf(schedule)}${schedule.nextAt === null ? '' : `, next ${moment(schedule.nextAt)}`}\n`);
  }
}

function stateOf(schedule: EngineSchedule): string {
  if (!schedule.isSetUp) return 'not set up';
  const paused = schedule.paused === null ? '' : `paused: ${schedule.paused.reason}`;
  return [schedule.isRunning ? 'at work' : '', paused].filter((part) => part !== '').join(', ') || 'on';
}
