import type { EditorView} from '@codemirror/view';
import { WidgetType } from '@codemirror/view';
import { mathWidget as words } from '../../../../words/markdown.ts';
import { drawMath } from '../drawMath.ts';
import { openPanelOf } from './openPanel.ts';

/** A formula, drawn. */
export class MathWidget extends WidgetType {
  private readonly tex: string;
  private readonly isDisplay: boolean;

  constructor(tex: string, isDisplay: boolean) {
    super();
    this.tex = tex;
    this.isDisplay = isDisplay;
  }

  override eq(other: MathWidget): boolean {
    return other.tex === this.tex && other.isDisplay === this.isDisplay;
  }

  toDOM(view: EditorView): HTMLElement {
    const element = document.createElement('span');
    element.className = this.isDisplay ? 'md-math md-math-display' : 'md-math';
    element.setAttribute('role', 'img');
    element.setAttribute('aria-label', words.formula(this.tex));
    element.addEventListener('mousedown', (event) => event.preventDefault());
    element.addEventListener('click', () => openPanelOf(element, 'math'));
    void drawMath(element, this.tex, this.isDisplay).then(() => view.requestMeasure());
    return element;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
