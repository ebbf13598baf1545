export interface RefusedByGoogle {
  readonly status: number;
  readonly reason: string | undefined;
}

/** What Google’s own client is refused with; the token endpoint answers the flat form of the OAuth standard. */
export async function refused(work: Promise<unknown>): Promise<RefusedByGoogle> {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  const response = (error as { response?: { status: number; data: unknown } }).response;
  if (response === undefined) throw error;
  // What was sent as a stream is answered as a text.
  const told = (typeof response.data === 'string' ? (JSON.parse(response.data) as unknown) : response.data) as { error: string | { errors: { reason: string }[] } };
  return { status: response.status, reason: typeof told.error === 'string' ? told.error : told.error.errors[0]?.reason };
}
