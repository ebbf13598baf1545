import type { katex } from './katex.ts';

type Katex = typeof katex;

let loading: Promise<Katex> | undefined;

/** KaTeX with its styles and fonts, fetched when the first formula is drawn. A fetch that failed is tried again by the next. */
function loadKatex(): Promise<Katex> {
  loading ??= import('./katex.ts').then(
    (module) => module.katex,
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/**
 * Draws a formula into an element. KaTeX builds the elements itself and follows no link of the author (trust is off);
 * what it cannot read stays as its source, with the reason on hover. Resolves to that reason, or undefined.
 */
export async function drawMath(element: HTMLElement, tex: string, isDisplay: boolean): Promise<string | undefined> {
  element.textContent = tex;
  try {
    const { render } = await loadKatex();
    const drawn = document.createElement('span');
    render(tex, drawn, { displayMode: isDisplay, throwOnError: true, trust: false, strict: 'ignore', maxSize: 40, maxExpand: 1_000 });
    element.replaceChildren(drawn);
    element.removeAttribute('title');
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^KaTeX parse error: /, '') : String(error);
    element.classList.add('md-math-broken');
    element.title = reason;
    return reason;
  }
}
