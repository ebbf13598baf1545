import { z } from 'zod';

/** Every error code the API answers, with its HTTP status. The sentence comes with the answer. */
export const errorStatus = {
  unauthenticated: 401,
  forbidden: 403,
  crossSite: 403,
  notFound: 404,
  methodNotAllowed: 405,
  conflict: 409,
  revisionConflict: 409,
  draftConflict: 409,
  referenced: 409,
  urlInUse: 409,
  urlFrozen: 409,
  nameInUse: 409,
  wrongState: 409,
  archived: 409,
  approvalRequired: 409,
  tooLarge: 413,
  validation: 422,
  invalidFields: 422,
  starterMissing: 422,
  tooManyRequests: 429,
  internal: 500,
  databaseUnavailable: 503,
  engineUnavailable: 503,
  builderUnavailable: 503,
  storageUnavailable: 503,
} as const;

export type ErrorCode = keyof typeof errorStatus;

export const errorCodeSchema = z.enum(Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]);

export const errorBodySchema = z.object({
  error: z.object({
    code: errorCodeSchema,
    message: z.string(),
    /** One entry per wrong field, for `validation`. */
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    /** What the code means here: both versions for `revisionConflict`, what names it for `referenced`. */
    details: z.record(z.string(), z.unknown()).optional(),
  }),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;
