/** Random tables in random dialects come back cell for cell. */
import { describe, expect, it } from 'vitest'
import { defaultMissingValues, startLimits } from '../../../../contract/index.ts'
import { layoutOf } from './layout.ts'
import { RowReader } from './rows.ts'

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
type Random = () => number
const below = (random: Random, most: number): number => Math.floor(random() * most)
const one = <T>(random: Random, of: readonly T[]): T => of[below(random, of.length)]!

const nouns = [
  'river',
  'table',
  'Maria',
  'north',
  'oak',
  'signal',
  'Bern',
  'copper',
  'lamp',
  'winter',
  'Zoë',
  'house',
]
const phrase = (random: Random, words: number): string =>
  Array.from({ length: words }, () => one(random, nouns)).join(' ')
const two = (number: number): string => String(number).padStart(2, '0')

/** Columns as people have them. */
const columns: readonly ((random: Random) => string)[] = [
  (random) => String(below(random, 1000)),
  (random) => (random() * 100 - 50).toFixed(3),
  (random) => `${2000 + below(random, 25)}-${two(1 + below(random, 12))}-${two(1 + below(random, 28))}`,
  (random) => one(random, nouns),
  (random) => phrase(random, 1 + below(random, 4)),
  (random) => `${one(random, ['AB', 'CD'])}-${1000 + below(random, 9000)}`,
  (random) =>
    `${phrase(random, 1 + below(random, 4))}${one(random, [',', ', and', ': well'])} ${phrase(random, 1 + below(random, 3))}${one(random, ['; see', ' or', ', or'])} “${one(random, nouns)}”.`,
  (random) => `${phrase(random, 1 + below(random, 3))} "${one(random, nouns)}" it's 5'9"`,
  (random) => `first ${one(random, nouns)}\nthen ${one(random, nouns)}`,
  (random) => (random() < 0.3 ? '' : String(below(random, 50))),
]

interface Kind {
  readonly delimiter: string
  readonly quote: string
  readonly escape: 'doubled' | 'backslash'
  readonly lineEnd: string
  readonly header: 'none' | 'one' | 'two' | 'preamble' | 'comment'
  readonly all: boolean
  readonly spaces: boolean
  readonly lastEnd: boolean
}

const kindOf = (random: Random): Kind => ({
  delimiter: one(random, [',', ';', '\t', '|', ':', '~', '^', '||', '::', '|~|', '\u0001']),
  quote: one(random, ['"', '"', '"', "'"]),
  escape: one(random, ['doubled', 'doubled', 'backslash']),
  lineEnd: one(random, ['\n', '\r\n', '\r']),
  header: one(random, ['none', 'one', 'one', 'two', 'preamble', 'comment']),
  all: random() < 0.3,
  spaces: random() < 0.15,
  lastEnd: random() < 0.8,
})

function written(cells: readonly string[], { delimiter, quote, escape, all, spaces }: Kind): string {
  const before = escape === 'doubled' ? quote : '\\'
  const quoted = (cell: string) =>
    all || cell.includes(delimiter) || cell.includes(quote) || /[\n\r\\]/.test(cell)
      ? quote +
        (escape === 'backslash' ? cell.replaceAll('\\', '\\\\') : cell).replaceAll(quote, before + quote) +
        quote
      : cell
  return cells.map(quoted).join(delimiter + (spaces && delimiter !== '\t' ? ' ' : ''))
}

interface Case {
  readonly text: string
  readonly names: readonly string[] | null
  readonly rows: readonly (readonly string[])[]
  readonly kind: Kind
}

function tableOf(seed: number): Case {
  const random = seeded(seed)
  const kind = kindOf(random)
  const width = 2 + below(random, 6)
  // At least one of numbers or days, as a table to learn from has.
  const made = Array.from({ length: width }, (_, i) =>
    i === 0 ? columns[below(random, 3)]! : one(random, columns),
  )
  const rows = Array.from({ length: 6 + below(random, 40) }, () => made.map((make) => make(random)))
  const name = (i: number) =>
    `${one(random, ['size', 'name', 'place', 'share', 'kind'])} ${String.fromCharCode(97 + i)}`
  const names = kind.header === 'none' ? null : made.map((_, i) => name(i))
  const groups = made.map((_, i) => (i < width / 2 ? 'left' : 'right'))
  const lines = [
    ...(kind.header === 'preamble' ? [`Yearly report of the ${one(random, nouns)} office`, ''] : []),
    ...(kind.header === 'comment' ? [`# written by a tool, version ${below(random, 9)}`, '# all of it'] : []),
    ...(kind.header === 'two' ? [written(groups, kind)] : []),
    ...(names === null ? [] : [written(names, kind)]),
    ...rows.map((cells) => written(cells, kind)),
  ]
  const text = lines.join(kind.lineEnd) + (kind.lastEnd ? kind.lineEnd : '')
  return {
    text,
    names: kind.header === 'two' ? names!.map((each, i) => `${groups[i]} ${each}`) : names,
    rows,
    kind,
  }
}

function readBack(text: string) {
  const layout = layoutOf('/t.csv', { text, complete: true }, {}, defaultMissingValues, startLimits)
  const reader = new RowReader(layout)
  const body = text.slice(layout.from)
  const rows: (readonly string[])[] = []
  // In pieces, as a large file comes.
  for (let at = 0; at < body.length; at += 97)
    rows.push(...reader.take(body.slice(at, at + 97), false).map(({ cells }) => cells))
  rows.push(...reader.take('', true).map(({ cells }) => cells))
  return { header: layout.header, rows, dialect: layout.dialect }
}

/** What a dialect cannot say is not asked: leading spaces where spaces belong to the delimiter, a backslash that is none. */
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const count = 1000

describe('random tables in random dialects', () => {
  const cases = Array.from({ length: count }, (_, seed) => tableOf(seed + 1))
  const wrong = cases.flatMap(({ text, names, rows, kind }, seed) => {
    const read = readBack(text)
    const right = same(read.rows, rows) && same(read.header, names)
    return right
      ? []
      : [
          {
            seed: seed + 1,
            dialect: read.dialect,
            kind,
            text: text.slice(0, 300),
            rows: same(read.rows, rows),
          },
        ]
  })
  it('come back cell for cell, nearly all', () => {
    const share = 1 - wrong.length / count
    console.log(`${(100 * share).toFixed(1)} % of ${count} random tables come back cell for cell`)
    if (process.env['DESCENT_SHOW_WRONG']) console.log(JSON.stringify(wrong.slice(0, 12), null, 1))
    expect(share).toBeGreaterThan(0.985)
  })
})
