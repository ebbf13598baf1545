/** Kinds of inputs that hold no words of a person. */
const WORDLESS: ReadonlySet<string> = new Set(['search', 'checkbox', 'radio', 'file', 'button', 'submit', 'range', 'color', 'hidden']);

type TextField = HTMLInputElement | HTMLTextAreaElement;

/** What somebody wrote in a form of the page and did not send: it must outlast the end of their session. Searches and filters are none, and editors keep their own. */
class WrittenText {
  /** Fields that were written in, with what stood there before. */
  private readonly before = new Map<TextField, string>();

  /** Begins to listen to the page; returns the end of it. */
  start(): () => void {
    const off = new AbortController();
    document.addEventListener('focusin', (event) => this.note(event.target), { signal: off.signal });
    return () => off.abort();
  }

  /** Whether a field of the page holds what somebody wrote. */
  get isHere(): boolean {
    for (const field of this.before.keys()) if (!field.isConnected) this.before.delete(field);
    return [...this.before].some(([field, text]) => field.value !== text && field.value.trim() !== '');
  }

  private note(target: EventTarget | null): void {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) || this.before.has(target)) return;
    if (WORDLESS.has(target.type) || target.closest('main') === null || target.closest('[role="search"]') !== null) return;
    this.before.set(target, target.value);
  }
}

export const writtenText = new WrittenText();
