import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BrowserContext } from 'playwright-core';

const require = createRequire(import.meta.url);
const textOf = (path: string): string => readFileSync(path).toString('base64');

/** The studio is drawn with the fonts of the machine it is seen on: pictures need ones that are the same everywhere. */
const fonts = {
  sans: textOf(require.resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2')),
  code: textOf(require.resolve('@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2')),
};

/** Has every page of a context drawn with the fonts of the pictures. */
export async function usePictureFonts(context: BrowserContext): Promise<void> {
  await context.addInitScript((files) => {
    const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    for (const [family, text] of Object.entries(files)) {
      const face = new FontFace(`picture-${family}`, bytes(text), { weight: '100 800' });
      document.fonts.add(face);
      void face.load();
    }
    const tokens = new CSSStyleSheet();
    tokens.replaceSync(":root { --font: 'picture-sans'; --font-code: 'picture-code'; }");
    document.adoptedStyleSheets.push(tokens);
  }, fonts);
}
