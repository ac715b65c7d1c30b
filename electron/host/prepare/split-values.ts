/** Splits that follow what stands in a column, or in lists of row numbers. */
import { countRowsIn, DescentError, formatCount, lastRowIn, plural, rowFinder } from '../../contract/index.ts'
import type { FrameColumn } from '../datasets/frame.ts'
import { randomSource } from './random.ts'
import { shareNotes } from './split-groups.ts'
import type { LearnRule } from './split-rule.ts'
import { shareOut, type ShareName, type SplitTarget } from './split.ts'
import { chanceOf } from './split-version.ts'

const bad = (message: string, option: string): DescentError =>
  new DescentError('badData', message, `split.${option}`)
const quotedList = (values: readonly string[], most = 8): string =>
  values
    .slice(0, most)
    .map((value) => `“${value}”`)
    .join(', ') + (values.length > most ? ` and ${formatCount(values.length - most)} more` : '')

// ---- by time ----

/** Days since 1970-01-01 as people write them. */
const dayText = (days: number): string => {
  const time = new Date(days * 86_400_000).toISOString()
  return time.endsWith('T00:00:00.000Z') ? time.slice(0, 10) : time.slice(0, 16).replace('T', ' ')
}

/** Where to cut distinct ascending values, so that so many rows are before; between `from` and `to`, both included. */
function cutAt(before: readonly number[], wanted: number, from: number, to: number): number {
  let best = from
  for (let at = from; at <= to; at++)
    if (Math.abs(before[at]! - wanted) < Math.abs(before[best]! - wanted)) best = at
  return best
}

export const learnTime =
  ({ train, validation }: { readonly train: number; readonly validation: number }): LearnRule =>
  ({ by }, rows) => {
    if (by?.kind !== 'number' && by?.kind !== 'date')
      throw bad('The split by time needs a column of dates or numbers.', 'column')
    const times = Float64Array.from(rows, (row) => by.values[row]!)
      .filter((time) => !Number.isNaN(time))
      .sort()
    /** Each time once, and how many rows are before it. */
    const distinct: number[] = []
    const before: number[] = []
    times.forEach((time, i) => {
      if (i > 0 && time === times[i - 1]) return
      distinct.push(time)
      before.push(i)
    })
    if (distinct.length < 3)
      throw bad(
        `“${by.name}” has ${plural(distinct.length, 'different time')}: too few to train, validate and test apart. Choose another column.`,
        'column',
      )
    const first = cutAt(before, train * times.length, 1, distinct.length - 2)
    const second = cutAt(before, (train + validation) * times.length, first + 1, distinct.length - 1)
    const [validateFrom, testFrom] = [distinct[first]!, distinct[second]!]
    const text = (time: number): string => (by.kind === 'date' ? dayText(time) : String(time))
    const [trains, tested] = [before[first]! / times.length, 1 - before[second]! / times.length]
    const untimed = rows.length - times.length
    return {
      placeOf: ({ by: now }, row) => {
        const time = now && 'values' in now ? Number(now.values[row]) : NaN
        if (!(time >= validateFrom)) return Number.isNaN(time) ? null : 'train'
        return time < testFrom ? 'validation' : 'test'
      },
      notes: [
        `By “${by.name}”: rows before ${text(validateFrom)} train, those from ${text(testFrom)} on test.`,
        ...shareNotes(
          [train, validation, 1 - train - validation],
          [trains, 1 - trains - tested, tested],
          `times of “${by.name}”`,
        ),
        ...(untimed > 0
          ? [
              `${plural(untimed, 'row has', 'rows have')} no value in “${by.name}” and ${untimed === 1 ? 'is' : 'are'} left out.`,
            ]
          : []),
      ],
    }
  }

// ---- by what a column says ----

const words: Record<ShareName, readonly string[]> = {
  train: ['train', 'training', 'trn', 'tr', 'learn', 'learning', 'fit'],
  validation: ['validation', 'valid', 'val', 'validate', 'dev', 'devel', 'development', 'tune', 'tuning'],
  test: [
    'test',
    'testing',
    'tst',
    'te',
    'holdout',
    'hold-out',
    'hold out',
    'heldout',
    'held-out',
    'eval',
    'evaluation',
  ],
}
const placeOfWord = new Map(
  (Object.entries(words) as [ShareName, readonly string[]][]).flatMap(([place, spelled]) =>
    spelled.map((word) => [word, place] as const),
  ),
)
const yes = ['1', 'true', 'yes', 'y', 't']
const no = ['0', 'false', 'no', 'n', 'f']
const plain = (value: string): string => value.trim().toLowerCase().replace(/\.0+$/, '')
/** `X_train`, `test set`, `my-val`: the word in it. */
const wordIn = (value: string): ShareName | undefined => {
  const whole = placeOfWord.get(value)
  if (whole !== undefined) return whole
  const found = new Set(value.split(/[\s_.-]+/).flatMap((part) => placeOfWord.get(part) ?? []))
  return found.size === 1 ? [...found][0] : undefined
}

/** What the values of a column say. Errors: a DescentError with the values that are not understood. */
export function readPlaces(name: string, values: readonly string[]): Map<string, ShareName> {
  const spelled = new Map(values.map((value) => [value, plain(value)]))
  const different = [...new Set(spelled.values())]
  const within = (allowed: readonly string[]): boolean => different.every((value) => allowed.includes(value))
  const read = (placeOf: (value: string) => ShareName | undefined): Map<string, ShareName> => {
    const unknown = values.filter((value) => placeOf(spelled.get(value)!) === undefined)
    if (unknown.length > 0)
      throw bad(
        `“${name}” is to say of each row whether it trains, validates or tests, and these values are not understood: ${quotedList(unknown)}. Understood are train, validation (val, dev), test (holdout), or 0, 1 and 2. Correct them, or choose another split${different.length > 3 && different.every((value) => /^\d+$/.test(value)) ? ': for numbered folds, “By group”' : ''}.`,
        'column',
      )
    return new Map(values.map((value) => [value, placeOf(spelled.get(value)!)!]))
  }
  const order: readonly ShareName[] = ['train', 'validation', 'test']
  if (different.length === 3 && within(['0', '1', '2'])) return read((value) => order[Number(value)])
  if (different.length === 3 && within(['1', '2', '3'])) return read((value) => order[Number(value) - 1])
  if (different.length === 2 && within([...yes, ...no])) {
    const says = wordIn(name.toLowerCase().replace(/^(is|in|for)[\s_.-]*/, ''))
    const other: ShareName = says === 'train' ? 'test' : 'train'
    if (says !== undefined) return read((value) => (yes.includes(value) ? says : other))
    throw bad(
      `“${name}” has the values ${quotedList(values)}, and neither says which of them are for the test. Call the column “test” or “is_train”, or write train and test into it.`,
      'column',
    )
  }
  return read(wordIn)
}

interface Held {
  readonly validation: number
  readonly stratify: boolean
  readonly seed: number
}

/** Of rows that train, a share that validates. */
function holdOut(target: SplitTarget, train: Int32Array, { validation, stratify, seed }: Held): Set<number> {
  const shares = { train: 1 - validation, validation, test: 0, stratify }
  return new Set(shareOut(target, train, shares, randomSource(seed)).validation)
}

const textIn = (column: FrameColumn | undefined, row: number): string | null => {
  if (column?.kind !== 'category') return null
  const code = column.codes[row]!
  return code === -1 ? null : column.categories[code]!
}

export const learnColumn =
  (held: Held): LearnRule =>
  (data, rows) => {
    const { by, target } = data
    const name = by?.name ?? ''
    const counts = new Map<string, number>()
    let silent = 0
    for (const row of rows) {
      const value = textIn(by, row)
      if (value === null) silent++
      else counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    const places = readPlaces(name, [...counts.keys()])
    const named = new Set(places.values())
    for (const place of ['train', 'test'] as const)
      if (!named.has(place))
        throw bad(
          `“${name}” names no rows to ${place}: its values are ${quotedList([...counts.keys()])}. Choose another column, or another split.`,
          'column',
        )
    const trains = rows.filter((row) => places.get(textIn(by, row) ?? '') === 'train')
    const validates = named.has('validation') ? null : holdOut(target, trains, held)
    const known = new Set(validates && trains)
    const said = [...places].map(([value, place]) => `${value} → ${place}`)
    return {
      placeOf: (now, row, number) => {
        const value = textIn(now.by, row)
        if (value === null) return null
        const place = places.get(value) ?? readPlaces(name, [value, ...places.keys()]).get(value)!
        if (place !== 'train' || validates === null) return place
        if (known.has(number)) return validates.has(number) ? 'validation' : 'train'
        return chanceOf(number, held.seed) < held.validation ? 'validation' : 'train'
      },
      notes: [
        `“${name}” says which rows are for what: ${said.join(', ')}.`,
        ...(validates
          ? [`It names no rows to validate: ${formatCount(validates.size)} of those that train do.`]
          : []),
        ...(silent > 0
          ? [
              `${plural(silent, 'row has', 'rows have')} no value in “${name}” and ${silent === 1 ? 'is' : 'are'} left out.`,
            ]
          : []),
      ],
    }
  }

// ---- by row numbers ----

export const learnNumbers =
  ({ train, test, ...held }: Held & { readonly train: string; readonly test: string }): LearnRule =>
  (data, rows) => {
    const total = data.target.rows
    if (train === '' && test === '')
      throw bad('Say which rows train, or which test: neither list names any.', 'test')
    for (const [option, text] of Object.entries({ train, test })) {
      const last = lastRowIn(text)
      if (last >= total)
        throw bad(
          `The ${option === 'train' ? 'training' : 'test'} rows go up to number ${formatCount(last)}, but the table has ${plural(total, 'row')}, numbered from 0 to ${formatCount(total - 1)}. ${last === total ? 'If the list counts from 1, subtract 1 from each number.' : 'It is the list of another table, or of another version of it.'}`,
          option,
        )
    }
    const [isTrain, isTest] = [rowFinder(train), rowFinder(test)]
    const both =
      train === '' || test === '' ? [] : [...Array(total).keys()].filter((row) => isTrain(row) && isTest(row))
    if (both.length > 0)
      throw bad(
        `${plural(both.length, 'row is', 'rows are')} both among those that train and those that test, e.g. number ${both[0]}. A row can be on one side only.`,
        'test',
      )
    const side = (number: number): 'train' | 'test' | null => {
      if (test !== '' && isTest(number)) return 'test'
      if (train === '') return 'train'
      if (isTrain(number)) return 'train'
      return test === '' && number < total ? 'test' : null
    }
    const trains = rows.filter((row) => side(row) === 'train')
    const tests = rows.filter((row) => side(row) === 'test')
    if (trains.length < 2 || tests.length === 0)
      throw bad(
        `The lists leave ${plural(trains.length, 'row')} to train and ${formatCount(tests.length)} to test: too few.`,
        'test',
      )
    const validates = holdOut(data.target, trains, held)
    const unnamed = rows.length - trains.length - tests.length
    return {
      placeOf: (_, __, number) => {
        const where = number < total ? side(number) : 'train'
        if (where !== 'train') return where
        if (number < total) return validates.has(number) ? 'validation' : 'train'
        return chanceOf(number, held.seed) < held.validation ? 'validation' : 'train'
      },
      notes: [
        `${formatCount(countRowsIn(train) || trains.length)} rows are listed to train and ${formatCount(countRowsIn(test) || tests.length)} to test; of those that train ${formatCount(validates.size)} validate.`,
        ...(unnamed > 0 ? [`${plural(unnamed, 'row is', 'rows are')} in neither list and left out.`] : []),
      ],
    }
  }
