import { describe, expect, it } from 'vitest'
import { begin, dates, parsers, plainNumerals, type Task } from '../../../contract/index.ts'
import {
  hasIdName,
  inferColumn,
  inferTask,
  resolveTarget,
  targetProblem,
  withTexts,
  type ColumnFacts,
} from './infer.ts'

const rows = 1000
const isoDates = begin(parsers, dates.name)
const facts = (some: Partial<ColumnFacts>): ColumnFacts => ({
  present: rows,
  distinct: 100,
  numerals: plainNumerals,
  doubt: null,
  plain: 0,
  style: 'plain',
  numbers: 0,
  infinite: 0,
  nan: 0,
  integers: 0,
  padded: 0,
  coded: 0,
  inexact: 0,
  codeWidth: null,
  min: null,
  max: null,
  dateParser: null,
  dates: 0,
  times: 0,
  words: [],
  ambiguous: [],
  length: 5,
  oddities: [],
  oddDates: [],
  ...some,
})
const integers = (some: Partial<ColumnFacts>) =>
  facts({ numbers: rows, integers: rows, min: 0, max: 99, ...some })
const measured = (some: Partial<ColumnFacts>) =>
  facts({ numbers: rows, integers: 10, min: 0.5, max: 99.5, ...some })

describe('inferColumn', () => {
  it.each([
    ['a measurement', 'x', measured({}), 'number', 'feature'],
    ['a whole number', 'rooms', integers({ distinct: 8 }), 'number', 'feature'],
    ['a measurement that never repeats', 'x', measured({ distinct: rows }), 'number', 'feature'],
    ['a category', 'colour', facts({ distinct: 4 }), 'category', 'feature'],
    ['a yes or no', 'sold', facts({ distinct: 2, words: ['yes', 'no'] }), 'boolean', 'feature'],
    ['a scale', 'size', facts({ distinct: 3, words: ['high', 'low', 'medium'] }), 'ordered', 'feature'],
    ['times of day', 'at', facts({ distinct: 900, times: rows }), 'time', 'feature'],
    ['free text', 'comment', facts({ distinct: 900, length: 80 }), 'text', 'ignore'],
    ['long sentences that repeat', 'comment', facts({ distinct: 20, length: 90 }), 'text', 'ignore'],
    ['sentences that never repeat', 'comment', facts({ distinct: rows, length: 90 }), 'text', 'ignore'],
    ['unique strings', 'who', facts({ distinct: rows }), 'text', 'id'],
    ['nearly unique strings called id', 'user_id', facts({ distinct: 980 }), 'text', 'id'],
    [
      'unique numbers called id',
      'customerId',
      integers({ distinct: rows, min: 5, max: 90_000 }),
      'number',
      'id',
    ],
    [
      'unique whole numbers',
      'price',
      integers({ distinct: rows, min: 900, max: 90_000 }),
      'number',
      'feature',
    ],
    ['a row number from 1', 'c1', integers({ distinct: rows, min: 1, max: rows }), 'number', 'id'],
    ['a row number from 0', 'c1', integers({ distinct: rows, min: 0, max: rows - 1 }), 'number', 'id'],
    ['a constant', 'x', integers({ distinct: 1 }), 'number', 'ignore'],
    ['one value or nothing', 'flag', facts({ distinct: 1, present: 400 }), 'category', 'feature'],
    ['nothing', 'x', facts({ present: 0, distinct: 0 }), 'category', 'ignore'],
    ['dates', 'when', facts({ dates: rows, dateParser: isoDates }), 'date', 'feature'],
    [
      'one day in every row',
      'when',
      facts({ dates: rows, dateParser: isoDates, distinct: 1 }),
      'date',
      'ignore',
    ],
    [
      'dates that never repeat',
      'id',
      facts({ dates: rows, dateParser: isoDates, distinct: rows }),
      'date',
      'feature',
    ],
    ['codes with leading zeros', 'zip', integers({ padded: 200, distinct: 300 }), 'category', 'feature'],
    [
      'long codes of one width, few of them with leading zeros',
      'zip',
      integers({ padded: 3, codeWidth: 5, distinct: 300 }),
      'category',
      'feature',
    ],
    ['short numbers, one of them padded', 'x', integers({ padded: 3, codeWidth: 2 }), 'number', 'feature'],
    ['numbers of any width, few of them padded', 'x', integers({ padded: 3 }), 'number', 'feature'],
    [
      'codes with an extension',
      'zip',
      integers({ numbers: 990, integers: 990, padded: 200, coded: rows, codeWidth: 5, distinct: 300 }),
      'category',
      'feature',
    ],
    ['only infinities', 'x', facts({ infinite: rows, distinct: 2 }), 'number', 'ignore'],
  ] as const)('%s', (_, name, some, kind, role) => {
    expect(inferColumn(name, some, rows)).toMatchObject({ kind, role })
  })

  it('reads a measured column with a few odd cells as numbers, and names them', () => {
    const odd = measured({ numbers: 995, oddities: ['unknown', 'n.a.'] })
    const { kind, notes } = inferColumn('x', odd, rows)
    expect(kind).toBe('number')
    expect(notes).toEqual(['"x": 5 values are not numbers ("unknown", "n.a.") and are read as missing.'])
    expect(inferColumn('x', measured({ numbers: 900 }), rows).kind).not.toBe('number')
  })

  it('calls text what is read, and codes what is looked up', () => {
    const notes = (length: number) => inferColumn('x', facts({ distinct: 950, length }), rows).notes.join(' ')
    expect(notes(48)).toContain('free text')
    expect(notes(9)).toContain('names or codes')
  })

  it('flags large whole numbers that hardly repeat, and leaves them to the user', () => {
    const { role, notes } = inferColumn('c3', integers({ distinct: 950, min: 520_000, max: 5_300_000 }), rows)
    expect(role).toBe('feature')
    expect(notes[0]).toContain('may be an identifier')
  })

  it('counts infinities', () => {
    expect(inferColumn('x', measured({ numbers: 998, infinite: 2 }), rows).notes).toEqual([
      '"x": 2 infinite values are read as missing.',
    ])
  })
})

it.each([
  ['id', true],
  ['ID', true],
  ['customer_id', true],
  ['userId', true],
  ['Unnamed: 0', true],
  ['paid', false],
  ['valid', false],
  ['width', false],
  ['idle_time', false],
])('hasIdName(%j) is %j', (name, expected) => expect(hasIdName(name)).toBe(expected))

describe('inferTask', () => {
  it.each([
    ['0/1 outcomes', 'number', integers({ present: 768, integers: 768, distinct: 2 }), 'binary'],
    ['three wines', 'number', integers({ present: 178, integers: 178, distinct: 3 }), 'classification'],
    [
      '28 different ring counts',
      'number',
      integers({ present: 4177, integers: 4177, distinct: 28 }),
      'regression',
    ],
    ['ten grades', 'number', integers({ distinct: 10 }), 'classification'],
    [
      'six numbers in twelve rows',
      'number',
      integers({ present: 12, integers: 12, distinct: 6 }),
      'regression',
    ],
    ['halves', 'number', measured({ distinct: 5 }), 'regression'],
    ['words', 'category', facts({ distinct: 40 }), 'classification'],
    ['yes and no', 'category', facts({ distinct: 2 }), 'binary'],
  ] as const)('%s', (_, kind, some, task) => expect(inferTask([{ name: 'y', kind, facts: some }])).toBe(task))

  it('several at once are labels or numbers, and nothing else', () => {
    const flag = { name: 'a', kind: 'number', facts: integers({ distinct: 2 }) } as const
    const word = { name: 'b', kind: 'category', facts: facts({ distinct: 2 }) } as const
    const size = { name: 'c', kind: 'number', facts: measured({ distinct: 900 }) } as const
    expect(inferTask([flag, word])).toBe('multilabel')
    expect(inferTask([size, flag])).toBe('regression')
    expect(() => inferTask([size, word])).toThrow('"c", "b" cannot be predicted together')
  })
})

describe('targetProblem', () => {
  it.each([
    [facts({ present: 0, distinct: 0 }), 'no values'],
    [integers({ distinct: 1 }), 'one value only'],
    [facts({ distinct: 1, present: 10 }), 'one value only'],
    [integers({ distinct: rows, min: 1, max: rows }), 'identifies the rows'],
    [facts({ dates: rows, dateParser: isoDates }), 'dates'],
    [facts({ distinct: 700 }), 'free text'],
  ])('%#: %s', (some, message) => {
    expect(targetProblem('y', some, inferColumn('y', some, rows))).toContain(message)
  })
  it('has nothing against a unique measurement', () => {
    const some = measured({ distinct: rows })
    expect(targetProblem('y', some, inferColumn('y', some, rows))).toBeNull()
  })
})

describe('a task that is asked for', () => {
  it('wants numbers, or lets a text list labels', () => {
    const words = facts({ distinct: 4 })
    const of = (some: ColumnFacts, task: Task) => targetProblem('y', some, inferColumn('y', some, rows), task)
    expect(of(words, 'regression')).toContain('values that are no numbers')
    expect(of(words, 'ordinal')).toBeNull()
    expect(of(facts({ distinct: 700 }), 'multilabel')).toBeNull()
    expect(of(facts({ distinct: 700 }), 'classification')).toContain('free text')
  })
})

describe('resolveTarget', () => {
  const names = ['age', 'last', '1', 'y']
  it.each([
    ['y', 3],
    ['last', 1],
    ['1', 2],
    ['2', 1],
    ['4', 3],
  ])('%j', (target, index) => expect(resolveTarget(target, names)).toBe(index))
  it('takes `last` as the last where no column is called so', () =>
    expect(resolveTarget('last', ['a', 'b'])).toBe(1))
  it.each(['z', '0', '5', 'Age '])('refuses %j', (target) => {
    expect(() => resolveTarget(target, names)).toThrow(
      `There is no column "${target}" to predict. The 4 columns are: age, last, 1, y.`,
    )
  })
})

it('texts become features where nothing else is left', () => {
  const label = { name: 'label', kind: 'category', role: 'target' } as const
  const comment = { name: 'comment', kind: 'text', role: 'ignore' } as const
  const key = { name: 'key', kind: 'text', role: 'id' } as const
  const x = { name: 'x', kind: 'number', role: 'feature' } as const
  const long = () => 40
  expect(withTexts([label, key, comment], long)).toEqual([label, key, { ...comment, role: 'feature' }])
  expect(withTexts([label, comment, x], long)).toBeNull()
  expect(withTexts([label, key], long)).toBeNull()
  // Questions that never repeat name no row, codes do.
  const question = { ...key, name: 'c1' }
  expect(withTexts([question, label], long)).toEqual([{ ...question, role: 'feature' }, label])
  expect(withTexts([question, label], () => 12)).toBeNull()
  expect(withTexts([question, label, x], long)).toBeNull()
})
