/**
 * An address that a link may lead to: one of the web, or of the studio itself. Addresses come from what authors wrote and other services
 * answered; undefined for one that would run something in this page, so that its link leads nowhere.
 */
export function webAddress(address: string | null | undefined): string | undefined {
  if (address === null || address === undefined) return undefined;
  try {
    // As the browser reads it: without the white space and control characters that hide what it is.
    return /^https?:$/.test(new URL(address, 'https://studio.invalid/').protocol) ? address : undefined;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
