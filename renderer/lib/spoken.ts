/** What a figure shows, in one line: read by who cannot see it, and beneath its title where there is room. */
import { strings } from '../strings/index.ts'
import type { Axis, ChartModel, Series } from './chart-model.ts'
import type { Point } from './chart-data.ts'
import { formatNumber } from './format.ts'
import type { TableData } from './table-data.ts'

const words = strings.figures.spoken

const short = (value: number): string => formatNumber(value, 3)
/** A name within a sentence; `R²` and `F1` keep their capitals. */
const within = (name: string): string =>
  /^\p{Lu}\p{Ll}/u.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name

const byY = (points: readonly Point[], pick: (a: number, b: number) => boolean): Point =>
  points.reduce((best, point) => (pick(point.y, best.y) ? point : best))

export function describeChart(model: ChartModel): string {
  const series = model.series.filter(({ data, hidden }) => data.length > 0 && !hidden)
  const [first] = series
  if (model.threads?.length) return describeThreads(model.threads.length, model)
  if (!first) return words.nothing
  switch (first.kind ?? 'line') {
    case 'bars':
      return model.x.categories ? describeClasses(first, model) : describeHistogram(first, model)
    case 'points':
      return describePoints(first, model)
    case 'line':
      return series.length > 4
        ? describeManyLines(series, model)
        : series.map((one) => describeLine(one, model.x)).join('. ') + '.'
  }
}

/** One bar or point, for who goes through them by keyboard. */
export function describePlace({ series, x, y }: ChartModel, at: number, index: number): string {
  const one = series[at]
  const point = one?.data[index]
  if (!one || !point) return words.nothing
  const place = x.categories?.[point.x] ?? short(point.x)
  const value = y.categories?.[point.y] ?? formatNumber(point.y, 5)
  return words.place(series.length > 1 ? one.label : y.title, place, value, index + 1, one.data.length)
}

/** `over 40 epochs`; of what does not begin at one, from where to where. */
function stretch({ data }: Pick<Series, 'data'>, x: Axis): string {
  const [from, to] = [data[0]!.x, data.at(-1)!.x]
  const name = within(x.title)
  return x.integer && from === 1 ? words.over(to, name) : words.fromTo(name, short(from), short(to))
}

function describeLine({ label, data }: Series, x: Axis): string {
  const [first, last] = [data[0]!, data.at(-1)!]
  const [low, high] = [byY(data, (a, b) => a < b), byY(data, (a, b) => a > b)]
  const at = ({ x: place }: Point) => words.at(within(x.title), short(place))
  if (data.length === 1) return words.single(label, short(first.y), at(first))
  if (low.y === high.y) return words.stays(label, short(first.y), stretch({ data }, x))
  const falls = last.y < first.y
  const course =
    last.y === first.y
      ? words.returns(label, short(first.y), stretch({ data }, x))
      : (falls ? words.falls : words.rises)(label, short(first.y), short(last.y), stretch({ data }, x))
  // Where it ends best there is no more to say.
  const [best, tell] = falls ? [low, words.lowest] : [high, words.highest]
  return best.y === last.y ? course : tell(course, short(best.y), at(best))
}

function describeManyLines(series: readonly Series[], { x }: ChartModel): string {
  const ends = series.map(({ label, data }) => ({ label, y: data.at(-1)!.y }))
  const lowest = ends.reduce((a, b) => (b.y < a.y ? b : a))
  const highest = ends.reduce((a, b) => (b.y > a.y ? b : a))
  const longest = series.reduce((a, b) => (b.data.length > a.data.length ? b : a))
  const end = ({ label, y }: { label: string; y: number }) => ({ curve: label, value: short(y) })
  return words.manyLines(series.length, stretch(longest, x), end(lowest), end(highest))
}

const describeThreads = (count: number, { x, y }: ChartModel): string =>
  x.categories ? words.parallel(count, x.categories.length) : words.threads(count, y.title, within(x.title))

function describeClasses({ data }: Series, { x, y }: ChartModel): string {
  const [least, most] = [byY(data, (a, b) => a < b), byY(data, (a, b) => a > b)]
  const name = (point: Point) => words.oneClass(x.categories?.[point.x] ?? short(point.x), point.y)
  const what = words.classes(y.title, within(x.title), data.length)
  return data.length === 1 ? `${what}: ${name(most)}.` : words.mostAndFewest(what, name(most), name(least))
}

function describeHistogram({ data }: Series, { x, y }: ChartModel): string {
  const total = data.reduce((sum, point) => sum + point.y, 0)
  const step = data.length > 1 ? data[1]!.x - data[0]!.x : 0
  const most = byY(data, (a, b) => a > b)
  let below = 0
  const middle = data.find((point) => (below += point.y) >= total / 2) ?? most
  const range = (point: Point) => words.range(short(point.x - step / 2), short(point.x + step / 2))
  return words.histogram(total, within(y.title), x.title, data.length, most.y, range(most), range(middle))
}

function describePoints({ label, data }: Series, { x, y }: ChartModel): string {
  const r = pearson(data)
  const relation = r === null ? '' : words.correlation(r)
  return words.points(data.length, within(label), within(y.title), within(x.title), relation)
}

/** https://en.wikipedia.org/wiki/Pearson_correlation_coefficient; null where one of both never changes. */
function pearson(points: readonly Point[]): number | null {
  const mean = (key: keyof Point) => points.reduce((sum, point) => sum + point[key], 0) / points.length
  const [mx, my] = [mean('x'), mean('y')]
  let [xx, yy, xy] = [0, 0, 0]
  for (const { x, y } of points) {
    xx += (x - mx) ** 2
    yy += (y - my) ** 2
    xy += (x - mx) * (y - my)
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : null
}

export function describeConfusion(
  classes: readonly string[],
  confusion: readonly (readonly number[])[],
): string {
  let [total, right] = [0, 0]
  let worst = { count: 0, actual: '', predicted: '' }
  confusion.forEach((row, i) =>
    row.forEach((count, j) => {
      total += count
      if (i === j) right += count
      else if (count > worst.count) worst = { count, actual: classes[i]!, predicted: classes[j]! }
    }),
  )
  const start = words.confusion(classes.length, total === 0 ? null : right / total, total)
  return worst.count === 0 ? `${start}.` : words.mistaken(start, worst.actual, worst.predicted, worst.count)
}

export function describeCorrelations(
  columns: readonly string[],
  strongest: { a: string; b: string; r: number } | undefined,
): string {
  const start = words.correlations(columns.length)
  return strongest ? words.strongest(start, strongest.a, strongest.b, strongest.r) : `${start}.`
}

/** `total`: of the rows, where not all of them are here. */
export const describeTable = ({ columns, rows }: TableData, total = rows.length): string =>
  words.table(total, columns.length)
