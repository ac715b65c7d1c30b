import { describePrim } from '../../compiler/describe.ts'
import type { Program } from '../../compiler/primitive.ts'
import { castArray, toLanes, type DType, type TypedArray } from '../../tensor/dtype.ts'
import { MemoryCount } from '../memory-count.ts'
import type { BoundProgram, Device, DeviceBuffer, Executable, KernelTime } from '../device.ts'
import { evaluate, type Values } from './evaluate.ts'

class ReferenceBuffer implements DeviceBuffer {
  readonly elements: number
  readonly values: Values
  readonly #memory: MemoryCount
  #freed = false
  constructor(elements: number, memory: MemoryCount) {
    this.elements = elements
    this.values = new Float64Array(elements)
    this.#memory = memory
    memory.add(this.values.byteLength)
  }
  free(): void {
    if (this.#freed) return
    this.#freed = true
    this.#memory.remove(this.values.byteLength)
  }
}

/** A device hands out only its own buffers, so it gets only those back. */
const valuesOf = (buffer: DeviceBuffer): Values => (buffer as ReferenceBuffer).values

export interface ReferenceDevice extends Device {
  /** Unrounded values, for gradient checks: float64 in, float64 out. */
  writeExact(buffer: DeviceBuffer, data: Float64Array): void
  readExact(buffer: DeviceBuffer): Float64Array
}

export function createReferenceDevice(): ReferenceDevice {
  const memory = new MemoryCount()
  return {
    memory,
    backend: 'reference',
    name: 'Reference interpreter (float64)',
    gone: false,
    allocate: (elements) => new ReferenceBuffer(elements, memory),
    write: (buffer, data) => valuesOf(buffer).set(data),
    writeExact: (buffer, data) => valuesOf(buffer).set(data),
    copy: (from, to) => valuesOf(to).set(valuesOf(from)),
    read: (buffer: DeviceBuffer, dtype: DType): Promise<TypedArray> =>
      Promise.resolve(toLanes(castArray(dtype, valuesOf(buffer)))),
    readSync: (buffer: DeviceBuffer, dtype: DType): TypedArray => toLanes(castArray(dtype, valuesOf(buffer))),
    readExact: (buffer) => valuesOf(buffer).slice(),
    compile,
    synchronize: () => Promise.resolve(),
    close: () => {},
  }
}

function compile(program: Program): Executable {
  const inputs = program.inputs.length
  return {
    aliases: program.outputs.map(() => null),
    bind(buffers): BoundProgram {
      const memory = buffers.map((b) => valuesOf(b!))
      const run = (around?: Parameters<typeof evaluate>[2]): void => {
        const results = evaluate(program.outputs, memory.slice(0, inputs), around)
        results.forEach((values, i) => memory[inputs + i]!.set(values))
        // From the outputs' own memory: a result may be the memory of an input that is being replaced.
        program.updates.forEach((slot, i) => {
          if (slot !== null) memory[slot]!.set(memory[inputs + i]!)
        })
      }
      return {
        run: () => run(),
        profile() {
          const kernels: KernelTime[] = []
          run((prim, compute) => {
            const start = performance.now()
            const values = compute()
            if (prim.origin !== null && prim.spec.kind !== 'buffer' && prim.spec.kind !== 'const')
              kernels.push({ kernel: describePrim(prim), milliseconds: performance.now() - start })
            return values
          })
          return Promise.resolve({ kernels, clock: 'host' })
        },
        release() {},
      }
    },
  }
}
