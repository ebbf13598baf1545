import type { Component } from 'svelte';
import type { ConfigField } from '#domain/siteConfigSchema.ts';
import { isSearched } from './choice.ts';
import BooleanWidget from './BooleanWidget.svelte';
import FileWidget from './FileWidget.svelte';
import HierarchicalSelectWidget from './HierarchicalSelectWidget.svelte';
import MenuWidget from './MenuWidget.svelte';
import RelationWidget from './RelationWidget.svelte';
import SelectWidget from './SelectWidget.svelte';
import StringWidget from './StringWidget.svelte';
import TextWidget from './TextWidget.svelte';
import WebsiteCollectionWidget from './WebsiteCollectionWidget.svelte';
import MarkdownWidget from '../../markdown/MarkdownWidget.svelte';
import type { WidgetProps } from './widget.ts';

export interface Widget {
  readonly component: Component<WidgetProps>;
  /** Whether it is more than one control, so that its label names a group. */
  readonly isGroup: boolean;
}

const group = (component: Component<WidgetProps>): Widget => ({ component, isGroup: true });
const control = (component: Component<WidgetProps>): Widget => ({ component, isGroup: false });

/** The widget of each kind of field; objects are laid out by the form itself, and what is hidden has none. */
const widgets: Readonly<Record<Exclude<ConfigField['widget'], 'object' | 'hidden'>, Widget>> = {
  string: control(StringWidget),
  text: control(TextWidget),
  boolean: group(BooleanWidget),
  select: group(SelectWidget),
  file: group(FileWidget),
  markdown: group(MarkdownWidget),
  relation: group(RelationWidget),
  'hierarchical-select': group(HierarchicalSelectWidget),
  'website-collection': group(WebsiteCollectionWidget),
  menu: group(MenuWidget),
};

/** The widget of a field; a choice of few is one control of the browser’s own. */
export function widgetOf(field: Exclude<ConfigField, { widget: 'object' | 'hidden' }>): Widget {
  if (field.widget === 'select' && field.multiple !== true && !isSearched(field)) return control(SelectWidget);
  return widgets[field.widget];
}
