import { type EditorView, WidgetType } from '@codemirror/view';
import { resourceLinkWidget as words } from '../../../../words/markdown.ts';
import { hostOf } from '../editorHost.ts';
import type { KnownItem } from '../titleBook.ts';
import { buttonInText } from './openPanel.ts';

const NOWHERE = words.leadsNowhere;

/** A link to content of the site: its text, with the title of where it leads. */
export class ResourceLinkWidget extends WidgetType {
  private readonly uuid: string;
  private readonly text: string;
  private readonly known: KnownItem | undefined;

  constructor(uuid: string, text: string, known: KnownItem | undefined) {
    super();
    this.uuid = uuid;
    this.text = text;
    this.known = known;
  }

  override eq(other: ResourceLinkWidget): boolean {
    return other.uuid === this.uuid && other.text === this.text && other.known === this.known;
  }

  toDOM(view: EditorView): HTMLElement {
    hostOf(view.state).titles.want(this.uuid);
    const text = this.text === '' ? words.linkWithoutText : this.text;
    const target = whereTo(this.known);
    const isMissing = this.known?.state === 'missing';
    const button = buttonInText('shortcode', `md-resource-link${isMissing ? ' md-missing' : ''}`, words.link(text, isMissing ? ` ${NOWHERE}` : '', target));
    button.title = target;
    button.append(text);
    if (isMissing) {
      const word = document.createElement('span');
      word.className = 'md-missing-word';
      word.textContent = NOWHERE;
      button.append(' ', word);
    }
    return button;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

/** Where a link leads, as people are told. */
export function whereTo(known: KnownItem | undefined): string {
  switch (known?.state) {
    case 'known':
      return words.leadsTo(known.item.title);
    case 'missing':
      return words.whatItLeads;
    case 'failed':
      return words.whereItLeadsIsNot(known.message);
    default:
      return words.lookingWhereItLeads;
  }
}
