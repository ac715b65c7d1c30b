/** The published tables that the untouched default is measured on. Files are not part of the project. */
export interface Table {
  readonly name: string
  /** In the folder of the data. */
  readonly path: string
  readonly task: 'classification' | 'regression'
  /** A column's name, or the last one. */
  readonly target: string
  /** `uci`: a folder with `data.txt` and its own splits. */
  readonly layout: 'csv' | 'uci'
  readonly header: boolean
  /** Columns that say the target in other words. */
  readonly without: readonly string[]
  /** At most so many rows, drawn once; null: all. */
  readonly rows: number | null
  /** What others published for these very splits. */
  readonly published?: { readonly rmse: number; readonly standardError: number; readonly whose: string }
}

type Details = Partial<Omit<Table, 'name' | 'path' | 'task'>>

const csv = (
  name: string,
  task: Table['task'],
  target: string,
  { header = true, without = [], rows = null, ...details }: Details = {},
): Table => ({
  name,
  path: `tables/${name}.csv`,
  task,
  target,
  layout: 'csv',
  header,
  without,
  rows,
  ...details,
})
const uci = (name: string, rmse: number, standardError: number): Table => ({
  name: `uci/${name}`,
  path: `uci/${name}`,
  task: 'regression',
  target: 'y',
  layout: 'uci',
  header: true,
  without: [],
  rows: null,
  published: { rmse, standardError, whose: 'one hidden layer of 50 with dropout' },
})
const headless = { header: false } as const

export const tables: readonly Table[] = [
  csv('Churn_Modelling', 'classification', 'Exited'),
  csv('HouseVotes84', 'classification', 'Class'),
  csv('Soybean', 'classification', 'Class'),
  csv('Vehicle', 'classification', 'Class'),
  csv('Vowel', 'classification', 'Class'),
  csv('breast-cancer-wisconsin', 'classification', 'last', headless),
  csv('german', 'classification', 'last', headless),
  csv('horse-colic', 'classification', 'last', headless),
  csv('letterdata', 'classification', 'letter'),
  csv('mushrooms', 'classification', 'type'),
  csv('penguins', 'classification', 'species'),
  csv('pima-indians-diabetes', 'classification', 'last', headless),
  csv('titanic', 'classification', 'survived', { without: ['alive'] }),
  csv('wine', 'classification', 'last', headless),
  csv('Hitters', 'regression', 'Salary'),
  csv('Life_Expectancy_Data', 'regression', 'Life expectancy '),
  csv('Sacramento', 'regression', 'price'),
  csv('abalone', 'regression', 'last', headless),
  csv('diamonds', 'regression', 'price', { rows: 20_000 }),
  csv('insurance', 'regression', 'charges'),
  csv('mpg', 'regression', 'mpg'),
  csv('taxis', 'regression', 'tip'),
  csv('whitewines', 'regression', 'quality'),
  uci('energy', 0.967, 0.06),
  uci('wine-quality-red', 0.657, 0.01),
]
