/** What a field for a text holds: what is shown to be edited, and in words what is there instead of a text. */
export interface HeldValue {
  readonly text: string;
  /** Undefined where it is a text, or nothing. */
  readonly odd: string | undefined;
}

/** Reads any stored value as a text; numbers are written out, for older systems stored them so. */
export function heldValue(value: unknown): HeldValue {
  if (value === undefined || value === null) return { text: '', odd: undefined };
  if (typeof value === 'string') return { text: value, odd: undefined };
  if (typeof value === 'number') return { text: String(value), odd: String(value) };
  if (Array.isArray(value) && value.length === 0) return { text: '', odd: undefined };
  return { text: '', odd: JSON.stringify(value) };
}
