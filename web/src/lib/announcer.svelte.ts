/** What a screen reader is told, politely: changes of state, and nothing that one can see coming. */
class Announcer {
  text = $state('');

  say(text: string): void {
    this.text = text;
  }
}

export const announcer = new Announcer();
