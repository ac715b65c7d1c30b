import { describe, expect, it } from 'vitest'
import type { AgainstTarget, Association, Scatter } from '../../electron/contract/index.ts'
import {
  againstModel,
  againstTable,
  cloudOf,
  columnsOf,
  filterOf,
  mapAsScatter,
  pairsOf,
  scatterTable,
} from './pictures.ts'

const bin = (
  label: string,
  low: number | null,
  high: number | null,
  classes: number[],
  mean: number | null,
) => ({
  label,
  low,
  high,
  count: classes.reduce((sum, each) => sum + each, 0) || 1,
  classes,
  mean,
  deviation: mean === null || mean > 5 ? null : 1,
})
const number: AgainstTarget = {
  column: 'x',
  kind: 'number',
  bins: [bin('0 to 1', 0, 1, [3, 1], null), bin('1 to 2', 1, 2, [0, 4], null)],
}
const category: AgainstTarget = {
  column: 'c',
  kind: 'category',
  bins: [bin('oak', null, null, [2, 2], null), bin('3 others', null, null, [1, 0], null)],
}

describe('a column against the target', () => {
  it('stacks the rows of each class, or their shares up to 100 %', () => {
    const rows = againstModel(number, ['a', 'b'], 'y', 'counts')
    expect(rows).toMatchObject({ stacked: true, x: { categories: ['0 to 1', '1 to 2'] }, y: { min: 0 } })
    expect(rows.series.map(({ data }) => data.map(({ y }) => y))).toEqual([
      [3, 0],
      [1, 4],
    ])
    const shares = againstModel(number, ['a', 'b'], 'y', 'shares')
    expect(shares.y).toMatchObject({ max: 100 })
    expect(shares.series.map(({ data }) => data.map(({ y }) => y))).toEqual([
      [75, 0],
      [25, 100],
    ])
  })

  it('draws the mean of a number, and no spread of a single row', () => {
    const measured = { ...number, bins: [bin('0', 0, 1, [], 4), bin('1', 1, 2, [], 9)] }
    const { series } = againstModel(measured, [], 'price', 'counts')
    expect(series.map(({ data }) => data.map(({ y }) => y))).toEqual([[4, 9], [5], [3]])
    expect(againstTable(measured, [], 'price').rows).toEqual([
      ['0', 1, 4, 1],
      ['1', 1, 9, null],
    ])
  })

  it('counts rows where there is no target', () => {
    expect(againstModel(number, [], null, 'counts').series[0]!.data).toEqual([
      { x: 0, y: 4 },
      { x: 1, y: 4 },
    ])
  })

  it('knows the rows of each bar but those of all others', () => {
    expect(filterOf(number, 0)).toEqual({ is: 'between', column: 'x', low: 0, high: 1, closed: false })
    expect(filterOf(number, 1)).toMatchObject({ low: 1, high: 2, closed: true })
    expect(filterOf(category, 0)).toEqual({ is: 'among', column: 'c', values: ['oak'] })
    expect(filterOf(category, 1)).toBeNull()
    expect(filterOf(category, 9)).toBeNull()
  })
})

describe('association', () => {
  const matrix = (value: number | null) => [
    [1, value, null],
    [value, 1, null],
    [null, null, 1],
  ]
  const association: Association = {
    columns: ['y', 'x', 'c'].map((name) => ({ name, kind: 'number', role: 'feature' })),
    pearson: matrix(-0.5),
    spearman: matrix(null),
    cramersV: [
      [1, 0.2, 0.7],
      [0.2, 1, 0.9],
      [0.7, 0.9, 1],
    ],
    mutualInformation: matrix(0.1),
    left: 0,
  }
  it('lists pairs from the strongest, and columns that a measure speaks of', () => {
    expect(pairsOf(association, 'cramersV').map(({ a, b }) => `${a} ${b}`)).toEqual(['x c', 'y c', 'y x'])
    expect(pairsOf(association, 'pearson')).toEqual([{ a: 'y', b: 'x', value: -0.5 }])
    expect(columnsOf(association, 'pearson')).toEqual([0, 1])
    expect(columnsOf(association, 'spearman')).toEqual([])
  })
})

describe('points', () => {
  const axis = (name: string, values: (number | null)[], labels: string[] = []): Scatter['x'] => ({
    name,
    kind: labels.length > 0 ? 'category' : 'number',
    values,
    labels,
  })
  const drawn: Scatter = {
    x: axis('x', [3, 1, null, 2]),
    y: axis('y', [1, 0, 1, 1], ['no', 'yes']),
    color: axis('c', [0, 1, 0, null], ['oak', 'elm']),
    rows: [10, 20, 30, 40],
    of: 4,
  }
  it('stand in order, with the row behind each; what has no place is left out', () => {
    const { model, rows } = cloudOf(drawn)
    expect(model.series.map(({ label }) => label)).toEqual(['oak', 'elm', 'missing'])
    expect(rows).toEqual([[10], [20], [40]])
    expect(model.y.categories).toEqual(['no', 'yes'])
    const alone = cloudOf({ ...drawn, color: null })
    expect(alone.rows).toEqual([[20, 40, 10]])
    expect(alone.model.series[0]!.data.map(({ x }) => x)).toEqual([1, 2, 3])
  })
  it('are colored by fifths of a number, and by the most frequent of many categories', () => {
    const many = Array.from({ length: 100 }, (_, i) => i)
    const wide = { ...drawn, x: axis('x', many), y: axis('y', many), rows: many }
    expect(cloudOf({ ...wide, color: axis('c', many) }).model.series).toHaveLength(5)
    const labels = Array.from({ length: 20 }, (_, i) => `k${i}`)
    const codes = many.map((i) => Math.min(19, Math.floor(i / 4)))
    const { model, rows } = cloudOf({ ...wide, color: axis('c', codes, labels) })
    expect(model.series.map(({ label }) => label)).toHaveLength(7)
    expect(model.series.at(-1)!.label).toBe('other categories')
    expect(rows.flat()).toHaveLength(100)
    const same = cloudOf({
      ...wide,
      color: axis(
        'c',
        many.map(() => 4),
      ),
    })
    expect(same.model.series.map(({ label }) => label)).toEqual(['4'])
  })
  it('as a table name the row and the category', () => {
    expect(scatterTable(drawn).rows[0]).toEqual([11, 3, 'yes', 'oak'])
    expect(scatterTable(drawn).rows[3]).toEqual([41, 2, 'yes', null])
  })
  it('of a map have the target as color', () => {
    const map = { x: [1], y: [2], rows: [7], color: [0], explained: [0.5, 0.25] }
    const found = mapAsScatter({ map, classes: ['a'], of: 1 } as never, 'y')!
    expect(found).toMatchObject({ color: { name: 'y', labels: ['a'] }, rows: [7] })
    expect(found.x.name).toContain('50.0')
    expect(mapAsScatter({ map: null } as never, 'y')).toBeNull()
  })
})
