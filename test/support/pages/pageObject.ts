import type { Hand } from './hand.ts';

/** What a journey does on a page, by the hand of who is on it. */
export abstract class PageObject {
  protected readonly hand: Hand;

  constructor(hand: Hand) {
    this.hand = hand;
  }
}
