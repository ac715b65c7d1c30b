/** The readers that are shipped understand what Descent understands: the one of JavaScript beside DuckDB, the one of Python beside it. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { begin, dates, numerals, parsers, times, type Parser } from '../../electron/contract/index.ts'
import { query, quoted, withDuckDB } from '../../electron/host/kinds/table/duckdb.ts'
import { cellSql } from '../../electron/host/kinds/table/parsers/index.ts'
import { text } from '../../engine/index.ts'
import type { Signature } from '../../electron/host/deploy/exports/signature.ts'
import { daysOf, feedsOf, numberOf, shareOf, wordsOf } from './reader.js'

type Given = Partial<Parameters<typeof begin<typeof parsers, 'numerals'>>[2]>
const written = (given: Given = {}) => begin(parsers, numerals.name, given)

/** Texts of these parts, in every length up to `most`; always the same ones. */
function textsOf(parts: readonly string[], count: number, most: number): string[] {
  let state = 7
  const next = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const made = Array.from({ length: count }, () =>
    Array.from({ length: 1 + next(most) }, () => parts[next(parts.length)])
      .join('')
      .trim(),
  )
  return [...new Set(made)]
}

async function byDuckDB(parser: Parser, texts: readonly string[]): Promise<(number | null)[]> {
  return await withDuckDB(async (connection) => {
    const list = texts.map(quoted).join(', ')
    const sql = `SELECT ${cellSql('t', parser)}::DOUBLE AS value FROM (SELECT unnest([${list}]) AS t, generate_subscripts([${list}], 1) AS i) ORDER BY i`
    return (await query(connection, sql)).map(({ value }) => value as number | null)
  })
}

const parts = ['0', '1', '23', '456', '000', '.', ',', ' ', '\u202f', "'", '’', '+', '-', '−', 'e', 'E', '(', ')', '€', 'kg', '%', 'x', '_'] // prettier-ignore
const days = ['2024', '1999', '24', '0', '1', '12', '31', '02', '-', '/', '.', ' ', 'T', ':', '59', '30', 'Mar', 'march', 'PM', ', ', 'Z', '+02'] // prettier-ignore
const dayTexts = [
  ...textsOf(days, 1500, 9),
  ...['2024-02-29', '2023-02-29', '1969-12-31 12:00:00', '2024/1/5', '2024 12 31', '2024-12-31T23:59', '2024-12-31 24:00:00', '2024-12-31 23:59:60', '2024-12-31 23:59:59.1234567', '31/12/2024', '1/2/24', '5 Mar 2020', '5 march 2020', 'Mar 5, 2020 1:02 PM', 'Mar  5, 2020 12:30 am', '31.12.2024 18:00', '02.01.1970 18:00', '9999-12-31', '0999-12-31', '2024-12-31 23:59:00+02', '2024-12-31 23:59:00Z', '2024-12-31 1:2:3'], // prettier-ignore
]

const numbers: readonly (readonly [string, Given])[] = [
  ['plain', {}],
  ['a decimal comma', { decimal: ',', grouping: '.' }],
  ['spaces', { decimal: ',', grouping: 'space' }],
  ['apostrophes', { grouping: 'apostrophe' }],
  ['amounts', { decimal: ',', grouping: '.', unit: '€', parentheses: true }],
  ['a unit', { grouping: ',', unit: 'kg' }],
  ['the letter of exponents', { unit: 'E', parentheses: true }],
  ['percentages', { unit: '%' }],
]
const formats: readonly (readonly string[])[] = [
  ['%Y-%m-%d'],
  ['%d/%m/%Y', '%b %d, %Y', '%d/%m/%y'],
  ['%d %b %Y', '%d %B %Y'],
  ['%d.%m.%Y %H:%M', '%b %d, %Y %I:%M %p', '%Y.%m.%d'],
]

/** By what each is called: how it is written, the texts, and the reader. */
const cases: readonly (readonly [string, Parser, readonly string[], (one: string) => number])[] = [
  ...numbers.map(([name, given]) => {
    const parser = written(given)
    return [
      `numbers: ${name}`,
      parser,
      textsOf(parts, 2500, 6),
      (one: string) => numberOf(one, parser),
    ] as const
  }),
  ...formats.map((each) => {
    const parser = begin(parsers, dates.name, { formats: [...each] })
    return [`dates: ${each.join(', ')}`, parser, dayTexts, (one: string) => daysOf(one, each)] as const
  }),
  ['times', begin(parsers, times.name), textsOf(['1', '2', '12', '30', '59', '24', ':', 'h', ' ', 'pm', 'A.M.', '.5', 'x'], 1500, 6), shareOf] as const, // prettier-ignore
]

test.each(cases)('reader.js, as DuckDB: %s', async (_, parser, texts, read) => {
  const wanted = await byDuckDB(parser, texts)
  const odd = texts.flatMap((one, i) => {
    const [got, value] = [read(one), wanted[i] ?? NaN]
    const same = Number.isNaN(value) ? Number.isNaN(got) : Math.abs(got - value) <= 1e-9 * Math.abs(value)
    return same ? [] : [`${JSON.stringify(one)}: ${got}, not ${value}`]
  })
  expect(odd).toEqual([])
  expect(wanted.some((value) => value !== null)).toBe(true)
})

const lines = textsOf(['a', 'The', "it's", '<br />', ';', '"', '.', ',', '(', ')', '!', '?', ' ', '\u00a0', '\t', 'Größe', '日本', 'ΣΑΣ', 'İ', '👩‍👩‍👧', 'e\u0301'], 800, 12) // prettier-ignore

test.each(['basicEnglish', 'whitespace', 'character', 'words'] as const)(
  'reader.js cuts texts as the engine: %s',
  (tokenizer) => {
    for (const line of lines)
      expect(wordsOf(line, { tokenizer, length: 9, padding: '<pad>' })).toEqual([
        ...text.getTokenizer(tokenizer)(line).slice(0, 9),
        ...new Array<string>(Math.max(0, 9 - text.getTokenizer(tokenizer)(line).length)).fill('<pad>'),
      ])
  },
)

const python = ['python3', '/usr/bin/python3'].find(
  (one) => spawnSync(one, ['-c', 'import numpy']).status === 0,
)

test.skipIf(!python)(python ? 'reader.py, as reader.js' : 'reader.py: not run. No Python has numpy.', () => {
  const asked = cases.map(([, parser, texts]) => ({ parser, texts }))
  const script = `
import json, sys
sys.path.insert(0, ${JSON.stringify(import.meta.dirname)})
sys.dont_write_bytecode = True
from reader import PARSERS
from words import words_of
given = json.load(sys.stdin)
numbers = [[None if v != v else v for v in (PARSERS[c["parser"]["parser"]](t, c["parser"]) for t in c["texts"])] for c in given["cases"]]
words = [[words_of(line, {"tokenizer": t, "length": 9, "padding": "<pad>"}) for line in given["lines"]] for t in ("basicEnglish", "whitespace")]
print(json.dumps([numbers, words]))
`
  const input = JSON.stringify({ cases: asked, lines })
  const { status, stdout, stderr } = spawnSync(python!, ['-c', script], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
  })
  expect(status, stderr).toBe(0)
  const [found, words] = JSON.parse(stdout) as [(number | null)[][], string[][][]]
  cases.forEach(([name, , texts, read], i) => {
    const odd = texts.flatMap((one, k) => {
      const [got, value] = [found[i]![k] ?? NaN, read(one)]
      return Object.is(got, value) || got === value ? [] : [`${JSON.stringify(one)}: ${got}, not ${value}`]
    })
    expect(odd, name).toEqual([])
  })
  for (const [k, tokenizer] of (['basicEnglish', 'whitespace'] as const).entries())
    expect(words[k]).toEqual(lines.map((line) => wordsOf(line, { tokenizer, length: 9, padding: '<pad>' })))
})

const signature: Signature = {
  format: 'descent-signature',
  formatVersion: 1,
  inputs: [
    { name: 'price', dtype: 'float32', shape: ['N', 1], marks: ['NA', '-1'], reading: written({ unit: '€', decimal: ',', grouping: '.' }) }, // prettier-ignore
    {
      name: 'day',
      dtype: 'float32',
      shape: ['N', 1],
      reading: begin(parsers, dates.name, { formats: ['%d.%m.%Y'] }),
    },
    { name: 'at', dtype: 'float32', shape: ['N', 1], reading: begin(parsers, times.name) },
    { name: 'kept', dtype: 'string', shape: ['N', 1], marks: ['NA', '-1'], levels: ['Yes', 'No'] },
    { name: 'note', dtype: 'string', shape: ['N', 4], reading: { tokenizer: 'basicEnglish', length: 4, padding: '<pad>' } }, // prettier-ignore
  ],
  outputs: [],
}
const cells = {
  price: [null, '', ' ', 'NA', -1, '-1,0', 3.5, 1e9, -0, '€ 1.234,50', '1.5', 'x'],
  day: [null, '31.12.2024', '2024-12-31 23:59', '1969-12-31 12:00', 'never'],
  at: [null, '14:30', '2 pm', '7'],
  kept: [null, true, false, 'Yes', ' no ', 'NA', -1, 3, 0.5, '\u00a0'],
  note: [null, 'It’s, well', 'A b c d e f', '', 7],
}
const asked = Array.from({ length: 600 }, (_, i) =>
  Object.fromEntries(
    Object.entries(cells).map(([name, list], k) => [name, list[(i * (2 * k + 1) + k) % list.length]]),
  ),
)

test.skipIf(!python)('both readers make the same tensors of rows', () => {
  const script = `
import json, sys
sys.path.insert(0, ${JSON.stringify(import.meta.dirname)})
sys.dont_write_bytecode = True
from reader import feeds_of
given = json.load(sys.stdin)
feeds = feeds_of(given["signature"], given["rows"])
print(json.dumps({k: [None if v != v else v for v in a.reshape(-1).tolist()] for k, a in feeds.items()}))
`
  const input = JSON.stringify({ signature, rows: asked })
  const { status, stdout, stderr } = spawnSync(python!, ['-c', script], { input, encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  const { feeds } = feedsOf(signature, asked)
  const own = Object.entries(feeds).map(([name, { data }]) => [name, Array.from<unknown>(data).map((v) => (Number.isNaN(v) ? null : v === 0 ? 0 : v))]) // prettier-ignore
  const told = Object.entries(JSON.parse(stdout) as Record<string, unknown[]>).map(([name, data]) => [name, data.map((v) => (v === 0 ? 0 : v))]) // prettier-ignore
  expect(told).toEqual(own)
})

test('a column may have any name', () => {
  const input = { name: '__proto__', dtype: 'float32', shape: ['N', 1] } as const
  const [row] = [JSON.parse('{"__proto__": "2.5"}') as Record<string, unknown>]
  const { feeds } = feedsOf({ ...signature, inputs: [input] }, [row])
  expect(Object.keys(feeds)).toEqual(['__proto__'])
  expect([...feeds['__proto__']!.data]).toEqual([2.5])
  expect(() => feedsOf({ ...signature, inputs: [input] }, [{}])).toThrow('Row 1 lacks “__proto__”')
})

test('a row that lacks an input, or holds a list, is refused', () => {
  expect(() => feedsOf(signature, [{}])).toThrow('Row 1 lacks “price”. Say null where it is not known.')
  const row = asked[0]!
  expect(() => feedsOf(signature, [{ ...row, price: [1] }])).toThrow(
    '“price” is no text, number, true, false or null.',
  )
})
