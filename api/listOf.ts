/** The parts of a parameter that several values are joined in by commas; undefined when it was not given. */
export function listOf(joined: string | undefined): string[] | undefined {
  return joined?.split(',').map((part) => part.trim()).filter((part) => part !== '');
}
