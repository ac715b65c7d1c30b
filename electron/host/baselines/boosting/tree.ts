/**
 * One regression tree on gradients and Hessians, grown leaf by leaf where the gain is largest, from histograms of bins (Ke et al.
 * 2017, LightGBM; scikit-learn's HistGradientBoosting). Of two children only the smaller one is counted, the other is what is left.
 */
import type { Binned } from './bins.ts'

export interface TreeOptions {
  readonly leaves: number
  readonly rowsInLeaf: number
  readonly rate: number
}

/** Where histograms of all columns stand in one array. */
export interface Layout {
  readonly columns: readonly Binned[]
  readonly offsets: Int32Array
  readonly total: number
}

export function layoutOf(columns: readonly Binned[]): Layout {
  const offsets = new Int32Array(columns.length)
  let total = 0
  columns.forEach(({ count }, at) => {
    offsets[at] = total
    total += count + 1
  })
  return { columns, offsets, total }
}

interface Histogram {
  readonly gradients: Float64Array
  readonly hessians: Float64Array
  readonly counts: Float64Array
}

interface Split {
  readonly gain: number
  readonly column: number
  /** Of each bin, whether its rows go left. */
  readonly left: Uint8Array
}

interface Leaf {
  readonly node: number
  readonly start: number
  readonly end: number
  readonly gradient: number
  readonly hessian: number
  histogram: Histogram | null
  split: Split | null
}

const leastHessian = 1e-3
/** Of the Hessian that a category needs to count, and that smooths by what categories are ordered; both LightGBM's. */
const categorySupport = 10

/** Cut by column and bins; `value` is of leaves. */
interface Node {
  column: number
  left: Uint8Array | null
  less: number
  more: number
  value: number
}

/** A grown tree, on the bins that it was grown from. */
export class Tree {
  readonly #nodes: readonly Node[]
  readonly #columns: readonly Binned[]
  constructor(nodes: readonly Node[], columns: readonly Binned[]) {
    this.#nodes = nodes
    this.#columns = columns
  }
  /** Adds what it says of each of these rows. */
  addTo(values: Float64Array, rows: Int32Array): void {
    for (const row of rows) {
      let node = this.#nodes[0]!
      while (node.left !== null)
        node = this.#nodes[node.left[this.#columns[node.column]!.bins[row]!] === 1 ? node.less : node.more]!
      values[row]! += node.value
    }
  }
}

/** Memory of one tree after the other. */
export class TreeGrower {
  readonly #layout: Layout
  readonly #options: TreeOptions
  readonly #order: Int32Array
  readonly #spare: Int32Array
  readonly #gathered: Float64Array
  readonly #gatheredHessians: Float64Array
  readonly #gaps: readonly boolean[]
  readonly #free: Histogram[] = []

  /** `rows`: that trees are grown from. */
  constructor(layout: Layout, rows: Int32Array, options: TreeOptions) {
    this.#layout = layout
    this.#options = options
    this.#order = Int32Array.from(rows)
    this.#spare = new Int32Array(rows.length)
    this.#gaps = layout.columns.map(({ bins, count }) => rows.some((row) => bins[row] === count))
    this.#gathered = new Float64Array(rows.length)
    this.#gatheredHessians = new Float64Array(rows.length)
  }

  /** By gradients and Hessians of each row of the data; adds what the tree says of its own rows to `values`. */
  grow(gradients: Float64Array, hessians: Float64Array, values: Float64Array): Tree {
    const order = this.#order
    const nodes: Node[] = []
    const add = (value: number): number =>
      nodes.push({ column: -1, left: null, less: -1, more: -1, value }) - 1
    let [gradient, hessian] = [0, 0]
    for (const row of order) {
      gradient += gradients[row]!
      hessian += hessians[row]!
    }
    const valueOf = (g: number, h: number): number => (-this.#options.rate * g) / (h + 1e-15)
    const root: Leaf = {
      node: add(valueOf(gradient, hessian)),
      start: 0,
      end: order.length,
      gradient,
      hessian,
      histogram: null,
      split: null,
    }
    root.histogram = this.#count(root, gradients, hessians)
    root.split = this.#bestSplit(root)
    const leaves: Leaf[] = [root]
    while (leaves.length < this.#options.leaves) {
      let at = -1
      for (let i = 0; i < leaves.length; i++) {
        const gain = leaves[i]!.split?.gain ?? 0
        if (gain > 0 && (at < 0 || gain > leaves[at]!.split!.gain)) at = i
      }
      if (at < 0) break
      const leaf = leaves[at]!
      const { column, left } = leaf.split!
      const middle = this.#partition(leaf, this.#layout.columns[column]!.bins, left)
      const part = (start: number, end: number): Leaf => {
        let [g, h] = [0, 0]
        for (let i = start; i < end; i++) {
          g += gradients[order[i]!]!
          h += hessians[order[i]!]!
        }
        return { node: add(valueOf(g, h)), start, end, gradient: g, hessian: h, histogram: null, split: null }
      }
      const [less, more] = [part(leaf.start, middle), part(middle, leaf.end)]
      Object.assign(nodes[leaf.node]!, { column, left, less: less.node, more: more.node })
      const [small, large] = less.end - less.start <= more.end - more.start ? [less, more] : [more, less]
      // What cannot be cut again need not be counted.
      const { rowsInLeaf } = this.#options
      const last = leaves.length + 1 >= this.#options.leaves
      if (!last && large.end - large.start >= 2 * rowsInLeaf) {
        small.histogram = this.#count(small, gradients, hessians)
        large.histogram = subtract(leaf.histogram!, small.histogram)
        large.split = this.#bestSplit(large)
        if (small.end - small.start >= 2 * rowsInLeaf) small.split = this.#bestSplit(small)
        if (large.split === null) this.#release(large)
        if (small.split === null) this.#release(small)
      } else this.#release(leaf)
      leaf.histogram = null
      leaves.splice(at, 1, less, more)
    }
    for (const leaf of leaves) {
      this.#release(leaf)
      const { value } = nodes[leaf.node]!
      for (let i = leaf.start; i < leaf.end; i++) values[order[i]!]! += value
    }
    return new Tree(nodes, this.#layout.columns)
  }

  #release(leaf: Leaf): void {
    if (leaf.histogram !== null) this.#free.push(leaf.histogram)
    leaf.histogram = null
  }

  #count({ start, end }: Leaf, gradients: Float64Array, hessians: Float64Array): Histogram {
    const { columns, offsets, total } = this.#layout
    const histogram = this.#free.pop() ?? {
      gradients: new Float64Array(total),
      hessians: new Float64Array(total),
      counts: new Float64Array(total),
    }
    histogram.gradients.fill(0)
    histogram.hessians.fill(0)
    histogram.counts.fill(0)
    const order = this.#order
    const [g, h] = [this.#gathered, this.#gatheredHessians]
    for (let i = start; i < end; i++) {
      g[i] = gradients[order[i]!]!
      h[i] = hessians[order[i]!]!
    }
    for (let c = 0; c < columns.length; c++)
      countColumn(columns[c]!.bins, offsets[c]!, order, start, end, g, h, histogram)
    return histogram
  }

  /** Rows that go left stand before the others, in the order that they had. */
  #partition({ start, end }: Leaf, bins: Uint8Array, left: Uint8Array): number {
    const [order, spare] = [this.#order, this.#spare]
    let [less, more] = [start, 0]
    for (let i = start; i < end; i++) {
      const row = order[i]!
      if (left[bins[row]!] === 1) order[less++] = row
      else spare[more++] = row
    }
    order.set(spare.subarray(0, more), less)
    return less
  }

  #bestSplit(leaf: Leaf): Split | null {
    let best = null as Split | null
    const { columns, offsets } = this.#layout
    for (let c = 0; c < columns.length; c++) {
      const { count, categories } = columns[c]!
      const place = { column: c, offset: offsets[c]!, count }
      const least = best === null ? 0 : best.gain
      const found: Split | null = categories
        ? this.#cutCategories(leaf, place, least)
        : this.#cutNumbers(leaf, place, least)
      if (found !== null) best = found
    }
    return best
  }

  /** 0 where a side would be too small. */
  #gain(leaf: Leaf, g: number, h: number, n: number): number {
    const rows = leaf.end - leaf.start
    if (n < this.#options.rowsInLeaf || rows - n < this.#options.rowsInLeaf) return 0
    const rest = leaf.hessian - h
    if (h < leastHessian || rest < leastHessian) return 0
    const other = leaf.gradient - g
    return (g * g) / h + (other * other) / rest - (leaf.gradient * leaf.gradient) / leaf.hessian
  }

  /** Between any two bins, what is missing on whichever side is better. */
  #cutNumbers(leaf: Leaf, { column, offset, count }: Place, least: number): Split | null {
    const { gradients, hessians, counts } = leaf.histogram!
    const missing = offset + count
    const [mg, mh, mn] = [gradients[missing]!, hessians[missing]!, counts[missing]!]
    let [g, h, n] = [0, 0, 0]
    let [gain, at, missingLeft] = [least, -1, false]
    for (let bin = 0; bin < count; bin++) {
      g += gradients[offset + bin]!
      h += hessians[offset + bin]!
      n += counts[offset + bin]!
      const right = this.#gain(leaf, g, h, n)
      if (right > gain) [gain, at, missingLeft] = [right, bin, false]
      if (mn === 0) continue
      const left = this.#gain(leaf, g + mg, h + mh, n + mn)
      if (left > gain) [gain, at, missingLeft] = [left, bin, true]
    }
    if (at < 0) return null
    const left = new Uint8Array(count + 1)
    left.fill(1, 0, at + 1)
    // Where no training row lacks a value, rows that do go with most of the others.
    left[count] = Number(
      this.#gaps[column] ? missingLeft : 2 * sumTo(counts, offset, at) > leaf.end - leaf.start,
    )
    return { gain, column, left }
  }

  /** Categories in the order of what they ask for: the best two groups are then a beginning and the rest (Fisher 1958). */
  #cutCategories(leaf: Leaf, { column, offset, count }: Place, least: number): Split | null {
    const { gradients, hessians, counts } = leaf.histogram!
    const scale = (leaf.end - leaf.start) / leaf.hessian
    const bins: number[] = []
    // What is missing is one of the categories.
    for (let bin = 0; bin <= count; bin++)
      if (hessians[offset + bin]! * scale >= categorySupport) bins.push(bin)
    if (bins.length < 2) return null
    const asked = (bin: number): number =>
      gradients[offset + bin]! / (hessians[offset + bin]! + categorySupport)
    bins.sort((a, b) => asked(a) - asked(b) || a - b)
    let [gain, at, forward] = [least, -1, true]
    const half = Math.floor((bins.length + 1) / 2)
    for (const ahead of [true, false]) {
      let [g, h, n] = [0, 0, 0]
      for (let i = 0; i < half; i++) {
        const bin = offset + bins[ahead ? i : bins.length - 1 - i]!
        g += gradients[bin]!
        h += hessians[bin]!
        n += counts[bin]!
        const here = this.#gain(leaf, g, h, n)
        if (here > gain) [gain, at, forward] = [here, i, ahead]
      }
    }
    if (at < 0) return null
    const left = new Uint8Array(count + 1)
    for (let i = 0; i <= at; i++) left[bins[forward ? i : bins.length - 1 - i]!] = 1
    return { gain, column, left }
  }
}

interface Place {
  readonly column: number
  readonly offset: number
  readonly count: number
}

/** A function of its own: it is where the time goes, and compiled for these types alone. */
function countColumn(
  bins: Uint8Array,
  offset: number,
  order: Int32Array,
  start: number,
  end: number,
  g: Float64Array,
  h: Float64Array,
  { gradients, hessians, counts }: Histogram,
): void {
  for (let i = start; i < end; i++) {
    const bin = offset + bins[order[i]!]!
    gradients[bin]! += g[i]!
    hessians[bin]! += h[i]!
    counts[bin]!++
  }
}

/** The other child's; in place, for the parent's is not needed any more. */
function subtract(from: Histogram, { gradients, hessians, counts }: Histogram): Histogram {
  for (let i = 0; i < counts.length; i++) {
    from.gradients[i]! -= gradients[i]!
    from.hessians[i]! -= hessians[i]!
    from.counts[i]! -= counts[i]!
  }
  return from
}

const sumTo = (counts: Float64Array, offset: number, last: number): number => {
  let sum = 0
  for (let bin = 0; bin <= last; bin++) sum += counts[offset + bin]!
  return sum
}
