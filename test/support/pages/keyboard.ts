import type { Locator, Page as Tab } from 'playwright-core';
import { until } from '../until.ts';
import { type Hand, replaceText, whenReady } from './hand.ts';

/** More than any page has to go past. */
const MAX_STEPS = 300;
/** Going back and forth means that the control is in no order of Tab. */
const MAX_TURNS = 6;
const keysOf = { forward: 'Tab', back: 'Shift+Tab', next: 'ArrowRight', previous: 'ArrowLeft', down: 'ArrowDown', up: 'ArrowUp' } as const;
type Step = keyof typeof keysOf;

/** A person without a mouse: goes by Tab and the arrows from what has the focus to what they want, and sees all the way where they are. */
export class Keyboard implements Hand {
  readonly way = 'keyboard';
  readonly tab: Tab;
  readonly faults: string[] = [];
  /** What was done last, for the report of a lost focus. */
  private last = 'opened the page';
  /** A page that was loaded anew begins with the focus nowhere. */
  private isFresh = true;

  constructor(tab: Tab) {
    this.tab = tab;
    tab.on('domcontentloaded', () => (this.isFresh = true));
  }

  async press(control: Locator): Promise<void> {
    await whenReady(control);
    await this.reach(control);
    const kind = await control.evaluate((element) => (element instanceof HTMLInputElement ? element.type : element.tagName.toLowerCase()));
    this.last = `pressed ${await nameOf(control)}`;
    if (kind === 'radio' && (await control.isChecked())) return;
    await this.tab.keyboard.press(kind === 'radio' || kind === 'checkbox' ? 'Space' : 'Enter');
  }

  async enter(field: Locator): Promise<void> {
    await whenReady(field);
    await this.reach(field);
    this.last = `went into ${await nameOf(field)}`;
    await this.tab.keyboard.press('Control+End');
  }

  async write(field: Locator, text: string): Promise<void> {
    await this.enter(field);
    await replaceText(this.tab, text);
  }

  async choose(list: Locator, option: string): Promise<void> {
    await whenReady(list);
    // What there is to choose from may come later than the list.
    await list.locator('option').filter({ hasText: option }).first().waitFor({ state: 'attached' });
    await this.reach(list);
    const chosen = (): Promise<string> => list.evaluate((element) => (element as HTMLSelectElement).selectedOptions[0]?.label ?? '');
    await this.tab.keyboard.press('Home');
    const options = await list.locator('option').count();
    for (let turn = 0; turn < options && (await chosen()) !== option; turn += 1) await this.tab.keyboard.press('ArrowDown');
    if ((await chosen()) !== option) throw new Error(`${await nameOf(list)} offers no ‘${option}’ by the arrows`);
    this.last = `chose ${option}`;
  }

  async give(field: Locator, path: string): Promise<void> {
    await whenReady(field);
    await this.reach(field);
    this.last = `gave a file to ${await nameOf(field)}`;
    const [chooser] = await Promise.all([this.tab.waitForEvent('filechooser'), this.tab.keyboard.press('Space')]);
    await chooser.setFiles(path);
  }

  /** Goes to a control by the keys a person has. @throws when it cannot be reached, with everything that had the focus on the way. */
  private async reach(control: Locator): Promise<void> {
    await control.waitFor({ state: 'attached' });
    await this.noticeLostFocus();
    const before = await looksOf(control);
    const passed: string[] = [];
    let [way, turns] = ['', 0];
    for (let steps = 0; steps < MAX_STEPS; steps += 1) {
      const step = await control.evaluate(stepTo);
      if (step === 'here') return this.assertVisible(control, passed.length === 0 ? undefined : before);
      const direction = step === 'forward' || step === 'next' || step === 'down' ? 'on' : 'back';
      if (way !== '' && way !== direction) turns += 1;
      way = direction;
      if (turns > MAX_TURNS) break;
      // In the text of the editor Tab may mean something else: the editor says that Escape comes first.
      if (await this.isInText()) await this.tab.keyboard.press('Escape');
      await this.tab.keyboard.press(keysOf[step]);
      passed.push(await this.focused());
    }
    throw new Error(`${await nameOf(control)} cannot be reached by keyboard. After I ${this.last}, the focus went to:\n${passed.join('\n')}`);
  }

  private isInText(): Promise<boolean> {
    return this.tab.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.isContentEditable);
  }

  private focused(): Promise<string> {
    return this.tab.evaluate(() => {
      const active = document.activeElement;
      if (active === null || active === document.body) return '(nothing)';
      const words = active.getAttribute('aria-label') ?? (active instanceof HTMLInputElement ? (active.labels?.[0]?.textContent ?? active.placeholder) : active.textContent);
      return `${active.tagName.toLowerCase()} ${words.replaceAll(/\s+/g, ' ').trim().slice(0, 60)}`;
    });
  }

  /** Whoever lost the focus begins at the top of the page again, and hears nothing of what they did. */
  private async noticeLostFocus(): Promise<void> {
    const isNowhere = (): Promise<boolean> => this.tab.evaluate(() => document.activeElement === null || document.activeElement === document.body);
    if (this.isFresh) {
      this.isFresh = false;
      return;
    }
    await until('the focus is somewhere', async () => !(await isNowhere()), { withinMs: 3_000 }).catch(() => {
      this.faults.push(`The focus was lost after I ${this.last}, at ${new URL(this.tab.url()).pathname}`);
    });
  }

  /** What has the focus has to be in sight, uncovered, and look like it. */
  private async assertVisible(control: Locator, before: readonly string[] | undefined): Promise<void> {
    const name = await nameOf(control);
    await until(`${name} is in sight with the focus`, async () => {
      if (!(await control.evaluate(isInSight))) throw new Error(`${name} has the focus where it cannot be seen: it is outside of the window, or covered`);
      const now = await looksOf(control);
      if (!now.some((look) => look.includes('ring')) && (before === undefined || now.join() === before.join())) throw new Error(`${name} looks with the focus as without`);
      return true;
    }, { withinMs: 5_000 }).catch((error: unknown) => {
      this.faults.push(error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error));
    });
  }
}

function nameOf(control: Locator): Promise<string> {
  return control.evaluate((element) => `‘${(element.getAttribute('aria-label') ?? (element instanceof HTMLInputElement || element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement ? element.labels?.[0]?.textContent : element.textContent) ?? element.tagName).replaceAll(/\s+/g, ' ').trim().slice(0, 60)}’`);
}

/** How a control and what is around it look, as far as a focus changes that. */
function looksOf(control: Locator): Promise<string[]> {
  return control.evaluate((element) => {
    const looks: string[] = [];
    for (let at: Element | null = element; at !== null && looks.length < 6; at = at.parentElement) {
      const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, backgroundColor } = getComputedStyle(at);
      // A link that stretches over its row draws its ring there.
      const [own, after] = [getComputedStyle(at), getComputedStyle(at, '::after')];
      const isRinged = looks.length < 3 && [own, after].some((drawn) => drawn.outlineStyle !== 'none' && parseFloat(drawn.outlineWidth) > 0);
      looks.push([isRinged ? 'ring' : '', outlineStyle, outlineStyle === 'none' ? '' : `${outlineWidth} ${outlineColor}`, boxShadow, borderColor, backgroundColor].join(' '));
    }
    return looks;
  });
}

/** Runs in the page: some point of the element is its own, in the window. */
function isInSight(element: Element): boolean {
  const box = element.getBoundingClientRect();
  // A field of the browser’s that the studio draws by its label.
  const shown = box.width > 1 ? element : (element.closest('label') ?? element);
  const { left, top, width, height } = shown.getBoundingClientRect();
  const parts = [0.5, 0.1, 0.9];
  return parts.some((across) =>
    parts.some((down) => {
      const [x, y] = [left + width * across, top + height * down];
      const hit = x >= 0 && y >= 0 && x < innerWidth && y < innerHeight ? document.elementFromPoint(x, y) : null;
      return hit !== null && shown.contains(hit);
    }),
  );
}

/** Runs in the page: the key that leads from what has the focus towards an element. */
function stepTo(wanted: Element): Step | 'here' {
  const active = document.activeElement;
  if (active === wanted) return 'here';
  if (active === null || active === document.body) return 'forward';
  const isLater = (active.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
  const bar = wanted.closest('[role="toolbar"], [role="tablist"]');
  if (bar !== null && bar !== active && bar.contains(active)) return isLater ? 'next' : 'previous';
  const isRadio = (one: Element): one is HTMLInputElement => one instanceof HTMLInputElement && one.type === 'radio';
  if (isRadio(wanted) && isRadio(active) && wanted.name === active.name && wanted.form === active.form) return isLater ? 'down' : 'up';
  return isLater ? 'forward' : 'back';
}
