import { StateEffect } from '@codemirror/state';
import type { MarkdownWorld, NamedItem } from '../markdownWorld.ts';

/** A title came: what shows it is drawn anew. */
export const titleCame = StateEffect.define<string>();

export type KnownItem = { readonly state: 'asked' } | { readonly state: 'known'; readonly item: NamedItem } | { readonly state: 'missing' } | { readonly state: 'failed'; readonly message: string };

const AT_ONCE = 4;

/** Titles of items that a text names, asked for when they are first shown, a few at a time. */
export class TitleBook {
  private readonly known = new Map<string, KnownItem>();
  private readonly waiting: string[] = [];
  private running = 0;
  private readonly world: MarkdownWorld;
  private readonly tell: (uuid: string) => void;

  constructor(world: MarkdownWorld, tell: (uuid: string) => void) {
    this.world = world;
    this.tell = tell;
  }

  /** What is known by now; undefined before it was asked for. */
  look(uuid: string): KnownItem | undefined {
    return this.known.get(uuid);
  }

  /** Asks, unless it was asked before. */
  want(uuid: string): void {
    if (this.known.has(uuid)) return;
    this.known.set(uuid, { state: 'asked' });
    this.waiting.push(uuid);
    this.next();
  }

  private next(): void {
    while (this.running < AT_ONCE) {
      const uuid = this.waiting.shift();
      if (uuid === undefined) return;
      this.running += 1;
      void this.ask(uuid);
    }
  }

  private async ask(uuid: string): Promise<void> {
    try {
      const item = await this.world.titleOf(uuid);
      this.known.set(uuid, item === null || item.isMissing ? { state: 'missing' } : { state: 'known', item });
    } catch (error) {
      // The text can be written without its titles; the one who points at it reads why there is none.
      this.known.set(uuid, { state: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
    this.running -= 1;
    this.tell(uuid);
    this.next();
  }
}
