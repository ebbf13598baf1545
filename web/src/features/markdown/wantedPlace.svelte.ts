interface Wanted {
  /** Id of the field’s control. */
  readonly id: string;
  /** From 1; null for where the cursor is. */
  readonly line: number | null;
}

/** The place in a text to which somebody was led. An editor that is still on its way finds it when it is there. */
class WantedPlace {
  private at = $state.raw<Wanted | undefined>();

  want(id: string, line: number | null): void {
    this.at = { id, line };
  }

  /** What is wanted of the field with this id: another object each time it is wanted. */
  of(id: string): Wanted | undefined {
    return this.at?.id === id ? this.at : undefined;
  }

  /** It was found, or nobody is there to find it: an editor that comes next is led nowhere. */
  forget(): void {
    this.at = undefined;
  }
}

export const wantedPlace = new WantedPlace();
