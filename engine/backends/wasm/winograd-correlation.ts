/**
 * Correlation with 3 × 3 filters by Winograd's minimal filtering → WebAssembly. Filters are transformed once a call;
 * then, block by block of tiles so that everything stays in the second cache, images are transformed, sixteen small
 * products summed over the channels, and the sums transformed back.
 */
import { FunctionBuilder, op, simd } from './assembler.ts'
import {
  batchSize,
  eachProduct,
  multiplyAdd,
  tileColumns,
  tileRows,
  batchNumbers,
  readBatch,
  type Batch,
  type ContractionOptions,
  type Product,
} from './contraction.ts'
import { given, limitTo, receive, step, type Size } from './given-numbers.ts'
import type { KernelForm } from './kernel-form.ts'
import { lanes } from './lanes.ts'
import { apart, eachStrip, evenTiles, setAddress, tilesOf, upTo, withColumns } from './winograd-blocks.ts'
import { repeatedPacking, tileRowsOf, vectorsOf, type Correlation } from './winograd.ts'
import {
  columnsOf,
  tileElements,
  transformFilters,
  transformImage,
  untransformImage,
  Vectors,
} from './winograd-transforms.ts'

/** Vectors of tiles that are multiplied in panels; the panels of a block share each sixteenth of the filters. */
const blockVectors = 8
/** Inputs that are summed at a time. */
const blockDepth = 32

/** Elements of one channel of y. */
const columnsOfOne = ({ images, height, width }: Correlation): number => images * height * width

/** The function takes the addresses of filters, x, y, the scratch memory and the numbers, then the range of pieces to compute. */
export function correlationForm(correlation: Correlation, options: ContractionOptions): KernelForm {
  const { batch, abreast, inputs, outputs, height, width, x, filters } = correlation
  const blocks = blocksOf(correlation)
  const extent = batchSize(batch) * blocks
  const views = { batch, m: outputs, n: columnsOfOne(correlation), a: filters, b: x }
  const own = [vectorsOf(correlation), columnsOfOne(correlation) * 4, x.image * 4, x.channel * 4]
  return {
    key: `correlation ${[batch.length, abreast, inputs, outputs, height, width, x.row].join()}`,
    numbers: [...own, ...batchNumbers(views, blocks)].map(given),
    range: { extent, grain: 1, most: null },
    scratch: layoutOf(correlation, options).scratch,
    tables: null,
    repeated: repeatedPacking(correlation),
    emit: () => new CorrelationEmitter(correlation, options).emit(),
  }
}

const blocksOf = (correlation: Correlation): number => Math.ceil(vectorsOf(correlation) / blockVectors)

interface Layout {
  /** Bytes from one element of the transformed tiles to the next: filters', images' and sums'. */
  readonly pitch: { readonly filters: number; readonly images: number; readonly sums: number }
  /** Bytes into the scratch memory. */
  readonly at: { readonly images: number; readonly sums: number }
  /** Floats of scratch memory. */
  readonly scratch: number
}

function layoutOf({ inputs, outputs }: Correlation, options: ContractionOptions): Layout {
  const columns = tileColumns(options)
  const panels = blockVectors / (columns / lanes)
  const filters = Math.ceil((inputs * outputs) / lanes) * lanes + apart
  const images = inputs * columns + apart
  const sums = outputs * columns + apart
  const afterFilters = tileElements * filters
  const afterImages = afterFilters + panels * tileElements * images
  return {
    pitch: { filters: filters * 4, images: images * 4, sums: sums * 4 },
    at: { images: afterFilters * 4, sums: afterImages * 4 },
    scratch: afterImages + panels * tileElements * sums,
  }
}

class CorrelationEmitter {
  readonly #f = new FunctionBuilder(7)
  readonly #v = new Vectors(this.#f)
  readonly #correlation: Correlation
  readonly #options: ContractionOptions
  readonly #range = { from: 5, to: 6 }
  readonly #panelColumns: number
  readonly #panelVectors: number
  readonly #pitch: Layout['pitch']
  readonly #at: Layout['at']
  /** Vectors of tiles of one product. */
  readonly #vectors: Size
  /** Bytes of one channel of y, and from one image and channel of x to the next. */
  readonly #columnBytes: Size
  readonly #imageBytes: Size
  readonly #channelBytes: Size
  readonly #batch: Batch
  /** The current block's first vector, and how many it has. */
  readonly #block: { readonly first: number; readonly count: number }

  constructor(correlation: Correlation, options: ContractionOptions) {
    this.#correlation = correlation
    this.#options = options
    this.#panelColumns = tileColumns(options)
    this.#panelVectors = this.#panelColumns / lanes
    const layout = layoutOf(correlation, options)
    ;[this.#pitch, this.#at] = [layout.pitch, layout.at]
    const locals = receive(this.#f, 4, correlationForm(correlation, options).numbers)
    const size = (i: number): Size => ({ local: locals[i]! })
    ;[this.#vectors, this.#columnBytes, this.#imageBytes, this.#channelBytes] = [size(0), size(1), size(2), size(3)] // prettier-ignore
    this.#batch = readBatch(locals.slice(4), correlation.batch.length)
    this.#block = { first: this.#f.local('i32'), count: this.#f.local('i32') }
  }

  emit(): FunctionBuilder {
    eachProduct(this.#f, { a: {}, b: {} }, this.#batch, this.#range, (at) => this.#product(at))
    return this.#f
  }

  #product(at: Product): void {
    const f = this.#f
    const end = f.local('i32')
    this.#transformFilters(at)
    f.get(at.from).i32(blockVectors).emit(op.i32Mul).set(this.#block.first)
    f.get(at.to).i32(blockVectors).emit(op.i32Mul).set(end)
    limitTo(f, end, this.#vectors)
    f.emit(op.block, 0x40, op.loop, 0x40)
    f.get(this.#block.first).get(end).emit(op.i32GeS, op.brIf, 1)
    f.get(end).get(this.#block.first).emit(op.i32Sub).set(this.#block.count)
    limitTo(f, this.#block.count, blockVectors)
    this.#transformImages(at)
    this.#multiply()
    this.#untransform(at)
    f.get(this.#block.first).i32(blockVectors).emit(op.i32Add).set(this.#block.first)
    f.emit(op.br, 0, op.end, op.end)
  }

  /** Four filters of nine elements at a time; those past the last are garbage nobody reads. */
  #transformFilters(at: Product): void {
    const { inputs, outputs } = this.#correlation
    const f = this.#f
    const [from, to] = [f.local('i32'), f.local('i32')]
    f.get(at.a).set(from)
    f.get(3).set(to)
    f.loop(f.local('i32'), 0, inputs * outputs, lanes, () => {
      transformFilters(this.#v, { address: from, offset: 0 }, 9 * 4).forEach((vector, element) =>
        this.#v.store({ address: to, offset: element * this.#pitch.filters }, vector),
      )
      step(f, from, lanes * 9 * 4)
      step(f, to, lanes * 4)
    })
  }

  /** Where the element-th transformed tiles of a panel start, from where the vector is in it. */
  #setPanel(to: number, index: number, start: number, pitch: number): void {
    const f = this.#f
    f.get(index).i32(this.#panelVectors).emit(op.i32DivU).i32(tileElements * pitch).emit(op.i32Mul) // prettier-ignore
    f.get(index).i32(this.#panelVectors).emit(op.i32RemU).i32(16).emit(op.i32Mul, op.i32Add)
    f.get(3).emit(op.i32Add).i32(start).emit(op.i32Add).set(to)
  }

  #transformImages(at: Product): void {
    const { inputs, x, abreast } = this.#correlation
    const f = this.#f
    const [from, to] = [f.local('i32'), f.local('i32')]
    eachStrip(f, this.#correlation, this.#block, (strip) => {
      setAddress(f, from, at.b, tilesOf(this.#correlation, strip, { image: this.#imageBytes, row: x.row }))
      this.#setPanel(to, strip.index, this.#at.images, this.#pitch.images)
      f.loop(f.local('i32'), 0, inputs, 1, () => {
        const rows = upTo(4).map((r) => ({ address: from, offset: r * x.row * 4 }))
        const vectors = upTo(abreast).map((i) => transformImage(this.#v, rows, columnsOf(abreast, i)))
        this.#v.storeTiles({ address: to, offset: 0 }, this.#pitch.images, vectors)
        step(f, from, this.#channelBytes)
        step(f, to, this.#panelColumns * 4)
      })
    })
  }

  #untransform(at: Product): void {
    const { outputs, width, height, abreast } = this.#correlation
    const f = this.#f
    const [from, to] = [f.local('i32'), f.local('i32')]
    eachStrip(f, this.#correlation, this.#block, (strip) => {
      setAddress(f, to, at.out, tilesOf(this.#correlation, strip, { image: height * width * 4, row: width }))
      this.#setPanel(from, strip.index, this.#at.sums, this.#pitch.sums)
      f.loop(f.local('i32'), 0, outputs, 1, () => {
        const images = upTo(abreast).map((i) => {
          const sum = (element: number): number =>
            this.#v.load({ address: from, offset: element * this.#pitch.sums + i * 16 })
          return untransformImage(this.#v, upTo(tileElements).map(sum))
        })
        const store = (row: number): void =>
          withColumns(f, this.#correlation, strip, (columns) => {
            for (const half of [0, 1] as const)
              images.forEach((image, i) => {
                const first = columnsOf(abreast, i)[half]
                const place = { address: to, offset: (row * width + first) * 4 }
                this.#v.storeFirst(place, image[row]![half], columns - first)
              })
          })
        store(0)
        if (height % 2 === 0) store(1)
        else {
          f.get(strip.row).i32(tileRowsOf(this.#correlation) - 1).emit(op.i32Ne, op.if, 0x40) // prettier-ignore
          store(1)
          f.emit(op.end)
        }
        step(f, to, this.#columnBytes)
        step(f, from, this.#panelColumns * 4)
      })
    })
  }

  /** sums[element, output, tile] = Σ filters[element, output, input] · images[element, input, tile] */
  #multiply(): void {
    const { inputs, outputs } = this.#correlation
    const f = this.#f
    const local = (): number => f.local('i32')
    const [filters, images, sums] = [local(), local(), local()]
    const [left, right, to] = [local(), local(), local()]
    const [panel, panels] = [local(), local()]
    const start = (address: number, bytes: number): unknown =>
      f.get(3).i32(bytes).emit(op.i32Add).set(address)
    start(filters, 0)
    start(images, this.#at.images)
    start(sums, this.#at.sums)
    f.get(this.#block.count).i32(this.#panelVectors - 1).emit(op.i32Add).i32(this.#panelVectors).emit(op.i32DivU).set(panels) // prettier-ignore
    f.loop(local(), 0, tileElements, 1, () => {
      f.get(images).set(right)
      f.i32(0).set(panel)
      f.range(panel, panels, 1, () => {
        f.get(filters).set(left)
        f.get(sums).get(panel).i32(tileElements * this.#pitch.sums).emit(op.i32Mul, op.i32Add).set(to) // prettier-ignore
        for (const { rows, times } of evenTiles(outputs, tileRows)) {
          f.loop(local(), 0, times, 1, () => {
            this.#tile(left, right, to, rows)
            step(f, left, rows * inputs * 4)
            step(f, to, rows * this.#panelColumns * 4)
          })
        }
        step(f, right, tileElements * this.#pitch.images)
      })
      step(f, filters, this.#pitch.filters)
      step(f, images, this.#pitch.images)
      step(f, sums, this.#pitch.sums)
    })
  }

  /** Sums over the inputs in blocks, as the error of a sum grows with its length. */
  #tile(leftBase: number, rightBase: number, to: number, rows: number): void {
    const { inputs } = this.#correlation
    const f = this.#f
    const [from, image] = [f.local('i32'), f.local('i32')]
    const block = (depth: number, isFirst: boolean): void =>
      this.#sumBlock({ from, image, to }, rows, depth, isFirst)
    f.get(leftBase).set(from)
    f.get(rightBase).set(image)
    const whole = Math.floor(inputs / blockDepth)
    if (whole > 0) block(blockDepth, true)
    if (whole > 1) f.loop(f.local('i32'), 1, whole, 1, () => block(blockDepth, false))
    if (inputs % blockDepth > 0) block(inputs % blockDepth, whole === 0)
  }

  /** Leaves `from` and `image` behind the block. */
  #sumBlock(
    { from, image, to }: { readonly from: number; readonly image: number; readonly to: number },
    rows: number,
    depth: number,
    isFirst: boolean,
  ): void {
    const { inputs } = this.#correlation
    const f = this.#f
    const vectors = (): number[] => Array.from({ length: this.#panelVectors }, () => f.local('v128'))
    const sums = Array.from({ length: rows }, vectors)
    const right = vectors()
    const left = f.local('v128')
    for (const sum of sums.flat()) f.f32x4(0).set(sum)
    const steps = (count: number): void => {
      for (let u = 0; u < count; u++) {
        right.forEach(
          (register, i) =>
          f.get(image).simdMemory(simd.load, (u * this.#panelColumns + i * lanes) * 4).set(register), // prettier-ignore
        )
        sums.forEach((row, r) => {
          f.get(from).simdMemory(simd.load32Splat, (r * inputs + u) * 4).set(left) // prettier-ignore
          row.forEach((sum, i) => multiplyAdd(f, this.#options, left, right[i]!, sum))
        })
      }
      step(f, from, count * 4)
      step(f, image, count * this.#panelColumns * 4)
    }
    const unroll = 4
    const whole = Math.floor(depth / unroll)
    if (whole > 0) f.loop(f.local('i32'), 0, whole, 1, () => steps(unroll))
    if (depth % unroll > 0) steps(depth % unroll)
    sums.forEach((row, r) => {
      const places = row.map((_, i) => ({ address: to, offset: (r * this.#panelColumns + i * lanes) * 4 }))
      // All loads before the stores: otherwise the engine sees no pairs of vectors in them.
      const totals = isFirst ? row : row.map((sum, i) => this.#v.add(this.#v.load(places[i]!), sum))
      totals.forEach((total, i) => this.#v.store(places[i]!, total))
    })
  }
}
