const KEPT = 'studio.theme';

export const themeChoices = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof themeChoices)[number];

/** How the studio looks in this browser: as the system does, or always light or dark. `tokens.css` reads the attribute. */
class Theme {
  choice = $state<ThemeChoice>(read());

  /** Draws the page so; called before the first drawing, and at each choice. */
  apply(): void {
    if (this.choice === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = this.choice;
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    localStorage.setItem(KEPT, choice);
    this.apply();
  }
}

function read(): ThemeChoice {
  const kept = localStorage.getItem(KEPT);
  return themeChoices.find((choice) => choice === kept) ?? 'system';
}

export const theme = new Theme();
