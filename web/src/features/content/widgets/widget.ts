import type { ConfigField } from '#domain/siteConfigSchema.ts';

/** What every widget is given. The label, the help and the problem stand around it, made by the form. */
export interface WidgetProps {
  field: ConfigField;
  value: unknown;
  onchange: (value: unknown) => void;
  /** Id of the control, or of the group, which is labelled by the element whose id has `-label` behind. */
  id: string;
  describedby: string | undefined;
  /** Name of the site. */
  site: string;
  /** Text id of the item; null for one that is not there yet. */
  item: string | null;
  isDisabled: boolean;
  problem: string | undefined;
}

/** A field as the widget of this name knows it. */
export type FieldOf<W extends ConfigField['widget']> = Extract<ConfigField, { widget: W }>;
