import { Linter } from 'eslint'
import tseslint from 'typescript-eslint'
import { describe, expect, it } from 'vitest'
import vueParser from 'vue-eslint-parser'
import { wordsInCatalog } from './words-rule.ts'

const plugins = { descent: { rules: { words: wordsInCatalog } } }
const rules = { 'descent/words': 'error' } as const
const configs: Linter.Config[] = [
  { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser as Linter.Parser }, plugins, rules },
  {
    files: ['**/*.vue'],
    languageOptions: { parser: vueParser as Linter.Parser, parserOptions: { parser: tseslint.parser } },
    plugins,
    rules,
  },
]
function found(source: string, file: string): string[] {
  return new Linter().verify(source, configs, { filename: file }).map(({ message }) => message)
}
const inScript = (source: string) => found(source, 'a.ts')
const inTemplate = (source: string) => found(`<template>${source}</template>`, 'a.vue')

describe('words for people', () => {
  it.each([
    `notices.info('The model was saved.')`,
    `const words = { title: 'Rows' }`,
    `const unit = { unit: 'rows' }`,
    `announce(\`\${count} rows\`)`,
    `const title = \`Delete “\${name}”?\``,
    `const text = open ? 'has notes' : ''`,
    `command({ label: 'Undo', words: ['back'] })`,
    `throw new DescentError('x', 'It is not there.')`,
  ])('are found in a script: %s', (source) =>
    expect(inScript(source)).toHaveLength(source.includes('back') ? 2 : 1),
  )
  it.each([
    `<p :title="'All rows'" />`,
    `<p :aria-label="open ? 'more' : undefined" />`,
    `<p :label="\`Kind of \${name}\`" />`,
    `<p>{{ better ? 'higher' : 'lower' }}</p>`,
    `<p>{{ \`\${n} of \${all}\` }}</p>`,
  ])('are found in a binding: %s', (source) => expect(inTemplate(source).length).toBeGreaterThan(0))
})

describe('what only the machine reads', () => {
  it.each([
    `import { a } from 'Some Where'`,
    `type Group = 'This page' | 'Other pages'`,
    `if (event.key === 'Enter' || group === 'This page') run()`,
    `const map = { 'Some key': 1 }`,
    `throw new Error('This must not happen.')`,
    `const look = 'flex items-center gap-2'`,
    `context.font = \`11px \${font}\``,
    `useMediaQuery('(forced-colors: active) and (width: 1px)')`,
    `const id = \`\${base}-title \${base}-summary\``,
    `const state = { kind: 'running' }`,
    `const color = 'CanvasText'`,
  ])('is left alone in a script: %s', (source) => expect(inScript(source)).toEqual([]))
  it.each([
    `<p :class="open ? 'font-semibold text text' : 'truncate italic'" />`,
    `<p :style="{ width: \`calc(\${a} + 1rem)\` }" />`,
    `<p :title="words.title" :kind="'import'">{{ words.kinds['text'] }} {{ kind === 'text' ? a : b }}</p>`,
  ])('is left alone in a template: %s', (source) => expect(inTemplate(source)).toEqual([]))
})
