import { describe, expect, it } from 'vitest'
import { startLimits } from '../../../../contract/index.ts'
import { chooseDialect } from './dialect.ts'
import { columnNames, joinHeaders } from './header.ts'
import { layoutOf, type GivenLayout } from './layout.ts'
import { isBlank, plainDialect, readRecords } from './records.ts'

const split = (text: string, whole = true) =>
  readRecords(text, plainDialect, whole)
    .map(({ cells }) => cells)
    .filter((cells) => !isBlank(cells))
const layout = (text: string, asked: GivenLayout = {}, missing: string[] = []) =>
  layoutOf('/t.csv', { text, complete: true }, asked, missing, startLimits)

describe('readRecords', () => {
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
    expect(split('a,b\n1,2\n3,', false)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ])
  })
})

describe('the delimiter', () => {
  it.each([
    ['a,b,c\n1,2,3\n', ','],
    ['a;b;c\n1,5;2,5;3,5\n', ';'],
    ['a\tb\n"x, y"\t2\n', '\t'],
    ['a|b\n1|2\n', '|'],
    ['name\nBob\nAnn\n', ','],
    ['text;n\nhello, world;1\nyes, no, maybe;2\nplain;3\n', ';'],
    ['a:b:y\n0.3:3.2:1\n0.5:1.2:0\n', ':'],
    ['a||b||c\n1||2||3\n4||5||6\n', '||'],
    ['a~|~b\n1~|~2\n3~|~4\n', '~|~'],
    ['day^n\n01/02/2020^1\n02/02/2020^2\n', '^'],
  ])('%j', (text, delimiter) => expect(chooseDialect(text, true).dialect.delimiter).toBe(delimiter))

  it('is none between columns that spaces align', () => {
    const { dialect, names } = layout(
      'name     age  town\nBob       12  Rome\nAnn        7  Oslo\nLiu      101  Bern\n',
    )
    expect([dialect.runs, names]).toEqual([true, ['name', 'age', 'town']])
  })
})

describe('quotes and escapes', () => {
  it.each([
    [`a,b\n'x, y',1\n'z, u',2\n`, `'`, `'`],
    ['a,b\n"the \\"red\\" one, really",1\n"the \\"blue\\" one, really",2\n', '"', '\\'],
    ['a,b\n"x ""y"", z",1\n"u",2\n', '"', '"'],
    ['a,b\n"table, 48"","x"\n"chair, 5" high","y"\n"plain","z"\n', '"', ''],
    [`a,b\nit's,1\nthat's,2\n`, '"', '"'],
  ])('%j', (text, quote, escape) =>
    expect(chooseDialect(text, true).dialect).toMatchObject({ quote, escape }),
  )
})

describe('the header', () => {
  const missing = ['?', 'NA']
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
    ['years', 'country,1995,1996,1997\nA,4.5,4.6,4.7\nB,5.5,5.1,5.2\n', true],
    ['column numbers', ',0,1,2\n0,1.5,2.5,0.5\n1,3.5,1.1,0.2\n', true],
    ['rows that count on', '1,2,3\n2,3,4\n3,4,5\n', false],
    ['numbers that count on, but not from the first', '7,8,9\n7,3,9\n2,3,1\n4,1,8\n', false],
    ['a row that counts by tens', '10,20,30\n4,5,1\n20,31,22\n7,8,12\n', false],
    ['years alone', '2019,2020,2021\n4.5,4.6,4.7\n5.5,5.1,5.2\n', true],
    ['every tenth year', 'country,1990,2000,2010\nA,4.5,4.6,4.7\nB,5.5,5.1,5.2\n', true],
    ['words over dates', 'day,what\n2020-01-02,x\n2020-01-03,y\n', true],
  ])('%s', (_, text, header) => expect(layout(text, {}, missing).header !== null).toBe(header))

  it.each([
    [
      'two lines',
      'person,person,outcome\nage,colour,label\n3.2,red,yes\n5.4,blue,no\n1.2,red,no\n2.2,red,no\n',
      ['person age', 'person colour', 'outcome label'],
    ],
    [
      'groups above',
      'control,,fire,\nX,Y,X,Y\n1,2,3,4\n5,6,7,8\n',
      ['control X', 'control Y', 'fire X', 'fire Y'],
    ],
    ['no rows of numbers', '1,2,3\n10,11,12\n20,31,22\n7,8,12\n5,9,1\n', ['1', '2', '3']],
    ['units below', 'mass,speed\n(kg),(m/s)\n1.5,2\n3,4\n', ['mass (kg)', 'speed (m/s)']],
    ['one name short', 'x,y\nA,1,2\nB,3,4\nC,5,6\n', ['c1', 'x', 'y']],
    ['a trailing delimiter', 'x,y\n1,2,\n3,4,\n', ['x', 'y', 'c3']],
    ['a title', 'Report 2020\n\nx,y\n1,2\n3,4\n', ['x', 'y']],
    [
      'a title with delimiters',
      'Quarterly report,,\n,,\nage,colour,label\n1,red,yes\n2,blue,no\n',
      ['age', 'colour', 'label'],
    ],
    ['settings', 'station,7\nsensor,K\nt,x,y\n1,2.5,3\n2,3.5,4\n', ['t', 'x', 'y']],
    ['comments', '# by tool, v 3\n# units: m, s\nx,y,z\n1,2,3\n4,5,6\n', ['x', 'y', 'z']],
    ['names in a comment', '# energy (MeV), n (cm2)\n0.0, 0.1\n0.1, 0.2\n', ['energy (MeV)', 'n (cm2)']],
  ])('%s', (_, text, names) => expect(layout(text).names).toEqual(names))

  it('is where it is said to be, or refused', () => {
    const text = 'x,y\nu,v\n1,2\n3,4\n'
    expect(layout(text, { header: [2] }).names).toEqual(['u', 'v'])
    expect(layout(text, { header: [1, 2] }).names).toEqual(['x u', 'y v'])
    expect(layout(text, { header: 'absent' }).names).toEqual(['c1', 'c2'])
    expect(layout(text, { skip: 1 }).names).toEqual(['u', 'v'])
    expect(() => layout(text, { header: [9] })).toThrow(
      'Line 9 cannot be the header of /t.csv: the file has 4 lines',
    )
    expect(() => layout(text, { header: [1], skip: 1 })).toThrow('left out')
    expect(() => layout(text, { skip: 40 })).toThrow('40 lines of /t.csv cannot be left out')
  })

  it('joins lines', () =>
    expect(
      joinHeaders([
        ['a', '', 'b', ''],
        ['x', 'y', 'x', ''],
      ]),
    ).toEqual(['a x', 'a y', 'b x', '']))
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
