/**
 * The gradient of 3 × 3 filters by Winograd's minimal filtering → WebAssembly. Block by block of tiles, images and
 * gradients are transformed and sixteen small products summed over the tiles; at the end the sums are transformed back.
 */
import { FunctionBuilder, op, simd } from './assembler.ts'
import {
  batchSize,
  eachProduct,
  multiplyAdd,
  batchNumbers,
  readBatch,
  type Batch,
  type ContractionOptions,
  type Product,
} from './contraction.ts'
import { given, limitTo, push, receive, step, type Size } from './given-numbers.ts'
import type { KernelForm } from './kernel-form.ts'
import { lanes } from './lanes.ts'
import {
  apart,
  eachStrip,
  evenTiles,
  setAddress,
  tilesOf,
  upTo,
  withColumns,
  type Term,
  type StripPlace,
} from './winograd-blocks.ts'
import { repeatedPacking, tileRowsOf, vectorsOf, type FilterGradient } from './winograd.ts'
import {
  columnsOf,
  columnsPerVector,
  tileElements,
  transformGradient,
  transformImage,
  untransformFilters,
  Vectors,
  type Place,
} from './winograd-transforms.ts'

/** Sums are kept in groups of 2 × 2: two outputs, two inputs. Threads share such pairs of inputs. */
const group = 2
/**
 * A tile of sums is of so many outputs; each of its twelve sums is a vector of partial sums. With an operand pair and one
 * more they fit the sixteen vector registers of x86-64.
 */
const tileOutputs = 6
/** Bytes of transformed tiles per block: with the sums they stay in the second cache. */
const blockBytes = 2 ** 20
const mostBlockVectors = 64
/** With fewer, loading and storing the sums would take longer than adding to them. */
const fewestBlockVectors = 16
/** With wide vectors, two of four tiles stand side by side and are summed side by side. */
const widthOf = ({ wide }: ContractionOptions): number => (wide ? 2 : 1)

/** The function takes the addresses of y, x, filters, the scratch memory and the numbers, then the range of pieces to compute. */
export function filterGradientForm(gradient: FilterGradient, options: ContractionOptions): KernelForm {
  const { batch, abreast, inputs, outputs, height, width, x, y } = gradient
  const pieces = groups(inputs)
  const extent = batchSize(batch) * pieces
  const views = { batch, m: outputs, n: inputs * 9, a: y, b: x }
  const strides = [x.image, x.channel, y.image, y.channel].map((stride) => stride * 4)
  return {
    key: `filter gradient ${[batch.length, abreast, inputs, outputs, height, width, x.row, y.row].join()}`,
    numbers: [vectorsOf(gradient), ...strides, ...batchNumbers(views, pieces)].map(given),
    range: { extent, grain: 1, most: null },
    scratch: layoutOf(gradient, options).scratch,
    tables: null,
    repeated: repeatedPacking(gradient),
    emit: () => new FilterGradientEmitter(gradient, options).emit(),
  }
}

const groups = (channels: number): number => Math.ceil(channels / group)

interface Layout {
  readonly blockVectors: number
  /** Vectors side by side, and bytes of them. */
  readonly width: number
  readonly channelBytes: number
  /** Bytes from one element of the transformed tiles to the next. */
  readonly pitch: { readonly images: number; readonly gradients: number; readonly sums: number }
  /** Bytes from vectors of tiles to the next, channels being side by side. */
  readonly stepBytes: { readonly images: number; readonly gradients: number }
  /** Bytes into the scratch memory. */
  readonly at: {
    readonly gradients: number
    readonly sums: number
    readonly zeros: number
    readonly tile: number
  }
  /** Floats of scratch memory. */
  readonly scratch: number
}

function layoutOf({ inputs, outputs }: FilterGradient, options: ContractionOptions): Layout {
  const rows = group * (groups(inputs) + groups(outputs))
  const fitting = Math.floor(blockBytes / (rows * tileElements * 16))
  const blockVectors = Math.max(fewestBlockVectors, Math.min(mostBlockVectors, fitting - (fitting % 2)))
  const width = widthOf(options)
  const stepOf = (channels: number): number => group * groups(channels) * width * lanes + apart
  const steps = blockVectors / width
  const images = steps * stepOf(inputs) + apart
  const gradients = steps * stepOf(outputs) + apart
  const sums = groups(inputs) * groups(outputs) * group * group + apart
  const afterImages = tileElements * images
  const afterGradients = afterImages + tileElements * gradients
  const afterSums = afterGradients + tileElements * sums
  const afterZeros = afterSums + 2 * columnsPerVector
  return {
    blockVectors,
    width,
    channelBytes: width * lanes * 4,
    pitch: { images: images * 4, gradients: gradients * 4, sums: sums * 4 },
    stepBytes: { images: stepOf(inputs) * 4, gradients: stepOf(outputs) * 4 },
    at: {
      gradients: afterImages * 4,
      sums: afterGradients * 4,
      zeros: afterSums * 4,
      tile: afterZeros * 4,
    },
    scratch: afterZeros + tileOutputs * group * width * lanes,
  }
}

class FilterGradientEmitter {
  readonly #f = new FunctionBuilder(7)
  readonly #v = new Vectors(this.#f)
  readonly #gradient: FilterGradient
  readonly #options: ContractionOptions
  readonly #range = { from: 5, to: 6 }
  readonly #blockVectors: number
  readonly #width: number
  readonly #channelBytes: number
  readonly #pitch: Layout['pitch']
  readonly #stepBytes: Layout['stepBytes']
  readonly #at: Layout['at']
  /** Vectors of tiles of one product. */
  readonly #vectors: Size
  /** Bytes from one image and channel to the next. */
  readonly #x: { readonly image: Size; readonly channel: Size }
  readonly #y: { readonly image: Size; readonly channel: Size }
  readonly #batch: Batch
  /** The input channels wanted, from and to. */
  readonly #from: number
  readonly #to: number
  /** The current block's first vector, and how many it has. */
  readonly #block: { readonly first: number; readonly count: number }

  constructor(gradient: FilterGradient, options: ContractionOptions) {
    this.#gradient = gradient
    this.#options = options
    const layout = layoutOf(gradient, options)
    this.#blockVectors = layout.blockVectors
    this.#width = layout.width
    this.#channelBytes = layout.channelBytes
    this.#pitch = layout.pitch
    this.#stepBytes = layout.stepBytes
    this.#at = layout.at
    const locals = receive(this.#f, 4, filterGradientForm(gradient, options).numbers)
    const size = (i: number): Size => ({ local: locals[i]! })
    this.#vectors = size(0)
    this.#x = { image: size(1), channel: size(2) }
    this.#y = { image: size(3), channel: size(4) }
    this.#batch = readBatch(locals.slice(5), gradient.batch.length)
    const local = (): number => this.#f.local('i32')
    ;[this.#from, this.#to] = [local(), local()]
    this.#block = { first: local(), count: local() }
  }

  emit(): FunctionBuilder {
    eachProduct(this.#f, { a: {}, b: {} }, this.#batch, this.#range, (at) => this.#product(at))
    return this.#f
  }

  #product(at: Product): void {
    const { inputs } = this.#gradient
    const f = this.#f
    const channel = (piece: number, local: number): void => {
      f.get(piece).i32(group).emit(op.i32Mul).set(local)
      limitTo(f, local, inputs)
    }
    channel(at.from, this.#from)
    channel(at.to, this.#to)
    f.get(3).i32(this.#at.sums).emit(op.i32Add).i32(0).i32(this.#at.tile - this.#at.sums).memoryFill() // prettier-ignore
    f.i32(0).set(this.#block.first)
    f.emit(op.block, 0x40, op.loop, 0x40)
    push(f, this.#vectors).get(this.#block.first).emit(op.i32Sub).tee(this.#block.count)
    f.i32(1).emit(op.i32LtS, op.brIf, 1)
    limitTo(f, this.#block.count, this.#blockVectors)
    this.#transformTiles(at)
    if (this.#width > 1) this.#fillUp()
    this.#multiply()
    step(f, this.#block.first, this.#blockVectors).emit(op.br, 0, op.end, op.end)
    this.#untransform(at)
  }

  #transformTiles(at: Product): void {
    const f = this.#f
    const local = (): number => f.local('i32')
    const [pair, half] = [local(), local()]
    eachStrip(f, this.#gradient, this.#block, (strip) => {
      f.get(strip.index).i32(this.#width).emit(op.i32DivU).set(pair)
      f.get(strip.index).i32(this.#width).emit(op.i32RemU).set(half)
      withColumns(f, this.#gradient, strip, (columns) => {
        this.#transformImages(at, strip, [[pair, this.#stepBytes.images], [half, 16]], columns) // prettier-ignore
        this.#transformGradients(at, strip, [[pair, this.#stepBytes.gradients], [half, 16]], columns) // prettier-ignore
      })
    })
  }

  #isLastRow({ row }: StripPlace): FunctionBuilder {
    return this.#f.get(row).i32(tileRowsOf(this.#gradient) - 1).emit(op.i32Eq) // prettier-ignore
  }

  #transformImages(at: Product, strip: StripPlace, target: readonly Term[], columns: number): void {
    const { x, height, abreast } = this.#gradient
    const f = this.#f
    const local = (): number => f.local('i32')
    const [from, to, end, fourth] = [local(), local(), local(), local()]
    const rows: Place[] = upTo(4).map((r) => ({ address: from, offset: r * x.row * 4 }))
    setAddress(f, from, at.b, [
      ...tilesOf(this.#gradient, strip, { image: this.#x.image, row: x.row }),
      [this.#from, this.#x.channel],
    ])
    setAddress(f, to, 3, [...target, [this.#from, this.#channelBytes]])
    setAddress(f, end, 3, [...target, [this.#to, this.#channelBytes]])
    if (height % 2 > 0) {
      // Where there is no fourth row, the third once more: what it is multiplied with is zero.
      f.get(from).i32(2 * x.row * 4).i32(3 * x.row * 4) // prettier-ignore
      this.#isLastRow(strip).emit(op.select, op.i32Add).set(fourth)
      rows[3] = { address: fourth, offset: 0 }
    }
    f.emit(op.loop, 0x40)
    const transformed = upTo(abreast).map((i) =>
      transformImage(this.#v, rows, columnsOf(abreast, i), this.#isWhole(columns) ? Infinity : columns + 2),
    )
    this.#v.storeTiles({ address: to, offset: 0 }, this.#pitch.images, transformed)
    step(f, from, this.#x.channel)
    if (height % 2 > 0) step(f, fourth, this.#x.channel)
    step(f, to, this.#channelBytes).get(to).get(end).emit(op.i32LtU, op.brIf, 0, op.end)
  }

  #isWhole(columns: number): boolean {
    return columns === this.#gradient.abreast * columnsPerVector
  }

  #transformGradients(at: Product, strip: StripPlace, target: readonly Term[], columns: number): void {
    const { y, height, abreast, outputs } = this.#gradient
    const f = this.#f
    const local = (): number => f.local('i32')
    const [from, to, lower, lowerStep] = [local(), local(), local(), local()]
    const rows: Place[] = upTo(2).map((r) => ({ address: from, offset: r * y.row * 4 }))
    setAddress(f, from, at.a, tilesOf(this.#gradient, strip, { image: this.#y.image, row: y.row }))
    setAddress(f, to, 3, target, this.#at.gradients)
    if (height % 2 > 0) {
      f.get(3).i32(this.#at.zeros).emit(op.i32Add).get(from).i32(y.row * 4).emit(op.i32Add) // prettier-ignore
      this.#isLastRow(strip).emit(op.select).set(lower)
      push(f.i32(0), this.#y.channel)
      this.#isLastRow(strip).emit(op.select).set(lowerStep)
      rows[1] = { address: lower, offset: 0 }
    }
    f.loop(local(), 0, outputs, 1, () => {
      const transformed = upTo(abreast).map((i) =>
        transformGradient(this.#v, rows, columnsOf(abreast, i), columns),
      )
      this.#v.storeTiles({ address: to, offset: 0 }, this.#pitch.gradients, transformed)
      step(f, from, this.#y.channel)
      if (height % 2 > 0) f.get(lower).get(lowerStep).emit(op.i32Add).set(lower)
      step(f, to, this.#channelBytes)
    })
  }

  /** Zeros for the tiles that the last ones of all would have beside them. */
  #fillUp(): void {
    const { inputs, outputs } = this.#gradient
    const f = this.#f
    const [to, zero] = [f.local('i32'), f.local('v128')]
    const fill = (channels: number, start: number, stepBytes: number, pitch: number): void => {
      f.get(this.#block.count).i32(1).emit(op.i32ShrU).set(to)
      setAddress(f, to, 3, [[to, stepBytes]], start + 16)
      f.loop(f.local('i32'), 0, channels, 1, () => {
        for (let element = 0; element < tileElements; element++)
          this.#v.store({ address: to, offset: element * pitch }, zero)
        step(f, to, this.#channelBytes)
      })
    }
    f.get(this.#block.count).i32(1).emit(op.i32And, op.if, 0x40)
    f.f32x4(0).set(zero)
    fill(inputs, 0, this.#stepBytes.images, this.#pitch.images)
    fill(outputs, this.#at.gradients, this.#stepBytes.gradients, this.#pitch.gradients)
    step(f, this.#block.count, 1)
    f.emit(op.end)
  }

  /** sums[element, output, input] += Σ gradients[element, output, tile] · images[element, input, tile] */
  #multiply(): void {
    const { outputs, inputs } = this.#gradient
    const f = this.#f
    const local = (): number => f.local('i32')
    const [images, gradients, sums] = [local(), local(), local()]
    const [left, right, to, sumRow, channel] = [local(), local(), local(), local(), local()]
    const start = (address: number, bytes: number): unknown =>
      f.get(3).i32(bytes).emit(op.i32Add).set(address)
    const across = groups(inputs) * 16
    start(images, 0)
    start(gradients, this.#at.gradients)
    start(sums, this.#at.sums)
    f.loop(local(), 0, tileElements, 1, () => {
      f.get(gradients).set(left)
      f.get(sums).get(this.#from).i32(16 / group).emit(op.i32Mul, op.i32Add).set(sumRow) // prettier-ignore
      for (const { rows: pairs, times } of evenTiles(groups(outputs), tileOutputs / group)) {
        f.loop(local(), 0, times, 1, () => {
          f.get(images).get(this.#from).i32(this.#channelBytes).emit(op.i32Mul, op.i32Add).set(right) // prettier-ignore
          f.get(sumRow).set(to)
          f.get(this.#from).set(channel)
          f.emit(op.loop, 0x40)
          this.#tile(left, right, to, pairs, across)
          step(f, right, group * this.#channelBytes)
          step(f, to, 16)
          f.get(channel).i32(group).emit(op.i32Add).tee(channel).get(this.#to).emit(op.i32LtS, op.brIf, 0, op.end) // prettier-ignore
          step(f, left, pairs * group * this.#channelBytes)
          step(f, sumRow, pairs * across)
        })
      }
      step(f, images, this.#pitch.images)
      step(f, gradients, this.#pitch.gradients)
      step(f, sums, this.#pitch.sums)
    })
  }

  /** Two inputs by `pairs` × two outputs, over the block's tiles. */
  #tile(left: number, right: number, to: number, pairs: number, across: number): void {
    const f = this.#f
    const width = this.#width
    const vectors = (): number[] => Array.from({ length: width }, () => f.local('v128'))
    const sums = Array.from({ length: pairs * group }, () => [vectors(), vectors()] as const)
    const [image, gradient] = [[vectors(), vectors()], vectors()]
    const [a, b, i] = [f.local('i32'), f.local('i32'), f.local('i32')]
    for (const sum of sums.flat(2)) f.f32x4(0).set(sum)
    f.get(left).set(a)
    f.get(right).set(b)
    const load = (to: readonly number[], address: number, offset: number): void =>
      to.forEach((register, half) => f.get(address).simdMemory(simd.load, offset + half * 16).set(register)) // prettier-ignore
    const steps = (count: number): void => {
      for (let u = 0; u < count; u++) {
        image.forEach((registers, r) => load(registers, b, r * this.#channelBytes + u * this.#stepBytes.images)) // prettier-ignore
        sums.forEach((row, r) => {
          load(gradient, a, r * this.#channelBytes + u * this.#stepBytes.gradients)
          row.forEach((sum, j) =>
            sum.forEach((part, half) =>
              multiplyAdd(f, this.#options, gradient[half]!, image[j]![half]!, part),
            ),
          )
        })
      }
      step(f, a, count * this.#stepBytes.gradients)
      step(f, b, count * this.#stepBytes.images)
    }
    f.i32(0).set(i)
    f.range(i, this.#block.count, 4 * width, () => steps(4))
    f.range(i, this.#block.count, width, () => steps(1))
    const all = this.#together(sums.flat())
    for (let pair = 0; pair < pairs; pair++) {
      const place = { address: to, offset: pair * across }
      const four = all.slice(pair * 4, pair * 4 + 4) as [number, number, number, number]
      this.#v.store(place, this.#v.add(this.#v.load(place), this.#v.sums(four)))
    }
  }

  /**
   * Adds up what was summed side by side. The engine finds pairs of vectors from where they are stored side by side, so
   * they take the way through memory.
   */
  #together(sums: readonly (readonly number[])[]): number[] {
    if (this.#width === 1) return sums.map(([only]) => only!)
    const place = (sum: number, half: number): Place => ({
      address: 3,
      offset: this.#at.tile + sum * this.#channelBytes + half * 16,
    })
    sums.forEach((sum, i) => sum.forEach((part, half) => this.#v.store(place(i, half), part)))
    return sums.map((_, i) => this.#v.add(this.#v.load(place(i, 0)), this.#v.load(place(i, 1))))
  }

  #untransform(at: Product): void {
    const { inputs, outputs } = this.#gradient
    const f = this.#f
    const local = (): number => f.local('i32')
    const [from, to, output, input, row] = [local(), local(), local(), local(), local()]
    f.get(at.out).get(this.#from).i32(9 * 4).emit(op.i32Mul, op.i32Add).set(row) // prettier-ignore
    f.loop(output, 0, outputs, group, () => {
      f.get(3)
      f.get(output).i32(groups(inputs) * (16 / group)).emit(op.i32Mul, op.i32Add) // prettier-ignore
      f.get(this.#from).i32(16 / group).emit(op.i32Mul, op.i32Add).set(from) // prettier-ignore
      f.get(row).set(to)
      f.get(this.#from).set(input)
      f.emit(op.loop, 0x40)
      const sums = Array.from({ length: tileElements }, (_, element) =>
        this.#v.load({ address: from, offset: this.#at.sums + element * this.#pitch.sums }),
      )
      const filters = untransformFilters(this.#v, sums)
      for (let lane = 0; lane < lanes; lane++) {
        const [o, i] = [Math.floor(lane / group), lane % group]
        const store = (): void =>
          filters.forEach((vector, j) => this.#v.storeLane(to, ((o * inputs + i) * 9 + j) * 4, vector, lane))
        this.#onlyInside(o === 1 && outputs % group > 0 ? [output, outputs - 1] : null, () =>
          this.#onlyInside(i === 1 && inputs % group > 0 ? [input, inputs - 1] : null, store),
        )
      }
      step(f, from, 16)
      step(f, to, group * 9 * 4)
      f.get(input).i32(group).emit(op.i32Add).tee(input).get(this.#to).emit(op.i32LtS, op.brIf, 0, op.end) // prettier-ignore
      step(f, row, group * inputs * 9 * 4)
    })
  }

  #onlyInside(test: readonly [local: number, last: number] | null, body: () => void): void {
    if (!test) return body()
    this.#f.get(test[0]).i32(test[1]).emit(op.i32Ne, op.if, 0x40)
    body()
    this.#f.emit(op.end)
  }
}
