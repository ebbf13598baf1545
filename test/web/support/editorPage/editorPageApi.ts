import type { Item } from '../../../../api/contracts/items.ts';
import type { Kind } from '../../../../api/contracts/kinds.ts';
import type { ConfigField } from '#domain/siteConfigSchema.ts';
import type { MarkdownRules } from '../../../../web/src/features/markdown/markdownRules.ts';
import type { NamedItem, PickedItem } from '../../../../web/src/features/markdown/markdownWorld.ts';

/** What a test may do on the page that holds the editor and nothing else. */
export interface EditorPageApi {
  readonly items: Record<string, NamedItem>;
  readonly picks: PickedItem[];
  readonly asked: string[];
  /** Shows the editor with this text, made anew. */
  readonly open: (text: string, rules: MarkdownRules, isDisabled: boolean) => Promise<void>;
  /** Shows the widget of a field of a form, which asks the API. */
  readonly openWidget: (text: string, field: ConfigField) => Promise<void>;
  /** Shows the form of an item of a site, which asks the API. */
  readonly openForm: (site: string, kind: Kind, item: Item) => Promise<void>;
  /** What a save of that form would send. */
  readonly formChanges: () => Record<string, unknown>;
  /** The id of the control of a field of it. */
  readonly fieldId: (path: string) => string;
  /** What a form around the editor would save. */
  readonly saved: () => string;
  /** What the editor itself holds. */
  readonly documentText: () => string;
  readonly select: (anchor: number, head: number) => void;
  readonly selection: () => { readonly from: number; readonly to: number };
}
