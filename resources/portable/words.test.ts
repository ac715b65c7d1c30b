/** The readers that are shipped cut texts as Descent does, by every tokenizer that they know, and refuse the others by name. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { apart, thorough } from '../../engine/fixtures/apart.ts'
import { begin, encoders, wordOptions } from '../../electron/contract/index.ts'
import { pythonTokenizers } from '../../electron/host/deploy/exports/readable.ts'
import { cutterOf, fitCutting } from '../../electron/host/prepare/encoders/cutting.ts'
import { unreadable, wordsOf, type WordReading } from './words.js'

const corpus = ['The quick brown fox jumps over the lazy dog, and it doesn’t care.', "Lower, lowest, newer: it's the café at 42.50 €!", 'Größe naïve ΣΑΣ 日本語 [URL] the lower dogs', 'don’t we’ll THEY said: fine-tuning (all) day'] // prettier-ignore
const parts = ['the', 'The', 'LOW', 'er', 'est', 'fox', "it's", 'we', "'ll", '’', '42', '٣', '½', ' ', '  ', '\n', '\u00a0', '\u0085', '\ufeff', ',', '.', '<br />', '"', '[URL]', '[UR', '<a>', '<a-b>', '<unk>', 'café', 'cafe\u0301', 'ｆｏｘ', 'ﬁne', 'İ', 'ΣΑΣ', 'ß', '日本語', '한국', '👩‍👩‍👧', '\ud83d', '\u0301', '²', '_', '$', '`'] // prettier-ignore
let state = 11
const next = (below: number): number => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}
const drawn = Array.from({ length: 600 }, () =>
  Array.from({ length: 1 + next(12) }, () => parts[next(parts.length)]).join(''),
)
const [some, others] = apart(drawn, 4)
const lines = [...corpus, '', 'x'.repeat(300), ...some]

type Given = Partial<Parameters<typeof begin<typeof encoders, 'words'>>[2]>
const readingFor = (given: Given): WordReading => {
  const { cutting } = fitCutting(corpus, begin(encoders, 'words', { maxVocabulary: 330, ...given }) as never)
  return { ...(JSON.parse(JSON.stringify(cutting)) as typeof cutting), length: 60, padding: '<pad>' }
}
const byDescent = (reading: WordReading, of = lines): string[][] => {
  const { tokens } = cutterOf(reading as never)
  return of.map((line) => {
    const found = tokens(line).slice(0, reading.length)
    return [...found, ...new Array<string>(reading.length - found.length).fill(reading.padding)]
  })
}

const tokenizers = wordOptions.tokenizer.choices.map(({ value }) => value).filter((value) => value !== 'file')
const settings: Given[] = [
  {},
  ...(['NFC', 'NFD', 'NFKC', 'NFKD'] as const).map((form) => ({ form })),
  { lowerCase: true },
  { stripAccents: true },
  { form: 'NFKC', lowerCase: true, stripAccents: true },
  { specials: ['[URL]', '<a>', '<a-b>'] },
  { lowerCase: true, specials: ['[URL]'] },
]
const cases = tokenizers.flatMap((tokenizer) =>
  settings.map((given) => [tokenizer, JSON.stringify(given), { tokenizer, ...given }] as const),
)

function cutsAlike(given: Given, of: string[]): void {
  const reading = readingFor(given)
  expect(unreadable(reading)).toBeNull()
  const wanted = byDescent(reading, of)
  of.forEach((line, i) => expect(wordsOf(line, reading), JSON.stringify(line)).toEqual(wanted[i]))
}
test.each(cases)('words.js, as Descent: %s %s', (_, __, given) => cutsAlike(given, lines))
test.each(cases)('words.js, of more lines: %s %s', thorough, (_, __, given) => cutsAlike(given, others))

const python = ['python3', '/usr/bin/python3'].find((one) => spawnSync(one, ['--version']).status === 0)

function pythonCutsAlike(of: string[]): void {
  const readings = cases.map(([, , given]) => readingFor(given))
  // Half of a pair is no text in JSON as Python writes it.
  const told = of.filter((line) => line.isWellFormed())
  const script = `
import json, sys
sys.path.insert(0, ${JSON.stringify(import.meta.dirname)})
sys.dont_write_bytecode = True
from words import reader_of, unreadable
given = json.load(sys.stdin)
print(json.dumps([unreadable(r) or list(map(reader_of(r), given["lines"])) for r in given["readings"]]))
`
  const { status, stdout, stderr } = spawnSync(python!, ['-c', script], { input: JSON.stringify({ readings, lines: told }), encoding: 'utf8', maxBuffer: 2 ** 28 }) // prettier-ignore
  expect(status, stderr).toBe(0)
  const found = JSON.parse(stdout) as (string | string[][])[]
  readings.forEach((reading, i) => {
    if (!pythonTokenizers.includes(reading.tokenizer as never)) {
      expect(found[i]).toContain(reading.tokenizer)
      return
    }
    const wanted = byDescent(reading, told)
    told.forEach((line, k) => expect(found[i]![k], `${cases[i]![1]} ${JSON.stringify(line)}`).toEqual(wanted[k])) // prettier-ignore
  })
}
test.skipIf(!python)(python ? 'words.py, as Descent' : 'words.py: not run. There is no Python.', () =>
  pythonCutsAlike(lines),
)
test.skipIf(!python)('words.py, of more lines', thorough, () => pythonCutsAlike(others))

interface Recorded {
  readonly tokenizers: Readonly<Record<string, { readonly json: Record<string, unknown> }>>
}
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, '../../engine/fixtures/huggingface-tokenizers.json'), 'utf8')) as Recorded // prettier-ignore

function ofFile(json: unknown): WordReading {
  const folder = mkdtempSync(join(tmpdir(), 'descent-words-'))
  try {
    const file = join(folder, 'tokenizer.json')
    writeFileSync(file, JSON.stringify(json))
    return readingFor({ tokenizer: 'file', file })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test.each(Object.entries(recorded.tokenizers))(
  'a tokenizer.json is read as Descent reads it, or refused by name: %s',
  (name, { json }) => {
    // prettier-ignore
    const reading = ofFile(json)
    const what = unreadable(reading)
    if (['gpt2', 'bert', 'bert cased'].includes(name)) expect(what).toBeNull()
    if (what !== null) {
      expect(() => wordsOf('a', reading)).toThrow(`This reader does not know ${what}.`)
      expect(what).toMatch(/^(the (normalizer|pre-tokenizer|model) \w+|added tokens with \w+)$/)
      return
    }
    const wanted = byDescent(reading)
    lines.forEach((line, i) => expect(wordsOf(line, reading), JSON.stringify(line)).toEqual(wanted[i]))
  },
)

test.each([
  [{ tokenizer: 'sentences' }, 'a tokenizer called sentences'],
  [{ tokenizer: 'toString' }, 'a tokenizer called toString'],
  [{ tokenizer: 'whitespace', form: 'NFX' }, 'a Unicode form called NFX'],
  [{ tokenizer: 'whitespace', stemming: true }, 'the setting stemming'],
  [{ tokenizer: 'bytePair' }, 'parts of words without a description'],
])('what is not known is refused by name: %j', (given, what) => {
  expect(unreadable({ length: 3, padding: '', ...given })).toBe(what)
})
