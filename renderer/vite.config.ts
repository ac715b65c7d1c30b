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
      output: {
        // zod is told not to make code of text in the very file that it is in: whoever has schemas loads that first.
        codeSplitting: { groups: [{ name: 'schemas', test: /node_modules\/zod\/|lib\/no-eval/ }] },
      },
    },
  },
})
