/** Measures of how columns hang together, over columns in memory. As scipy and scikit-learn compute them. */

/** Rows where both are there. */
function paired(x: Float64Array, y: Float64Array): [Float64Array, Float64Array] {
  let count = 0
  const a = new Float64Array(x.length)
  const b = new Float64Array(x.length)
  for (let i = 0; i < x.length; i++)
    if (!Number.isNaN(x[i]!) && !Number.isNaN(y[i]!)) {
      a[count] = x[i]!
      b[count++] = y[i]!
    }
  return [a.subarray(0, count), b.subarray(0, count)]
}

/** Pearson's r over rows where both are there; null where one of them does not vary. */
export function pearson(x: Float64Array, y: Float64Array): number | null {
  const [a, b] = paired(x, y)
  const n = a.length
  if (n < 2) return null
  let [ma, mb] = [0, 0]
  for (let i = 0; i < n; i++) {
    ma += a[i]! / n
    mb += b[i]! / n
  }
  let [saa, sbb, sab] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    const [da, db] = [a[i]! - ma, b[i]! - mb]
    saa += da * da
    sbb += db * db
    sab += da * db
  }
  const scale = Math.sqrt(saa) * Math.sqrt(sbb)
  return scale > 0 && Number.isFinite(scale) ? Math.max(-1, Math.min(1, sab / scale)) : null
}

/** Ranks from 1; equal values share the mean of theirs. */
export function ranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((i, j) => values[i]! - values[j]!)
  const ranked = new Float64Array(values.length)
  for (let from = 0; from < order.length;) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++
    for (let i = from; i <= to; i++) ranked[order[i]!] = (from + to) / 2 + 1
    from = to + 1
  }
  return ranked
}

/** Spearman's ρ: Pearson's r of ranks. */
export function spearman(x: Float64Array, y: Float64Array): number | null {
  const [a, b] = paired(x, y)
  return pearson(ranks(a), ranks(b))
}

export interface Counts {
  readonly cells: Float64Array
  readonly rows: Float64Array
  readonly columns: Float64Array
  readonly total: number
}

/** How often each category of one stands beside each of the other; −1 is no category. */
export function contingency(a: Int32Array, as: number, b: Int32Array, bs: number): Counts {
  const cells = new Float64Array(as * bs)
  const rows = new Float64Array(as)
  const columns = new Float64Array(bs)
  let total = 0
  for (let i = 0; i < a.length; i++) {
    const [r, c] = [a[i]!, b[i]!]
    if (r < 0 || c < 0) continue
    cells[r * bs + c]!++
    rows[r]!++
    columns[c]!++
    total++
  }
  return { cells, rows, columns, total }
}

const seen = (counts: Float64Array): number => counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0)

/** Cramér's V, uncorrected; null where one of them does not vary. */
export function cramersV({ cells, rows, columns }: Counts): number | null {
  const least = Math.min(seen(rows), seen(columns)) - 1
  if (least < 1) return null
  let sum = 0
  for (let r = 0; r < rows.length; r++)
    for (let c = 0; c < columns.length; c++)
      if (cells[r * columns.length + c]! > 0)
        sum += cells[r * columns.length + c]! ** 2 / (rows[r]! * columns[c]!)
  return Math.sqrt(Math.max(0, Math.min(1, (sum - 1) / least)))
}

/** Mutual information of two columns of categories, in nats. */
export function mutualInformation({ cells, rows, columns, total }: Counts): number {
  let sum = 0
  for (let r = 0; r < rows.length; r++)
    for (let c = 0; c < columns.length; c++) {
      const count = cells[r * columns.length + c]!
      if (count > 0) sum += (count / total) * Math.log((count * total) / (rows[r]! * columns[c]!))
    }
  return Math.max(0, sum)
}

/** The correlation ratio η: how much of a number's spread lies between the categories. √ of the explained share. */
export function correlationRatio(codes: Int32Array, categories: number, x: Float64Array): number | null {
  const sums = new Float64Array(categories)
  const counts = new Float64Array(categories)
  let [n, mean] = [0, 0]
  for (let i = 0; i < x.length; i++)
    if (codes[i]! >= 0 && !Number.isNaN(x[i]!)) {
      mean += x[i]!
      n++
    }
  if (n < 2) return null
  mean /= n
  let all = 0
  for (let i = 0; i < x.length; i++)
    if (codes[i]! >= 0 && !Number.isNaN(x[i]!)) {
      const away = x[i]! - mean
      sums[codes[i]!]! += away
      counts[codes[i]!]!++
      all += away * away
    }
  if (all === 0) return null
  const between = sums.reduce((sum, each, k) => sum + (counts[k]! > 0 ? (each * each) / counts[k]! : 0), 0)
  return Math.sqrt(Math.min(1, between / all))
}

/** A number cut into classes of as many rows each, at most so many: by its quantiles. −1 where there is no value. */
export function quantileCodes(values: Float64Array, most = 10): { codes: Int32Array; count: number } {
  const present = values.filter((value) => !Number.isNaN(value)).sort()
  const bounds = [
    ...new Set(
      Array.from({ length: most - 1 }, (_, i) => present[Math.floor(((i + 1) / most) * present.length)]!),
    ),
  ].filter((bound) => bound > present[0]!)
  const codes = new Int32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) codes[i] = -1
    else {
      let code = 0
      while (code < bounds.length && value >= bounds[code]!) code++
      codes[i] = code
    }
  }
  return { codes, count: bounds.length + 1 }
}

/** ln Γ, Lanczos. */
function logGamma(x: number): number {
  const c = [
    76.18009172947146, -86.50532032941677, 24.01409824083091, -1.231739572450155, 0.1208650973866179e-2,
    -0.5395239384953e-5,
  ]
  const t = x + 5.5
  const sum = c.reduce((all, each, i) => all + each / (x + 1 + i), 1.000000000190015)
  return (x + 0.5) * Math.log(t) - t + Math.log((2.5066282746310005 * sum) / x)
}

/** P(χ² > value) with so many degrees of freedom: the regularized incomplete gamma function (Numerical Recipes 6.2). */
export function chiSquareTail(value: number, freedom: number): number {
  const [a, x] = [freedom / 2, value / 2]
  if (x <= 0) return 1
  const front = Math.exp(-x + a * Math.log(x) - logGamma(a))
  if (x < a + 1) {
    let [sum, term] = [1 / a, 1 / a]
    for (let n = a + 1; Math.abs(term) > Math.abs(sum) * 1e-15; n++) sum += term *= x / n
    return 1 - sum * front
  }
  let b = x + 1 - a
  let c = 1 / 1e-300
  let d = 1 / b
  let h = d
  for (let i = 1; i < 500; i++) {
    const an = -i * (i - a)
    b += 2
    d = 1 / (an * d + b || 1e-300)
    c = b + an / c || 1e-300
    const delta = d * c
    h *= delta
    if (Math.abs(delta - 1) < 1e-15) break
  }
  return front * h
}

/** p of a χ² test against equal counts. */
export function uniformity(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const even = total / counts.length
  const chi = counts.reduce((sum, count) => sum + (count - even) ** 2 / even, 0)
  return chiSquareTail(chi, counts.length - 1)
}
