const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the form of a uuid, in either case: most items are named by one. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
