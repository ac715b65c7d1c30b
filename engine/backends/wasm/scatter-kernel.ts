/** Scatter → WebAssembly: zeros, then every source row added where its index says, first to last. */
import type { ScatterKernel } from '../../compiler/kernel.ts'
import { FunctionBuilder, op, simd } from './assembler.ts'
import { given, push, receive, step, type Size } from './given-numbers.ts'
import type { KernelForm } from './kernel-form.ts'
import { lanes } from './lanes.ts'

/** Vectors added before the pointers move. */
const unrolled = 4

/** The function takes the addresses of source, index and out, of its numbers, then the range of outer coordinates it is to do. */
export function scatterForm(kernel: ScatterKernel): KernelForm {
  const { dtype, outer, rows, inner, extent, index } = kernel
  const { strides } = index
  return {
    key: `scatter ${dtype} ${inner} ${extent} ${strides.rows} ${strides.inner}`,
    numbers: [rows, rows * inner * 4, strides.outer * 4, (strides.outer - rows * strides.rows) * 4].map(
      given,
    ),
    range: { extent: outer, grain: 1, most: null },
    scratch: null,
    tables: null,
    repeated: 0,
    emit: () => new ScatterEmitter(kernel).emit(),
  }
}

class ScatterEmitter {
  readonly #f = new FunctionBuilder(6)
  readonly #kernel: ScatterKernel
  /** Where the next source element, its index and the current slice of out stand. */
  readonly #source: number
  readonly #index: number
  readonly #out: number
  readonly #at: number
  readonly #target: number

  constructor(kernel: ScatterKernel) {
    this.#kernel = kernel
    const local = (): number => this.#f.local('i32')
    ;[this.#source, this.#index, this.#out] = [local(), local(), local()]
    ;[this.#at, this.#target] = [local(), local()]
  }

  emit(): FunctionBuilder {
    const { inner, extent, index } = this.#kernel
    const f = this.#f
    const [from, to] = [4, 5]
    const [rows, sourceBytes, indexBytes, rest] = receive(f, 3, scatterForm(this.#kernel).numbers).map(
      (local) => ({ local }),
    ) as [Size, Size, Size, Size]
    const start = (address: number, bytes: Size, local: number): void => {
      f.get(address).get(from)
      push(f, bytes).emit(op.i32Mul, op.i32Add).set(local)
    }
    start(0, sourceBytes, this.#source)
    start(1, indexBytes, this.#index)
    start(2, extent * inner * 4, this.#out)
    f.get(this.#out).i32(0)
    f.get(to)
      .get(from)
      .emit(op.i32Sub)
      .i32(extent * inner * 4)
      .emit(op.i32Mul)
      .memoryFill()
    f.range(from, to, 1, () => {
      const row = f.local('i32')
      const end = f.local('i32')
      f.i32(0).set(row)
      push(f, rows).set(end)
      f.range(row, end, 1, () => {
        if (index.strides.inner === 0) {
          this.#whenInside(inner, () => this.#addRow())
          this.#advance(this.#source, inner)
          this.#advance(this.#index, index.strides.rows)
        } else {
          const column = f.local('i32')
          f.loop(column, 0, inner, 1, () => {
            this.#whenInside(inner, () => {
              f.get(this.#target).get(column).i32(2).emit(op.i32Shl, op.i32Add).set(this.#target)
              this.#addOne(0)
            })
            this.#advance(this.#source, 1)
            this.#advance(this.#index, 1)
          })
          this.#advance(this.#index, index.strides.rows - inner)
        }
      })
      step(f, this.#index, rest)
      this.#advance(this.#out, extent * inner)
    })
    return f
  }

  #advance(local: number, elements: number): void {
    if (elements === 0) return
    this.#f
      .get(local)
      .i32(elements * 4)
      .emit(op.i32Add)
      .set(local)
  }

  /** Runs `body` with the row's address as target, unless its index is out of range. */
  #whenInside(inner: number, body: () => void): void {
    const f = this.#f
    f.get(this.#index).memory(op.i32Load).tee(this.#at)
    // A negative index is a huge unsigned number.
    f.i32(this.#kernel.extent).emit(op.i32LtU, op.if, 0x40)
    f.get(this.#out)
      .get(this.#at)
      .i32(inner * 4)
      .emit(op.i32Mul, op.i32Add)
      .set(this.#target)
    body()
    f.emit(op.end)
  }

  #addRow(): void {
    const { inner } = this.#kernel
    const f = this.#f
    const step = lanes * unrolled
    const whole = inner - (inner % step)
    let done = 0
    if (whole > step) {
      const from = f.local('i32')
      f.get(this.#source).set(from)
      f.loop(f.local('i32'), 0, whole, step, () => {
        for (let i = 0; i < unrolled; i++) this.#addFour(from, i * lanes)
        this.#advance(from, step)
        this.#advance(this.#target, step)
      })
      // The tail is addressed from the start of the source row, and from the moved target.
      this.#advance(this.#target, -whole)
      done = whole
    }
    for (; done + lanes <= inner; done += lanes) this.#addFour(this.#source, done)
    for (; done < inner; done++) this.#addOne(done)
  }

  #addFour(source: number, element: number): void {
    const f = this.#f
    const isFloat = this.#kernel.dtype === 'float32'
    f.get(this.#target)
    f.get(this.#target).simdMemory(simd.load, element * 4)
    f.get(source).simdMemory(simd.load, element * 4)
    f.simd(isFloat ? simd.f32x4Add : simd.i32x4Add).simdMemory(simd.store, element * 4)
  }

  #addOne(element: number): void {
    const f = this.#f
    const isFloat = this.#kernel.dtype === 'float32'
    const load = isFloat ? op.f32Load : op.i32Load
    f.get(this.#target)
    f.get(this.#target).memory(load, element * 4)
    f.get(this.#source).memory(load, element * 4)
    f.emit(isFloat ? op.f32Add : op.i32Add).memory(isFloat ? op.f32Store : op.i32Store, element * 4)
  }
}
