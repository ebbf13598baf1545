import { WidgetType } from '@codemirror/view';
import { chipWidget as words } from '../../../../words/markdown.ts';
import { buttonInText } from './openPanel.ts';

/** A shortcode as a labelled chip. */
export class ChipWidget extends WidgetType {
  private readonly label: string;
  private readonly detail: string;
  private readonly isClosing: boolean;

  constructor(label: string, detail: string, isClosing: boolean) {
    super();
    this.label = label;
    this.detail = detail;
    this.isClosing = isClosing;
  }

  override eq(other: ChipWidget): boolean {
    return other.label === this.label && other.detail === this.detail && other.isClosing === this.isClosing;
  }

  toDOM(): HTMLElement {
    const button = buttonInText('shortcode', `md-chip${this.isClosing ? ' md-chip-closing' : ''}`, words.shortcode(this.label, this.detail === '' ? '' : `, ${this.detail}`));
    const label = document.createElement('span');
    label.className = 'md-chip-name';
    label.textContent = this.label;
    button.append(label);
    if (this.detail !== '') {
      const detail = document.createElement('span');
      detail.className = 'md-chip-detail';
      detail.textContent = this.detail;
      button.append(detail);
    }
    return button;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
