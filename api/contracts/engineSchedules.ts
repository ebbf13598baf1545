import { z } from 'zod';
import { timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

export const engineScheduleSchema = z.object({
  id: z.string().describe('id of the process it starts, such as reconcile-runs'),
  title: z.string(),
  /** What it is for. */
  summary: z.string(),
  /** False where its interval is 0, or no worker has started since it was declared. */
  isSetUp: z.boolean(),
  everyMs: z.number().int().nullable().describe('milliseconds'),
  paused: z.object({ reason: z.string() }).nullable(),
  nextAt: timestampSchema.nullable(),
  isRunning: z.boolean(),
  /** How often it was its time while the execution before was still at work; it is left out then. */
  skipped: z.number().int(),
  /** Its last executions, newest first; `run` where the process has runs. */
  recent: z.array(z.object({ at: timestampSchema, run: z.uuid().nullable(), temporalUrl: z.string().nullable() })),
});
export type EngineSchedule = z.infer<typeof engineScheduleSchema>;

const steering = { access: 'signedIn', params: z.object({ schedule: z.string().min(1).max(100) }), status: 200, response: engineScheduleSchema, errors: ['forbidden', 'notFound', 'wrongState', 'engineUnavailable'] } as const;

export const engineScheduleContracts = defineContracts({
  'GET /api/v1/engine-schedules': {
    summary: 'Work that recurs by itself: what, when next, its last executions, and what is paused and why',
    access: 'signedIn',
    status: 200,
    response: z.object({ schedules: z.array(engineScheduleSchema) }),
    errors: ['forbidden', 'engineUnavailable'],
  },
  'POST /api/v1/engine-schedules/:schedule/pause': { ...steering, audit: 'schedule-pause', summary: 'Lets recurring work rest until it is resumed', body: z.strictObject({ reason: z.string().trim().min(1).max(300) }) },
  'POST /api/v1/engine-schedules/:schedule/resume': { ...steering, audit: 'schedule-resume', summary: 'Lets paused work go on at its next time' },
  'POST /api/v1/engine-schedules/:schedule/run': { ...steering, audit: 'schedule-run', summary: 'Has recurring work done once now, also while it is paused; never twice at once' },
});
