// @ts-check
/** Why nothing was written, as a sentence for the person at the keyboard. */
export class ScaffoldError extends Error {}
