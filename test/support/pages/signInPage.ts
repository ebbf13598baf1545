import { PageObject } from './pageObject.ts';


/** Signing in with the organisation’s account, there and back. */
export class SignInPage extends PageObject {
  /** As a person of the stack, by their first name. */
  async as(person: string): Promise<void> {
    const { hand } = this;
    await hand.press(hand.tab.getByRole('link', { name: 'Sign in' }));
    await hand.press(hand.tab.getByRole('button', { name: `${person}@example.edu` }));
    await hand.tab.getByRole('heading', { level: 1, name: 'Sites' }).waitFor();
  }
}
