import type { EngineSchedule } from '#api/contracts/engineSchedules.ts';
import { ConfirmedAsk } from '../../lib/confirmedAsk.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** The buttons of one piece of recurring work. */
export class ScheduleSteps extends ConfirmedAsk<'pause' | 'resume' | 'run'> {
  /** Lets it rest; resolves to how it stands then, or undefined with `problem` set. The reason stays written until it was taken. */
  pause(schedule: string, reason: string): Promise<EngineSchedule | undefined> {
    return this.once('pause', async () => {
      const paused = await call('POST /api/v1/engine-schedules/:schedule/pause', { params: { schedule }, body: { reason } });
      this.isConfirming = false;
      return paused;
    });
  }

  resume(schedule: string): Promise<EngineSchedule | undefined> {
    return this.once('resume', () => call('POST /api/v1/engine-schedules/:schedule/resume', { params: { schedule } }));
  }

  run(schedule: string): Promise<EngineSchedule | undefined> {
    return this.once('run', () => call('POST /api/v1/engine-schedules/:schedule/run', { params: { schedule } }));
  }
}
