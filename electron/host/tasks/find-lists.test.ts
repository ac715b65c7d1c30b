import { describe, expect, test } from 'vitest'
import { inBrackets, labelsListed, listLabels } from '../../contract/index.ts'
import { randomSource } from '../prepare/random.ts'
import { countCells, findLists } from './find-lists.ts'

const colors = ['red', 'green', 'blue', 'round', 'big']

/** Each label is there or not, by chance; at least one is. */
function sets(rows: number, of: readonly string[] = colors, seed = 1): string[][] {
  const random = randomSource(seed)
  return Array.from({ length: rows }, () => {
    const some = of.filter(() => random() < 0.4)
    return some.length === 0 ? [of[Math.floor(random() * of.length)]!] : some.toSorted(() => random() - 0.5)
  })
}
const found = (cells: readonly string[]) => findLists(countCells(cells))
const separatorOf = (cells: readonly string[]): string | null => found(cells)?.separator ?? null

describe('a column that lists labels', () => {
  test.each([
    [';', (labels: string[]) => labels.join('; ')],
    ['|', (labels: string[]) => labels.join('|')],
    [',', (labels: string[]) => labels.join(', ')],
    ['/', (labels: string[]) => labels.join(' / ')],
    [' ', (labels: string[]) => labels.join(' ')],
    [inBrackets, (labels: string[]) => JSON.stringify(labels)],
    [inBrackets, (labels: string[]) => `['${labels.join("', '")}']`],
    [inBrackets, (labels: string[]) => `{${labels.join(', ')}}`],
  ])('between “%s”', (separator, write) => {
    const lists = found(sets(120).map(write))
    expect(lists?.separator).toBe(separator)
    expect(lists?.labels.toSorted()).toEqual(colors.toSorted())
    expect(lists?.share).toBeGreaterThan(0.5)
  })
  test('in brackets, where some list none and most one', () => {
    expect(
      separatorOf(Array.from({ length: 40 }, (_, i) => ['[]', '["a"]', '["a","b"]', '["b"]'][i % 4]!)),
    ).toBe(inBrackets)
  })
  test('is counted by rows, however many share a cell', () => {
    const cells = countCells(sets(60).map((labels) => labels.join(';')))
    expect(findLists(cells.map(({ text, rows }) => ({ text, rows: 1000 * rows })))?.share).toBe(
      findLists(cells)?.share,
    )
  })
})

describe('no lists are', () => {
  const times = (cells: readonly string[], rows = 200) =>
    Array.from({ length: rows }, (_, i) => cells[i % cells.length]!)
  test.each<[string, readonly string[]]>([
    ['classes', times(['red', 'green', 'blue'])],
    ['classes whose names hold a comma', times(['yes, surely', 'yes', 'no, never', 'no', 'perhaps'])],
    ['classes of two words', times(['very good', 'good', 'bad', 'very bad', 'neither good nor bad'])],
    ['cities and their countries', times(['Rome, Italy', 'Oslo, Norway', 'Milan, Italy', 'Bergen, Norway'])],
    ['two things in one cell', times(['a/1', 'a/2', 'b/1', 'b/2', 'c/1', 'c/2', 'a/3', 'b/3', 'c/3'])],
    ['ways of files', times(['img/cat/1.png', 'img/cat/2.png', 'img/dog/3.png', 'img/dog/4.png'], 4 * 30)],
    [
      'sentences',
      Array.from(
        { length: 300 },
        (_, i) =>
          `the ${colors[i % 5]!} house is the ${i % 7} one on the road, and it is ${colors[(i * 3) % 5]!}`,
      ),
    ],
    [
      'short texts of few words',
      Array.from(
        { length: 300 },
        (_, i) => `it is ${colors[i % 5]!} over ${colors[(i * 3 + 1) % 5]!}${i % 3 === 0 ? ' again' : ''}`,
      ),
    ],
    ['names of people', Array.from({ length: 200 }, (_, i) => `Name${i}, ${['Mr', 'Mrs', 'Miss'][i % 3]!}`)],
    ['a few rows', ['a;b', 'a', 'b;a', 'c']],
    ['nothing', []],
  ])('%s', (_, cells) => {
    expect(separatorOf(cells)).toBeNull()
  })
})

test('labels are read back from what is written of them', () => {
  for (const separator of [';', ', ', inBrackets])
    expect(labelsListed(listLabels(['red', 'very big', 'größer'], separator), separator)).toEqual([
      'red',
      'very big',
      'größer',
    ])
  expect(labelsListed(String.raw`['it\'s', "a, b", plain ,]`, inBrackets)).toEqual(["it's", 'a, b', 'plain'])
  expect(labelsListed('[1, null, true]', inBrackets)).toEqual(['1', 'true'])
  expect(labelsListed('[]', inBrackets)).toEqual([])
  expect(labelsListed('red', inBrackets)).toEqual(['red'])
})
