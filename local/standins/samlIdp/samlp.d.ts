/** The part of `samlp` the stand-in uses; the package brings no types. */
declare module 'samlp' {
  type Done<T> = (error: Error | null, value: T) => void;
  interface Request {
    readonly method?: string;
    readonly query?: Record<string, string>;
    readonly body?: Record<string, string>;
  }
  interface Response {
    set(name: string, value: string): void;
    send(html: string): void;
  }
  const samlp: {
    /** Reads a request; with `signingCert` it must be signed by that certificate. */
    parseRequest(request: Request, options: { signingCert?: string }, done: Done<Record<string, unknown>>): void;
    /** Makes the XML of a response for somebody. */
    getSamlResponse(options: Record<string, unknown>, user: object, done: Done<string>): void;
    /** Makes a middleware that posts a response with a status and nobody in it. */
    sendError(options: Record<string, unknown>): (request: Request, response: Response, next: (error: Error) => void) => void;
  };
  export default samlp;
}
