import { WidgetType } from '@codemirror/view';

/** A mark drawn otherwise than it is written: the dot of a list, a line across, the word above a block of HTML. */
export class PlainWidget extends WidgetType {
  private readonly className: string;
  private readonly text: string;

  constructor(className: string, text: string) {
    super();
    this.className = className;
    this.text = text;
  }

  override eq(other: PlainWidget): boolean {
    return other.className === this.className && other.text === this.text;
  }

  toDOM(): HTMLElement {
    const element = document.createElement('span');
    element.className = this.className;
    element.textContent = this.text;
    return element;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}
