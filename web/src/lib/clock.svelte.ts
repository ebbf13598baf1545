import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 1_000;

/** The time as the page shows it: it ticks each second, and only while something on the page reads it. */
class Clock {
  private readonly subscribe = createSubscriber((update) => {
    const ticking = setInterval(update, TICK_MS);
    return () => clearInterval(ticking);
  });

  get now(): Date {
    this.subscribe();
    return new Date();
  }
}

export const clock = new Clock();
