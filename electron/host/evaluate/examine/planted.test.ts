/** What each test check is for is planted in small real trainings, which it names; beside a clean twin all are silent. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Device } from '../../../../engine/index.ts'
import { namesIn, testChecks, withEffort, type Metrics, type TableRecipe } from '../../../contract/index.ts'
import { kindOf } from '../../kinds/index.ts'
import { plainContext } from '../../kinds/kind.ts'
import { preparedOf } from '../../jobs/source.ts'
import type { Prepared } from '../../prepare/prepare-data.ts'
import { randomSource } from '../../prepare/random.ts'
import { useDevice } from '../../training/predict.ts'
import { trainedAndExamined } from './testing.ts'

let device: Device
let folder: string
beforeAll(async () => {
  device = await useDevice('wasm')
  folder = mkdtempSync(join(tmpdir(), 'descent-planted-'))
})
afterAll(() => {
  device.close()
  rmSync(folder, { recursive: true, force: true })
})

type Row = Record<string, string | number>
interface Planted {
  readonly rows?: number
  /** `random`: of this data alone. */
  readonly row?: (row: Row, random: () => number, i: number) => Row
  readonly training?: Partial<TableRecipe['training']>
  readonly model?: Partial<Extract<TableRecipe['model'], { template: 'mlp' }>>
  readonly split?: (split: Prepared['split'], values: readonly Row[]) => Prepared['split']
  readonly recorded?: (recorded: Metrics) => Metrics
  readonly sensitive?: readonly string[]
  readonly ignored?: readonly string[]
}

/** Two numbers that tell a yes by their sum, with noise in it: nothing is wrong with it. */
function clean(random: () => number): Row {
  const [a, b] = [2 * random() - 1, 2 * random() - 1]
  const y = a + b + 0.5 * (2 * random() - 1) > 0 ? 'yes' : 'no'
  return { a: a.toFixed(4), b: b.toFixed(4), y }
}

let made = 0
async function examined({ rows = 800, row = (one) => one, ...planted }: Planted) {
  const random = randomSource(11)
  const values = Array.from({ length: rows }, (_, i) => row(clean(random), random, i))
  const names = Object.keys(values[0]!)
  const id = `planted-${made++}`
  const path = join(folder, `${id}.csv`)
  writeFileSync(path, [names, ...values.map((one) => names.map((name) => one[name]))].map(String).join('\n'))
  const place = { folder, id }
  const imported = await kindOf('table').import({ path, target: 'y' }, place, plainContext)
  const quick = withEffort(imported.recipe, 'quick', rows) as TableRecipe
  const recipe: TableRecipe = {
    ...quick,
    backend: 'wasm',
    data: {
      ...quick.data,
      columns: imported.columns.map((column) => ({
        ...quick.data.columns.find(({ name }) => name === column.name)!,
        ...(planted.sensitive?.includes(column.name) && { sensitive: true }),
        ...(planted.ignored?.includes(column.name) && { role: 'ignore' as const }),
      })),
    },
    model: { ...quick.model, ...planted.model } as TableRecipe['model'],
    training: { ...quick.training, epochs: 20, ...planted.training },
  }
  const dataset = { id, receipt: imported.receipt, rows, columns: imported.columns }
  const found = await preparedOf({ folder, files: [], dataset, recipe })
  const prepared = { ...found, split: planted.split?.(found.split, values) ?? found.split }
  const known = await trainedAndExamined(recipe, prepared, planted.recorded)
  return { ...known, values, prepared }
}

const noise = (random: () => number, count: number): Row =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, (2 * random() - 1).toFixed(4)]))

/** What takes other data than a table, or several runs, has a test of its own. */
type Elsewhere = 'shortcut' | 'unstableResult'
const elsewhere: readonly string[] = ['shortcut', 'unstableResult'] satisfies Elsewhere[]
const planted: Record<
  Exclude<(typeof testChecks)['members'][number]['name'], Elsewhere>,
  Planted & { readonly columns?: string[] }
> = {
  inconsistentMetric: {
    recorded: (was) => ({ ...was, 'validation/accuracy': was['validation/accuracy']! - 0.05 }),
  },
  // Every row stands there twice, and some of the pairs fall apart.
  testDuplicates: {
    row: (() => {
      let last: Row = {}
      return (one, _, i) => (last = i % 2 === 0 ? one : last)
    })(),
  },
  overfit: {
    rows: 300,
    row: (one, random) => ({ ...one, ...noise(random, 40) }),
    model: { dropout: 0, hidden: [128, 128] },
    training: { epochs: 60, earlyStopping: null },
  },
  // A coin says what is right.
  underfit: {
    row: (one, random) => ({ ...one, y: random() < 0.5 ? 'yes' : 'no' }),
    training: { epochs: 3 },
  },
  overconfident: {
    rows: 500,
    row: (one, random) => ({ ...one, ...noise(random, 30), y: random() < 0.3 ? 'no' : one['y']! }),
    model: { dropout: 0, hidden: [128, 128] },
    training: { epochs: 40, earlyStopping: null },
    // The rows that choose the best epoch are known by heart, too.
    split: (split) => ({ ...split, validation: split.train.slice(0, 80) }),
  },
  goldenFeature: {
    row: (one, random) => ({ ...one, told: (one['y'] === 'yes' ? 1 : 0) + 0.2 * random() }),
    columns: ['told'],
  },
  uselessFeature: {
    row: (one, random) => ({ chaff: (2 * random() - 1).toFixed(4), ...one }),
    columns: ['chaff'],
  },
  // Where it is dark nobody can tell.
  weakSegment: {
    rows: 1200,
    row: (one, random) => {
      const dark = random() < 0.25
      return { light: dark ? 'dark' : 'day', ...one, y: dark ? (random() < 0.5 ? 'yes' : 'no') : one['y']! }
    },
    columns: ['light'],
  },
  testDrift: {
    split: (split, values) => ({ ...split, test: split.test.filter((row) => Number(values[row]!['a']) > 0) }),
    columns: ['a'],
  },
  predictionDrift: {
    split: (split, values) => ({
      ...split,
      test: split.test.filter((row, i) => values[row]!['y'] === 'yes' || i % 8 === 0),
    }),
  },
}

test('what nothing is wrong with passes every check', async () => {
  const { findings, made: checks, importance, cells, values, rows, hardest } = await examined({ rows: 1200 })
  expect(findings.map(({ name, message }) => [name, message])).toEqual([])
  expect(checks).toEqual(namesIn(testChecks).filter((name) => !elsewhere.includes(name)))
  expect(importance!.columns.map(({ column }) => column).sort()).toEqual(['a', 'b'])
  for (const { share, low, high, alone } of importance!.columns) {
    expect(share).toBeGreaterThan(0.2)
    expect(low).toBeLessThan(share)
    expect(high).toBeGreaterThan(share)
    expect(alone).toBeLessThan(0.95)
  }
  // Each cell has the rows that it counts.
  expect(cells!.reduce((sum, cell) => sum + cell.rows.length, 0)).toBe(rows)
  for (const { truth, rows: of } of cells!)
    for (const row of of) expect(values[row]!['y']).toBe(['no', 'yes'][truth])
  const wrong = new Set(cells!.flatMap((cell) => (cell.truth === cell.predicted ? [] : cell.rows)))
  expect(wrong.has(hardest.examples[0]!.row)).toBe(true)
}, 30_000)

test(
  'a rare class that is told by its probability, and hardly ever predicted, is not underfit',
  { tags: 'thorough', timeout: 30_000 },
  async () => {
    const { findings } = await examined({
      rows: 3000,
      row: (one, random) => ({ ...one, y: random() < (Number(one['a']) > 0 ? 0.06 : 0.002) ? 'yes' : 'no' }),
    })
    expect(findings.map(({ name }) => name)).not.toContain('underfit')
  },
)

const isFound = async (name: string, { columns, ...one }: (typeof planted)[keyof typeof planted]) => {
  const { findings } = await examined(one)
  const own = findings.filter((finding) => finding.name === name)
  const said = findings.map((finding) => finding.message)
  expect(own, JSON.stringify(said, null, 1)).toHaveLength(1)
  if (columns) expect(own[0]!.columns).toEqual(columns)
  // It says why and what to do, with numbers.
  expect(own[0]!.message).toMatch(/\d/)
}
/** What has to be learned by heart first. */
const isLong = ([name]: readonly [string, unknown]): boolean => ['overfit', 'overconfident'].includes(name)
const cases = Object.entries(planted)
test.each(cases.filter((one) => !isLong(one)))('%s is found where it is planted', isFound)
test.each(cases.filter(isLong))('%s is found where it is planted', { tags: 'thorough' }, isFound)

test('of a sensitive column that is no feature each group is told, and where it cannot be told', async () => {
  const { groups, rows } = await examined({
    rows: 1600,
    sensitive: ['who'],
    ignored: ['who'],
    row: (one, random) => {
      const who = random() < 0.3 ? 'x' : random() < 0.03 ? 'z' : 'y'
      return { who, ...one, y: who === 'x' && random() < 0.5 ? (random() < 0.5 ? 'yes' : 'no') : one['y']! }
    },
  })
  expect(groups).toHaveLength(1)
  const [{ column, figures, groups: each }] = groups as [(typeof groups)[number]]
  expect(column).toBe('who')
  expect(figures.map(({ name }) => name)).toEqual([
    'accuracy',
    'called',
    'found',
    'falseAlarms',
    'balancedAccuracy',
    'f1',
    'logLoss',
    'rocAuc',
  ])
  expect(each.map(({ label }) => label)).toEqual(['y', 'x', 'z'])
  expect(each.reduce((sum, { rows: of }) => sum + of, 0)).toBe(rows)
  const [, x, z] = each
  expect(x!.gaps['accuracy']!.verdict).toBe('differs')
  expect(x!.gaps['accuracy']!.high).toBeLessThan(0)
  expect(z!.gaps['accuracy']!.verdict).toBe('cannotTell')
  expect(x!.figures['rocAuc']!.low).toBeLessThan(x!.figures['rocAuc']!.value)
}, 30_000)
