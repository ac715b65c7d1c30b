import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses: the same build is served from http://127.0.0.1 and from app://.
  base: './',
  plugins: [vue(), tailwindcss()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // Inlined assets would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    // The polyfill is an inline script, which the content security policy forbids, and Chromium does not need it.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // A schema is a call, which might do anything, and so would stay in the window also where nobody asks for it: those of the
      // calls to the host are a third of the contract's. Its modules only say what there is; importing one does nothing else.
      treeshake: { moduleSideEffects: (id) => !/\/electron\/contract\//.test(id.replaceAll('\\', '/')) },
      output: {
        // zod is told not to make code of text in the very file that it is in: whoever has schemas loads that first.
        codeSplitting: { groups: [{ name: 'schemas', test: /node_modules\/zod\/|lib\/no-eval/ }] },
      },
    },
  },
})
