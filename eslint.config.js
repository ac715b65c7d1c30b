import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'
import { wordsInCatalog } from './e2e/checks/words-rule.ts'

/** Attributes and properties of our own that people read or hear. */
const attributesOfWords = [
  'aria-label aria-placeholder aria-roledescription aria-valuetext aria-description',
  'title label alt placeholder text lead help hint note empty loading summary message',
  'confirm button example unit',
].flatMap((line) => line.split(' '))

export default tseslint.config(
  { ignores: ['**/dist/', 'node_modules/', 'test-results/', 'playwright-report/', 'coverage/', '.cache/'] },
  ...tseslint.configs.recommended,
  ...tseslint.configs.stylistic,
  // The engine and the host have no components to look for.
  ...vue.configs['flat/recommended'].map((config) => ({ files: ['renderer/**'], ...config })),
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'off',
      'no-constant-binary-expression': 'error',
      'no-self-compare': 'error',
      'no-template-curly-in-string': 'error',
      'no-unreachable-loop': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // The standard says `interface` for shapes; a plain union or function type reads better as `type`.
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      // An index that the loop above has just checked: the engine's inner code would drown in guards.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      // TypeScript knows when a switch is exhaustive; this rule does not.
      'vue/return-in-computed-property': 'off',
      '@typescript-eslint/no-unused-expressions': ['error', { allowTernary: true }],
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/prefer-for-of': 'off',
    },
  },
  {
    // Where the types are at hand, a promise that nobody awaits is an error: the host and the engine live on them.
    files: ['{electron,engine,e2e,resources}/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['**/*.vue'],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser } },
    rules: {
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/define-props-declaration': ['error', 'type-based'],
      'vue/define-emits-declaration': ['error', 'type-based'],
      'vue/multi-word-component-names': 'off',
      'vue/no-v-html': 'error',
      'vue/require-default-prop': 'off',
    },
  },
  {
    // What the window says stands in renderer/strings: here no plain text and no attribute that is read …
    files: ['renderer/**/*.vue'],
    rules: {
      'vue/no-bare-strings-in-template': [
        'error',
        {
          // Signs and units; and the app's name, which is the same in every language.
          allowlist: [...'()[]{}<>,.&+-=*/#%!?:·•‐–—−|×→←↑↓…“”‘’0123456789', '★', 'ms', 'Descent'],
          attributes: {
            '/.+/': attributesOfWords,
          },
        },
      ],
    },
  },
  {
    // … and no string in a script or a binding that looks like words.
    files: ['renderer/**/*.{ts,vue}'],
    ignores: ['renderer/strings/**', '**/*.test.ts', 'renderer/vite.config.ts'],
    plugins: { descent: { rules: { words: wordsInCatalog } } },
    rules: {
      'descent/words': 'error',
      // What counts nouns is words, too.
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/lib/format.ts', './format.ts', '**/contract/index.ts'],
              importNames: ['plural'],
              message: 'What the window says stands in renderer/strings.',
            },
          ],
        },
      ],
    },
  },
  {
    // Prettier's business.
    files: ['**/*.vue'],
    rules: Object.fromEntries(
      [
        'html-closing-bracket-newline',
        'html-indent',
        'html-self-closing',
        'max-attributes-per-line',
        'first-attribute-linebreak',
        'multiline-html-element-content-newline',
        'singleline-html-element-content-newline',
        'html-closing-bracket-spacing',
        'html-quotes',
        'mustache-interpolation-spacing',
        'no-multi-spaces',
      ].map((rule) => [`vue/${rule}`, 'off']),
    ),
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
)
