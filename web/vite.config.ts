import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { compression } from 'vite-plugin-compression2';

const domain = fileURLToPath(new URL('../domain/', import.meta.url));

/** `npm run build:web` puts the studio into `web/dist`, from where the API serves it. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [
    svelte(),
    // Beside each file lies what a browser is sent that reads it compressed: the API compresses nothing while somebody waits. A test builds often, and looks at the files themselves.
    ...(process.env['VITEST'] === undefined ? [compression({ algorithms: ['gzip', 'brotliCompress'], include: /\.(?:js|css|html|svg)$/, threshold: 1_024 })] : []),
  ],
  // The policy of the page allows files of our own only, so nothing is inlined as data: or as a script in the page.
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    // domain holds pure functions and nothing else: what is not used of it does nothing, and may bring no reader of YAML along.
    rolldownOptions: { treeshake: { moduleSideEffects: (id) => (id.startsWith(domain) ? false : undefined) } },
  },
});
