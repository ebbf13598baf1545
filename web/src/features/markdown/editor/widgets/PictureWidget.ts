import { type EditorView, WidgetType } from '@codemirror/view';
import { pictureWidget as words } from '../../../../words/markdown.ts';
import { hostOf } from '../editorHost.ts';
import type { KnownItem } from '../titleBook.ts';

/** `![alt](address)`: the text for who does not see it, and the picture where the studio has one. */
export class PictureWidget extends WidgetType {
  private readonly alt: string;
  private readonly address: string;
  private readonly uuid: string | undefined;
  private readonly known: KnownItem | undefined;

  constructor(alt: string, address: string, uuid: string | undefined, known: KnownItem | undefined) {
    super();
    this.alt = alt;
    this.address = address;
    this.uuid = uuid;
    this.known = known;
  }

  override eq(other: PictureWidget): boolean {
    return other.alt === this.alt && other.address === this.address && other.uuid === this.uuid && other.known === this.known;
  }

  toDOM(view: EditorView): HTMLElement {
    if (this.uuid !== undefined) hostOf(view.state).titles.want(this.uuid);
    const element = document.createElement('span');
    const isMissing = this.known?.state === 'missing';
    element.className = `md-picture${isMissing ? ' md-missing' : ''}`;
    element.setAttribute('role', 'img');
    const text = this.alt === '' ? words.pictureWithoutText : this.alt;
    element.setAttribute('aria-label', words.picture(text));
    element.title = isMissing ? words.pictureIsNot : this.address;
    if (this.known?.state === 'known' && this.known.item.thumbnail !== undefined) {
      const picture = document.createElement('img');
      picture.alt = '';
      picture.src = this.known.item.thumbnail;
      picture.addEventListener('load', () => view.requestMeasure());
      element.append(picture);
    }
    const name = document.createElement('span');
    name.textContent = this.known?.state === 'known' && this.alt === '' ? this.known.item.title : text;
    element.append(name);
    return element;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}
