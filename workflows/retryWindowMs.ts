/** How long a failed run waits for a person, in milliseconds. */
export const retryWindowMs = 7 * 24 * 60 * 60_000;
