import type { ConfigField } from '#domain/siteConfigSchema.ts';

/** What a field of Markdown offers, as its starter says. */
export interface MarkdownRules {
  readonly toolbar: 'minimal' | 'with-math' | 'full';
  /** Kinds of content that may be linked to; none hides the button. */
  readonly link: readonly string[];
  /** Kinds of content that may be shown in the text; none hides the button. */
  readonly embed: readonly string[];
  readonly allowedHtml: readonly ('sub' | 'sup')[];
}

/** The rules of a field. A starter that says nothing of the toolbar means the small one. */
export function rulesOf(field: ConfigField): MarkdownRules {
  const config = field.widget === 'markdown' ? field : undefined;
  const minimal = config?.minimal ?? true;
  return {
    toolbar: minimal === 'with-math' ? 'with-math' : minimal ? 'minimal' : 'full',
    link: config?.link ?? [],
    embed: config?.embed ?? [],
    allowedHtml: config?.allowed_html ?? [],
  };
}
