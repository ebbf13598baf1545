import { z } from 'zod';
import { versionSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

export const themeBuildContracts = defineContracts({
  'POST /api/v1/theme-builds': {
    summary: 'Builds the assets at the head of the themes’ branch; asks that come during a build share one more',
    access: 'signedIn',
    audit: 'theme-build',
    body: z.object({ massPublish: z.array(versionSchema).max(2).optional().describe('versions of which every site is published again with the new assets') }),
    status: 202,
    response: requestSchema,
    errors: ['forbidden'],
  },
});
