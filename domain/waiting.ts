/** What may wait on one person, with what it is called and how somebody else takes it on. */
export const waitingKinds = {
  'site-owned': { words: 'owns the site', handOver: 'Make somebody else the owner.' },
  'review-asked': { words: 'asked for the review', handOver: 'Whoever may publish the site decides about it, or rejects it.' },
  'review-to-decide': { words: 'is asked to approve', handOver: 'Another owner or admin of the site approves it.' },
  'publish-scheduled': { words: 'scheduled the publish', handOver: 'It goes out all the same. Whoever may publish the site can call it off.' },
  'run-asked': { words: 'waits for the run', handOver: 'It goes on all the same. Whoever may start it can stop it.' },
  'access-asked': { words: 'asks for access', handOver: 'Those who answer for the site do not see it while the account is closed.' },
  'access-to-decide': { words: 'is asked for access', handOver: 'Another owner or admin of the site decides.' },
} as const satisfies Readonly<Record<string, { readonly words: string; readonly handOver: string }>>;

export type WaitingKind = keyof typeof waitingKinds;
export const waitingKindNames = Object.keys(waitingKinds) as [WaitingKind, ...WaitingKind[]];
