import { z } from 'zod';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

/** The result of an import run, as `studio import --json` prints it. */
export const importResultSchema = z.object({
  site: z.string(),
  files: z.number().int(),
  imported: z.number().int(),
  kept: z.number().int(),
  keptFiles: z.array(z.string()),
  skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
  /** Instructors the course names and the root site lacks (uuids). */
  missingInstructors: z.array(z.string()),
  /** Instructors added to the root site by this import (uuids). */
  addedInstructors: z.array(z.string()),
  media: z.number().int(),
});
export type ImportResult = z.infer<typeof importResultSchema>;

export const importContracts = defineContracts({
  'POST /api/v1/imports': {
    summary: 'Imports a content repository, sent as a gzipped tar or named by a git URL',
    access: 'signedIn',
    audit: 'process-start',
    query: z.object({
      starter: z.string().min(1).max(30),
      /** Part of addresses and of workflow ids, so it is as plain as they are. */
      name: z.string().min(1).max(200).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'A site’s name has letters, digits, dots, hyphens and underscores only.').optional(),
      /** The folder's or repository's name: the short id where course.json has none. */
      folder: z.string().min(1).max(200),
      /** With a git URL the body stays empty and the worker clones it. */
      gitUrl: z.string().max(2048).optional(),
    }),
    /** application/gzip: a tar with the repository under `repository/`, media under `media/`, instructors under `instructors/`. */
    body: 'binary',
    status: 202,
    response: requestSchema,
    errors: ['forbidden', 'starterMissing', 'tooLarge', 'nameInUse'],
  },
});
