import { router } from '../../lib/router.svelte.ts';
import { session } from '../../lib/session.svelte.ts';

/** What somebody would lose by leaving. */
export interface Leavable {
  /** Whether going to another page of the studio loses nothing. */
  readonly mayLeave: boolean;
  /** Whether closing the tab, or going elsewhere with it, loses nothing. */
  readonly mayClose: boolean;
  /** Whether a form keeps what was written when the session ends, for who signs in beside it; where it does not, the draft is offered afterwards. */
  readonly isHolding?: boolean;
}

/** Asks before somebody leaves what is kept nowhere; where a draft is kept it lets them go. */
export class UnsavedGuard {
  /** Where the person wanted to go, while they are asked. */
  private wanted = $state.raw<(() => void) | undefined>();
  private readonly subject: () => Leavable;

  constructor(subject: () => Leavable) {
    this.subject = subject;
  }

  /** Stands between this page and every other until the returned function is called. */
  start(): () => void {
    const guard = {
      // Who was signed out sees the page no more, asked or not.
      mayLeave: () => session.me === undefined || this.subject().mayLeave,
      ask: (proceed: () => void) => {
        this.wanted = proceed;
      },
      isHolding: () => this.subject().isHolding === true,
    };
    router.guard = guard;
    const closing = (event: BeforeUnloadEvent): void => {
      if (!this.subject().mayClose) event.preventDefault();
    };
    window.addEventListener('beforeunload', closing);
    return () => {
      if (router.guard === guard) router.guard = undefined;
      window.removeEventListener('beforeunload', closing);
    };
  }

  get isAsking(): boolean {
    return this.wanted !== undefined;
  }

  leave(): void {
    const { wanted } = this;
    this.wanted = undefined;
    wanted?.();
  }

  stay(): void {
    this.wanted = undefined;
  }
}

/** A guard for the life of the component that asks. */
export function useUnsavedGuard(subject: () => Leavable): UnsavedGuard {
  const guard = new UnsavedGuard(subject);
  $effect(() => guard.start());
  return guard;
}
