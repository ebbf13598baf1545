import type { ConfigField } from '#domain/siteConfigSchema.ts';

/** What every widget of a form is given. The label, the help and the problem stand around it; its label has the id with `-label` behind. */
export interface WidgetProps {
  readonly field: ConfigField;
  readonly value: unknown;
  readonly onchange: (value: unknown) => void;
  readonly id: string;
  readonly describedby: string | undefined;
  /** Name of the site whose content it is. */
  readonly site: string;
  /** Text id of the item; null for one that is being made. */
  readonly item: string | null;
  readonly isDisabled: boolean;
  readonly problem: string | undefined;
}
