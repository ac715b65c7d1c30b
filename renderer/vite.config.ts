import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const isContract = (id: string): boolean => /\/electron\/contract\//.test(id.replaceAll('\\', '/'))

/** Where zod is told how to make schemas. */
const noEval = fileURLToPath(new URL('lib/no-eval.ts', import.meta.url))

/** `z.object(…)`, and a function of the contract’s own, which may make one. Everything else works on what these have made. */
const mayMakeSchema = (callee: string): boolean => /^z\b|^\w+$/.test(callee)

/**
 * A schema is a call, which might do anything, and so would stay in the window also where nobody asks for it, and be made before
 * anything is shown: those of the host's answers are most of the contract's. What is made there at the top of a module is for its
 * name alone, so it goes where nobody uses the name. What stays is made after zod was told how; a page without any loads no zod.
 */
const schemasOnDemand: Plugin = {
  name: 'schemas-on-demand',
  // After types are gone.
  enforce: 'post',
  transform(code, id) {
    if (!isContract(id)) return null
    const calls = this.parse(code).body.flatMap((statement) => {
      const made = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
      return made?.type === 'VariableDeclaration'
        ? made.declarations.flatMap(({ init }) => (init?.type === 'CallExpression' ? [init] : []))
        : []
    })
    const marked = calls.reduceRight((text, { start, end, callee }) => {
      const first = mayMakeSchema(code.slice(callee.start, callee.end)) ? 'zodIsTold && ' : ''
      return `${text.slice(0, start)}/* @__PURE__ */ (() => ${first}${text.slice(start, end)})()${text.slice(end)}`
    }, code)
    return { code: `import { zodIsTold } from ${JSON.stringify(noEval)}\n${marked}`, map: null }
  },
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses: the same build is served from http://127.0.0.1 and from app://.
  base: './',
  plugins: [vue(), tailwindcss(), schemasOnDemand],
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
      // Their modules only say what there is; importing one does nothing else.
      treeshake: {
        moduleSideEffects: (id) => !isContract(id) && !/node_modules\/zod\/|lib\/no-eval/.test(id),
      },
      output: {
        // zod is told not to make code of text in the very file that it is in: whoever has schemas loads that first.
        codeSplitting: { groups: [{ name: 'schemas', test: /node_modules\/zod\/|lib\/no-eval/ }] },
      },
    },
  },
})
