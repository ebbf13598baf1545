type Body = { readonly detail: string } | Readonly<Record<string, readonly string[]>>;

/** An answer that is not success, in the form of the existing system: `{"detail": …}`, or the faults of each field. */
export class CompatError extends Error {
  override readonly name = 'CompatError';
  readonly status: number;
  readonly body: Body;
  constructor(status: number, body: string | Readonly<Record<string, readonly string[]>>) {
    super(typeof body === 'string' ? body : JSON.stringify(body));
    this.status = status;
    this.body = typeof body === 'string' ? { detail: body } : body;
  }
}

export const notFound = (): CompatError => new CompatError(404, 'Not found.');
