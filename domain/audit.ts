/** Kinds of what is worth a line in the audit log. */
export const auditKinds = ['sign-in', 'right', 'publish', 'approval', 'spend', 'deletion', 'change', 'process'] as const;
export type AuditKind = (typeof auditKinds)[number];

/** Everything that the audit log knows, with the words people read after a name: ‘ada *signed in*’. */
export const auditActions = {
  'sign-in': { kind: 'sign-in', words: 'signed in' },
  'sign-in-refuse': { kind: 'sign-in', words: 'was not let in' },
  'sign-out': { kind: 'sign-in', words: 'signed out' },
  'session-end': { kind: 'sign-in', words: 'ended a session' },
  'token-make': { kind: 'right', words: 'made an API token' },
  'token-revoke': { kind: 'right', words: 'revoked an API token' },
  'youtube-consent': { kind: 'right', words: 'got tokens for the YouTube account' },
  'role-give': { kind: 'right', words: 'gave a role' },
  'role-take': { kind: 'right', words: 'took a role back' },
  'owner-change': { kind: 'right', words: 'made somebody else the owner' },
  'access-ask': { kind: 'right', words: 'asked for access' },
  'access-decide': { kind: 'right', words: 'decided about access' },
  'person-close': { kind: 'right', words: 'closed an account' },
  'person-open': { kind: 'right', words: 'opened an account again' },
  'impersonation-begin': { kind: 'right', words: 'began to act as somebody else' },
  'impersonation-end': { kind: 'right', words: 'no longer acts as somebody else' },
  publish: { kind: 'publish', words: 'asked for a publish' },
  unpublish: { kind: 'publish', words: 'took a site offline' },
  rollback: { kind: 'publish', words: 'brought an earlier version back' },
  'mass-publish': { kind: 'publish', words: 'asked for a mass publish' },
  'mass-publish-steer': { kind: 'publish', words: 'steered a mass publish' },
  'offline-build': { kind: 'publish', words: 'asked for a build to download' },
  'listing-remove': { kind: 'publish', words: 'took a site out of the lists of the root site' },
  'theme-build': { kind: 'publish', words: 'had the themes’ assets built' },
  'site-move': { kind: 'publish', words: 'moved a site' },
  'review-ask': { kind: 'approval', words: 'asked for a review' },
  'approval-ask': { kind: 'approval', words: 'asked for approval' },
  'review-publish': { kind: 'approval', words: 'published what was reviewed' },
  'review-schedule': { kind: 'approval', words: 'scheduled a publish' },
  'review-unschedule': { kind: 'approval', words: 'called off a scheduled publish' },
  'review-approve': { kind: 'approval', words: 'approved a publish' },
  'review-reject': { kind: 'approval', words: 'rejected a publish' },
  'captions-order': { kind: 'spend', words: 'ordered captions' },
  'captions-approve': { kind: 'spend', words: 'let captions be paid for' },
  'captions-refuse': { kind: 'spend', words: 'refused to pay for captions' },
  'item-delete': { kind: 'deletion', words: 'deleted an item' },
  'item-undelete': { kind: 'deletion', words: 'brought a deleted item back' },
  'item-remove': { kind: 'deletion', words: 'took an item away whose time had come' },
  'deletions-decide': { kind: 'deletion', words: 'decided about deletions' },
  'files-remove': { kind: 'deletion', words: 'decided about missing files' },
  'repository-remove': { kind: 'deletion', words: 'removed files from a repository' },
  'site-create': { kind: 'change', words: 'created a site' },
  'site-change': { kind: 'change', words: 'changed a site' },
  'site-archive': { kind: 'change', words: 'archived a site' },
  'site-unarchive': { kind: 'change', words: 'brought an archived site back' },
  'starter-change': { kind: 'change', words: 'changed a starter' },
  'settings-change': { kind: 'change', words: 'changed settings' },
  'upload-begin': { kind: 'change', words: 'began to upload a file' },
  'upload-finish': { kind: 'change', words: 'uploaded a file' },
  'references-rebuild': { kind: 'change', words: 'had references rebuilt' },
  cleanup: { kind: 'change', words: 'had texts of many sites rewritten' },
  'installation-adopt': { kind: 'change', words: 'adopted the installation' },
  'mail-preferences-change': { kind: 'change', words: 'chose which mails to get' },
  'mail-resend': { kind: 'change', words: 'had a mail sent anew' },
  'mail-suppression-lift': { kind: 'change', words: 'let an address get mails again' },
  'process-start': { kind: 'process', words: 'started a process' },
  'schedule-pause': { kind: 'process', words: 'paused recurring work' },
  'schedule-resume': { kind: 'process', words: 'let recurring work go on' },
  'schedule-run': { kind: 'process', words: 'had recurring work done at once' },
  'run-retry': { kind: 'process', words: 'retried a run' },
  'run-cancel': { kind: 'process', words: 'cancelled a run' },
  'run-give-up': { kind: 'process', words: 'gave a run up' },
} as const satisfies Readonly<Record<string, { readonly kind: AuditKind; readonly words: string }>>;

export type AuditAction = keyof typeof auditActions;

/** Who acts: a person, a machine with a token, a process of the studio by itself, a service by a webhook, or nobody known. */
export const auditActorKinds = ['person', 'token', 'process', 'webhook', 'nobody'] as const;
export type AuditActorKind = (typeof auditActorKinds)[number];

/** What came of it; null while that is not known. */
export type AuditOutcome = 'done' | 'refused' | 'failed';

/** A process as who acts, for what it does without anybody having asked. */
export function processActor(process: { readonly title: string }): { readonly kind: 'process'; readonly userId: null; readonly name: string } {
  return { kind: 'process', userId: null, name: process.title };
}

/** The kind of an action; one of a newer version is a change. */
export function auditKindOf(action: string): AuditKind {
  return Object.hasOwn(auditActions, action) ? auditActions[action as AuditAction].kind : 'change';
}
