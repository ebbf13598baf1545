import { z } from 'zod';
import { builders } from '#domain/builderOf.ts';
import { publishVersions } from '#domain/runs.ts';

export const versionSchema = z.enum(publishVersions);

/** What builds and deploys a site. */
export const builderSchema = z.enum(builders);

/** UTC, ISO 8601 with milliseconds. */
export const timestampSchema = z.iso.datetime();

export const siteParamsSchema = z.object({ site: z.string().min(1).max(512).describe('name of the site') });

export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
});

/** A person as others see them: no e-mail address. */
export const personSchema = z.object({ id: z.uuid(), name: z.string() });

export const problemSchema = z.object({
  message: z.string(),
  file: z.string().optional(),
  line: z.number().int().optional(),
  inTheme: z.boolean().optional(),
  item: z.object({ site: z.string(), textId: z.string(), title: z.string().nullable() }).optional().describe('the item where it is mended'),
});
