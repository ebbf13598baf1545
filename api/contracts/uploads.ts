import { z } from 'zod';
import { siteParamsSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

const uploadStateSchema = z.enum(['begun', 'done', 'refused', 'expired']);

export const uploadContracts = defineContracts({
  'POST /api/v1/sites/:site/uploads': {
    summary: 'Says where in the storage bucket a file is to be sent; the address takes this file and no other',
    access: 'signedIn',
    audit: 'upload-begin',
    params: siteParamsSchema,
    body: z.strictObject({
      name: z.string().min(1).max(255).describe('name of the file, without a folder'),
      type: z.string().max(255).describe('content type as the browser says it; may be empty'),
      size: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).describe('bytes'),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'The checksum is the SHA-256 of the file, in 64 hexadecimal digits.'),
    }),
    status: 201,
    response: z.object({
      id: z.uuid(),
      method: z.literal('PUT'),
      url: z.url(),
      headers: z.record(z.string(), z.string()).describe('what the request must say'),
      expiresAt: timestampSchema,
    }),
    errors: ['notFound', 'forbidden', 'starterMissing', 'tooLarge', 'invalidFields', 'tooManyRequests'],
  },
  'POST /api/v1/sites/:site/uploads/:upload/finish': {
    summary: 'Looks at a file that was sent and puts it where an item can name it; a second time answers the same',
    access: 'signedIn',
    audit: 'upload-finish',
    params: siteParamsSchema.extend({ upload: z.uuid() }),
    status: 200,
    response: z.object({
      id: z.uuid(),
      state: uploadStateSchema,
      /** Key in the storage bucket, for the `file` of an item. */
      file: z.string(),
      name: z.string(),
      contentType: z.string(),
      size: z.number().int(),
    }),
    errors: ['notFound', 'forbidden', 'starterMissing', 'wrongState', 'invalidFields', 'storageUnavailable'],
  },
});
