/** The lines to begin with that a README holds: what a window shows is what stands beside the export. */
import { snippetLanguages, type Snippet } from '../../../contract/index.ts'

const isLanguage = (name: string | undefined): name is Snippet['language'] =>
  snippetLanguages.some((language) => language === name)

/** Of a README in Markdown: its fenced blocks in languages that run, in order. */
export const snippetsIn = (readme: string): Snippet[] =>
  [...readme.matchAll(/^```(\w+)\n([\s\S]*?)\n```$/gm)].flatMap(([, language, code]) =>
    isLanguage(language) ? [{ language, code: code! }] : [],
  )
