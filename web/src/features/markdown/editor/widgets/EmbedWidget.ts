import { type EditorView, WidgetType } from '@codemirror/view';
import { embedWidget as words } from '../../../../words/markdown.ts';
import { hostOf } from '../editorHost.ts';
import type { KnownItem } from '../titleBook.ts';
import { buttonInText } from './openPanel.ts';

/** A picture or film of the site, shown as a block with its title. */
export class EmbedWidget extends WidgetType {
  private readonly uuid: string;
  private readonly leadsTo: string;
  private readonly known: KnownItem | undefined;
  private readonly isBlock: boolean;

  constructor(uuid: string, leadsTo: string, known: KnownItem | undefined, isBlock: boolean) {
    super();
    this.uuid = uuid;
    this.leadsTo = leadsTo;
    this.known = known;
    this.isBlock = isBlock;
  }

  override eq(other: EmbedWidget): boolean {
    return other.uuid === this.uuid && other.leadsTo === this.leadsTo && other.known === this.known && other.isBlock === this.isBlock;
  }

  toDOM(view: EditorView): HTMLElement {
    hostOf(view.state).titles.want(this.uuid);
    const { title, type } = told(this.known);
    const button = buttonInText('shortcode', `md-embed${this.isBlock ? ' md-embed-block' : ''}${this.known?.state === 'missing' ? ' md-missing' : ''}`, words.resource(title, type === '' ? '' : `, ${type}`));
    if (this.known?.state === 'known' && this.known.item.thumbnail !== undefined) {
      const picture = document.createElement('img');
      picture.alt = '';
      picture.src = this.known.item.thumbnail;
      picture.addEventListener('load', () => view.requestMeasure());
      button.append(picture);
    }
    for (const [className, text] of [['md-embed-title', title], ['md-embed-type', [type, this.leadsTo].filter((part) => part !== '').join(' · ')]] as const) {
      if (text === '') continue;
      const line = document.createElement('span');
      line.className = className;
      line.textContent = text;
      button.append(line);
    }
    return button;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

function told(known: KnownItem | undefined): { readonly title: string; readonly type: string } {
  switch (known?.state) {
    case 'known':
      return { title: known.item.title, type: known.item.type };
    case 'missing':
      return { title: words.resourceThatIsNot, type: '' };
    case 'failed':
      return { title: words.aResource, type: known.message };
    default:
      return { title: words.aResource, type: 'Looking for its title …' };
  }
}
