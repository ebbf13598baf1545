import type { ContentItem } from '../contentItem.ts';
import type { CleanupSite } from './cleanupSite.ts';

/** A field that holds text people wrote. */
export interface TextField {
  /** `markdown` for the body, else `metadata.<name>` or `metadata.<object>.<name>`. */
  readonly path: string;
  /** Only Markdown can hold a shortcode; a plain text is shown as it is. */
  readonly widget: 'markdown' | 'text';
  /** Tags of HTML that the field keeps. */
  readonly allowedHtml: ReadonlySet<string>;
}

export interface RuleContext {
  readonly item: ContentItem;
  readonly field: TextField;
  readonly site: CleanupSite;
}

/** An external resource that a replacement names; it is made when it is not there. */
export interface NamedResource {
  readonly textId: string;
  readonly url: string;
  readonly title: string;
}

/** One place a rule found in a text. */
export interface TextFinding {
  /** Offsets in UTF-16 units; `end` is behind the last one. */
  readonly start: number;
  readonly end: number;
  /** What stands there afterwards; null leaves it as it is. */
  readonly replacement: string | null;
  /** Why, for the report. */
  readonly note: string;
  readonly names?: NamedResource;
}

/** What a menu becomes. */
export interface MenuFinding {
  /** Position of the entry in its menu. */
  readonly index: number;
  /** The entry as it stands afterwards; null leaves it as it is. */
  readonly replacement: Readonly<Record<string, unknown>> | null;
  readonly note: string;
  readonly names?: NamedResource;
}

interface RuleWords {
  /** The name operators type. */
  readonly name: string;
  /** What it does, in a sentence for operators. */
  readonly title: string;
  /** A rule that only reports. */
  readonly isReadOnly: boolean;
}

export interface TextRule extends RuleWords {
  readonly kind: 'text';
  /** Whether the rule looks at a field. */
  readonly covers: (field: TextField) => boolean;
  /** What it finds, in the order of the text; replacements do not overlap. A second look at the result finds nothing to replace. */
  readonly find: (text: string, context: RuleContext) => TextFinding[];
}

export interface MenuRule extends RuleWords {
  readonly kind: 'menu';
  readonly find: (menu: readonly Readonly<Record<string, unknown>>[], context: Pick<RuleContext, 'item' | 'site'>) => MenuFinding[];
}

export type CleanupRule = TextRule | MenuRule;
