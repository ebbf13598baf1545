import { z } from 'zod';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

export const importSyncContracts = defineContracts({
  'POST /api/v1/import-syncs': {
    summary: 'Copies what is new in the import bucket into the storage bucket, or only counts it',
    access: 'signedIn',
    audit: 'process-start',
    body: z.strictObject({ dryRun: z.boolean() }),
    status: 202,
    response: requestSchema,
    errors: ['forbidden'],
  },
});
