import { describe, expect, it } from 'vitest'
import { assemble, atomic, FunctionBuilder, op, simd } from './assembler.ts'

/** Runs a function with the given arguments; gives the memory it leaves. */
function run(build: (f: FunctionBuilder) => unknown, ...args: number[]): ArrayBuffer {
  const f = new FunctionBuilder(args.length)
  build(f)
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble([f])), { env: { memory } })
  ;(exports['run'] as (...args: number[]) => void)(...args)
  return memory.buffer
}

const ints = (build: (f: FunctionBuilder) => unknown, count = 1, ...args: number[]): number[] => [
  ...new Int32Array(run(build, ...args), 0, count),
]

describe('Constants', () => {
  it.each([0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8192, -8193, 2 ** 20, 2 ** 31 - 1, -(2 ** 31)])(
    '%i is what the machine reads',
    (value) => {
      expect(ints((f) => f.i32(0).i32(value).memory(op.i32Store))).toEqual([value])
    },
  )

  it.each([0, -0, 1.5, -3e38, Infinity, 1e-45])('%f is what the machine reads', (value) => {
    const memory = run((f) => f.i32(0).f32(value).memory(op.f32Store))
    expect(new Float32Array(memory)[0]).toBe(Math.fround(value))
  })

  it('come in vectors', () => {
    expect(ints((f) => f.i32(0).i32x4(1, -2, 3, -4).simdMemory(simd.store), 4)).toEqual([1, -2, 3, -4])
    const memory = run((f) => f.i32(0).f32x4(0.1).simdMemory(simd.store))
    expect([...new Float32Array(memory, 0, 4)]).toEqual(new Array(4).fill(Math.fround(0.1)))
  })

  it('reach far as offsets', () => {
    for (const offset of [4, 124, 128, 16_380, 16_384, 65_532]) {
      const memory = run((f) => f.i32(0).i32(7).memory(op.i32Store, offset))
      expect(new Int32Array(memory)[offset / 4]).toBe(7)
    }
  })
})

describe('Functions', () => {
  it('have as many locals as they like, of any type', () => {
    const result = ints((f) => {
      const locals = Array.from({ length: 300 }, (_, i) => f.local(i % 3 === 0 ? 'f32' : 'i32'))
      f.i32(41).set(locals[298]!)
      f.i32(0).get(locals[298]!).get(locals[1]!).emit(op.i32Add).memory(op.i32Store)
    })
    expect(result).toEqual([41])
  })

  it('of different arities call each other; the last one runs', () => {
    const store = new FunctionBuilder(2)
    store.get(0).get(1).memory(op.i32Store)
    const main = new FunctionBuilder(1)
    main.i32(4).get(0).call(0)
    const memory = new WebAssembly.Memory({ initial: 1 })
    const module = new WebAssembly.Module(assemble([store, main]))
    const { exports } = new WebAssembly.Instance(module, { env: { memory } })
    ;(exports['run'] as (value: number) => void)(99)
    expect(new Int32Array(memory.buffer)[1]).toBe(99)
  })

  it('choose between branches', () => {
    const choose = (f: FunctionBuilder) =>
      f
        .i32(0)
        .get(0)
        .ifElse(
          'i32',
          () => f.i32(10),
          () => f.i32(20),
        ) // prettier-ignore
        .memory(op.i32Store)
    expect(ints(choose, 1, 1)).toEqual([10])
    expect(ints(choose, 1, 0)).toEqual([20])
  })
})

describe('Loops', () => {
  const visited = (nest: (f: FunctionBuilder, counter: number, body: () => void) => unknown): number[] => {
    const [count, ...values] = ints((f) => {
      const [counter, to] = [f.local('i32'), f.local('i32')]
      nest(f, counter, () => {
        f.get(to).i32(4).emit(op.i32Add).tee(to).get(counter).memory(op.i32Store)
        f.i32(0).get(to).i32(2).emit(op.i32ShrU).memory(op.i32Store)
      })
    }, 20)
    return values.slice(0, count)
  }

  it('run from start to end', () => {
    expect(visited((f, counter, body) => f.loop(counter, 2, 11, 3, body))).toEqual([2, 5, 8])
  })

  it('run over as many whole steps as fit, perhaps none', () => {
    const range = (start: number, stop: number) =>
      visited((f, counter, body) => {
        const end = f.local('i32')
        f.i32(start).set(counter).i32(stop).set(end).range(counter, end, 4, body)
      })
    expect(range(0, 8)).toEqual([0, 4])
    expect(range(1, 8)).toEqual([1])
    expect(range(1, 4)).toEqual([])
    expect(range(9, 4)).toEqual([])
  })
})

describe('Shared memory', () => {
  const add = new FunctionBuilder(0)
  add.i32(0).i32(5).atomic(atomic.add, 8).emit(op.drop)
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true })

  it('is counted in without losing any', () => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble([add], 4)), {
      env: { memory },
    })
    for (let i = 0; i < 3; i++) (exports['run'] as () => void)()
    expect(new Int32Array(memory.buffer)[2]).toBe(15)
  })

  it('is asked for only by modules that say so', () => {
    const module = new WebAssembly.Module(assemble([add]))
    expect(() => new WebAssembly.Instance(module, { env: { memory } })).toThrow(/shared/)
  })
})
