import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What an admin can search runs by in the Temporal UI. Registered in the namespace when a worker or the API starts. */
export const searchAttributes = {
  siteName: defineSearchAttributeKey('SiteName', SearchAttributeType.KEYWORD),
  process: defineSearchAttributeKey('Process', SearchAttributeType.KEYWORD),
  publishVersion: defineSearchAttributeKey('PublishVersion', SearchAttributeType.KEYWORD),
  requestedBy: defineSearchAttributeKey('RequestedBy', SearchAttributeType.KEYWORD),
} as const;
