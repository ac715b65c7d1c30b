import { describe, expect, it } from 'vitest'
import { columnNames, detectDelimiter, detectHeader, splitRecords } from './dialect.ts'

const split = (text: string, delimiter = ',') => splitRecords(text, delimiter, true)

describe('splitRecords', () => {
  it.each([
    [
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r1,2\r',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['"a ""q""","b\nc"\n', [['a "q"', 'b\nc']]],
    ['5" pipe,x\n', [['5" pipe', 'x']]],
    ['\n  \na,\n', [['a', '']]],
  ])('reads %j', (text, records) => expect(split(text)).toEqual(records))

  it('leaves out a record that the sample cuts off', () => {
    expect(splitRecords('a,b\n1,2\n3,', ',', false)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ])
  })
})

describe('detectDelimiter', () => {
  it.each([
    ['a,b,c\n1,2,3\n', ','],
    ['a;b;c\n1,5;2,5;3,5\n', ';'],
    ['a\tb\n"x, y"\t2\n', '\t'],
    ['a|b\n1|2\n', '|'],
    ['name\nBob\nAnn\n', ','],
    ['text;n\nhello, world;1\nyes, no, maybe;2\nplain;3\n', ';'],
  ])('%j', (text, delimiter) => expect(detectDelimiter(text, true)).toBe(delimiter))
})

describe('detectHeader', () => {
  const missing = new Set(['?', 'NA'])
  it.each([
    ['words over numbers', 'a,b\n1,2\n', true],
    ['numbers only', '1,2\n3,4\n', false],
    ['a category beside numbers', 'M,0.4\nF,0.5\nM,0.6\n', false],
    ['a missing cell in the first row', '?,1\n2,3\n', false],
    ['a missing cell below', 'a,b\n?,2\n4,NA\n', true],
    ['a blank index name', ',x\n0,1.5\n1,2.5\n', true],
    ['words only, new in the first row', 'name,city\nBob,Rome\nAnn,Rome\n', true],
    ['words only, recurring', 'red,round\nblue,flat\nred,flat\n', false],
    ['a single line of words', 'a,b\n', true],
    ['a single line of numbers', '1,2\n', false],
    ['decimal commas', 'a;b\n1,5;2,5\n', true],
  ])('%s', (_, text, header) => {
    expect(detectHeader(split(text, text.includes(';') ? ';' : ','), missing)).toBe(header)
  })
})

describe('columnNames', () => {
  it('calls columns without a header c1 to cN', () => {
    expect(columnNames(null, 3)).toEqual({ names: ['c1', 'c2', 'c3'], notes: [] })
  })
  it('makes blank and duplicate headers unique, and says so', () => {
    const { names, notes } = columnNames(['a', '', 'a', ' a ', 'a_2'], 6)
    expect(names).toEqual(['a', 'c2', 'a_3', 'a_4', 'a_2', 'c6'])
    expect(new Set(names).size).toBe(6)
    expect(notes[0]).toContain('column 3, another "a", is called "a_3"')
    expect(notes[0]).toContain('column 2 (no name) is called "c2"')
  })
})
