import { z } from 'zod';
import { pullActions } from '#domain/pullPlan.ts';
import { siteParamsSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

const commitSchema = z.string().regex(/^[0-9a-f]{7,40}$/, 'A commit is named by at least seven of its hexadecimal digits, in small letters.');

/** Slashes at the ends say nothing. */
const pathSchema = z
  .string()
  .max(1024)
  .transform((path) => path.replace(/^(?:\.?\/)+|\/+$/g, ''))
  .pipe(z.string().min(1, 'The path is empty: leave it out to take the whole repository.').refine((path) => !path.split('/').some((part) => part === '' || part === '.' || part === '..'), 'The path leads out of the repository.'));

const pullSchema = z
  .strictObject({
    /** A file or a folder of the repository; without it everything. */
    path: pathSchema.optional(),
    /** A branch; without it, and without a commit, the head of main. */
    ref: z.string().min(1).max(250).regex(/^[^\s~^:?*[\\]+$/, 'It is no name of a branch.').optional(),
    /** The files as they are in this commit. */
    commit: commitSchema.optional(),
    /** Only the files that this commit changed, as it left them. */
    onlyCommit: commitSchema.optional(),
    /** Plan it and change nothing. */
    dryRun: z.boolean().default(false),
    /** Delete items whose file is gone; only when everything is taken. */
    deleteMissing: z.boolean().default(false),
    /** Take the repository's state of items that were edited here too. */
    overwrite: z.boolean().default(false),
    /** Take content that is older than main's. */
    allowOlder: z.boolean().default(false),
  })
  .refine((pull) => [pull.ref, pull.commit, pull.onlyCommit].filter((name) => name !== undefined).length <= 1, { message: 'Name one of ref, commit and onlyCommit.', path: ['commit'] })
  .refine((pull) => pull.path === undefined || pull.onlyCommit === undefined, { message: 'What one commit changed is taken whole: leave the path out, or name the commit as commit.', path: ['path'] })
  .refine((pull) => !pull.deleteMissing || (pull.path === undefined && pull.onlyCommit === undefined), { message: 'Items are deleted only when the whole repository is taken.', path: ['deleteMissing'] });

export const pullLineSchema = z.object({
  action: z.enum(pullActions),
  path: z.string(),
  textId: z.string().nullable(),
  /** What a change changes: `title`, `metadata.course_title`. */
  fields: z.array(z.string()),
  reason: z.string().nullable(),
});

export const pullPlanSchema = z.object({
  site: z.string(),
  /** SHA-1 of the commit the files are of. */
  commit: z.string(),
  dryRun: z.boolean(),
  /** Set when main has newer commits that are not taken. */
  goesBack: z.object({ at: timestampSchema, commits: z.number().int() }).nullable(),
  counts: z.record(z.enum(pullActions), z.number().int()),
  lines: z.array(pullLineSchema),
});
export type PullPlan = z.infer<typeof pullPlanSchema>;

export const pullContracts = defineContracts({
  'POST /api/v1/sites/:site/pulls': {
    summary: 'Takes content from the site’s repository into the studio, or shows what that would change',
    access: 'signedIn',
    audit: 'process-start',
    params: siteParamsSchema,
    body: pullSchema,
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/pulls/:run/plan': {
    summary: 'What a pull changes or has changed, file by file',
    access: 'signedIn',
    params: z.object({ run: z.uuid() }),
    status: 200,
    response: pullPlanSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
});
