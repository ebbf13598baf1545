/** Why a sign-in was refused, for the sign-in page. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
  readonly reason: 'unavailable' | 'refused' | 'attributes' | 'account';
  /** Whom the service named, where it got that far. */
  readonly email: string | null;
  constructor(reason: SignInRefused['reason'], message: string, email: string | null = null) {
    super(message);
    this.reason = reason;
    this.email = email;
  }
}
