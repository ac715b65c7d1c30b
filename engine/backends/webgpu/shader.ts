/** What every kernel's WGSL has in common: bindings, the grid, types. */
import { kernelReads, kernelWrites, type Kernel, type SlotInfo } from '../../compiler/kernel.ts'
import type { ComputeType } from '../../tensor/dtype.ts'
import { functionTexts, type WgslName } from './functions.ts'

/** One dispatch. */
export interface Shader {
  /** Equal texts are equal kernels, whatever sizes each of them is given. */
  readonly text: string
  /** A word for each size that it is given, bound after the slots. */
  readonly sizes: Uint32Array<ArrayBuffer>
  /** The slot behind each binding. */
  readonly slots: readonly number[]
  /** Which bindings are written. */
  readonly writes: readonly boolean[]
  readonly groups: readonly [x: number, y: number]
  /** Made for larger sizes, these come to the same bits: good enough where one of them is compiled already. */
  readonly others?: (() => readonly Shader[]) | undefined
}

/** https://www.w3.org/TR/webgpu/#dom-supported-limits-maxcomputeworkgroupsperdimension; every device has at least this. */
const groupsPerDimension = 65_535

const valueTypes: Record<ComputeType, string> = {
  float32: 'f32',
  int32: 'i32',
  uint32: 'u32',
  uint8: 'i32',
  bool: 'bool',
}
export const valueType = (dtype: ComputeType): string => valueTypes[dtype]
/** A byte has a lane of its own. A bool cannot be shared with the host: in memory it is an i32 of 0 or 1. */
const memoryType = (dtype: ComputeType): string => (dtype === 'bool' ? 'i32' : valueTypes[dtype])

/** The slots that a shader reads and writes. One that it does both to need only be named once. */
export interface Touched {
  readonly reads: Iterable<number>
  readonly writes: Iterable<number>
}

export const touchedBy = (kernel: Kernel): Touched => ({
  reads: kernelReads(kernel),
  writes: kernelWrites(kernel),
})

/** A number that a kernel is given when it runs, as it stands in memory. */
export type SizeType = 'u32' | 'i32' | 'f32'

const word = new DataView(new ArrayBuffer(4))
function wordOf(value: number, type: SizeType): number {
  if (type === 'f32') word.setFloat32(0, value)
  else if (type === 'i32') word.setInt32(0, value)
  else word.setUint32(0, value)
  return word.getUint32(0)
}

/** Words come four at a time: https://www.w3.org/TR/WGSL/#address-space-layout-constraints. */
const wordsPerVector = 4
const vectorParts = ['x', 'y', 'z', 'w'] as const

/** Of windows and colors, not of a batch. */
const fewest = 4

/** What a kernel reads and writes, and the sizes that it is given, by their names in its text. */
export class Bindings {
  readonly slots: readonly number[]
  readonly writes: readonly boolean[]
  readonly #declarations: readonly string[]
  readonly #numbers: ReadonlyMap<number, number>
  readonly #sizes: { readonly value: number; readonly type: SizeType }[] = []

  /** vectors: slots that are read and written four float32 at a time. */
  constructor(touched: Touched, slots: readonly SlotInfo[], vectors: ReadonlySet<number> = new Set()) {
    const written = new Set(touched.writes)
    this.slots = [...new Set([...touched.reads, ...written])]
    this.writes = this.slots.map((slot) => written.has(slot))
    this.#numbers = new Map(this.slots.map((slot, i) => [slot, i]))
    this.#declarations = this.slots.map((slot, i) => {
      const access = written.has(slot) ? 'read_write' : 'read'
      const element = vectors.has(slot) ? 'vec4f' : memoryType(slots[slot]!.dtype)
      return `@group(0) @binding(${i}) var<storage, ${access}> b${i}: array<${element}>;`
    })
  }

  /** The variable that is this slot's memory. */
  name(slot: number): string {
    return `b${this.#numbers.get(slot)!}`
  }

  /**
   * A name for this number, which does not stand in the text: kernels that differ in it alone share their code. Each call
   * makes a name of its own, for numbers that happen to be equal need not be equal in another kernel.
   */
  size(value: number, type: SizeType = 'u32'): string {
    return `size${this.#sizes.push({ value, type }) - 1}`
  }

  /** A u32 to divide by, or to count to. By numbers that stand in the text it is divided faster, and loops to them are unrolled. */
  divisor(value: number): string {
    return value <= fewest ? `${value}u` : this.size(value)
  }

  /** Coordinates of `position` (a u32) in these extents, as variables, innermost fastest. */
  coordinates(
    position: string,
    extents: readonly number[],
    names: readonly string[],
    type: 'i32' | 'u32' = 'i32',
  ): string[] {
    const lines: string[] = []
    let rest = position
    // The outermost is not divided by.
    for (let i = extents.length - 1; i > 0; i--) {
      const extent = this.divisor(extents[i]!)
      const next = `${names[i]!}_rest`
      lines.push(`let ${next} = ${rest} / ${extent};`)
      // Nothing is divided twice: a remainder takes another division.
      lines.push(`let ${names[i]!} = ${type}(${rest} - ${next} * ${extent});`)
      rest = next
    }
    if (extents.length > 0) lines.push(`let ${names[0]!} = ${type}(${rest});`)
    return lines
  }

  #sizeLines(): { readonly declarations: readonly string[]; readonly lines: readonly string[] } {
    const vectors = Math.ceil(this.#sizes.length / wordsPerVector)
    return {
      declarations: [
        `@group(0) @binding(${this.slots.length}) var<uniform> sizes: array<vec4u, ${vectors}>;`,
      ],
      lines: this.#sizes.map(({ type }, i) => {
        const bits = `sizes[${Math.floor(i / wordsPerVector)}].${vectorParts[i % wordsPerVector]!}`
        return `let size${i} = ${type === 'u32' ? bits : `bitcast<${type}>(${bits})`};`
      }),
    }
  }

  shader(body: Body): Shader {
    const [x, y] = grid(body.groups)
    const width = this.size(x)
    const { declarations, lines } = this.#sizeLines()
    const text = [
      ...(body.directives ?? []),
      ...this.#declarations,
      ...declarations,
      ...functionTexts(body.uses),
      ...body.declarations,
      `@compute @workgroup_size(${body.threads})`,
      'fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {',
      ...lines.map((line) => `  ${line}`),
      `  let block = group.y * ${width} + group.x;`,
      ...body.lines.map((line) => `  ${line}`),
      '}\n',
    ].join('\n')
    const sizes = Uint32Array.from(this.#sizes, ({ value, type }) => wordOf(value, type))
    return { text, sizes, slots: this.slots, writes: this.writes, groups: [x, y], others: body.others }
  }
}

/** The inside of a kernel: it finds its workgroup's number in `block` and its thread's in `lane`. */
export interface Body {
  /** Threads in a workgroup, and workgroups. */
  readonly threads: number
  readonly groups: number
  /** Before everything else: which extensions of WGSL it uses. */
  readonly directives?: readonly string[]
  readonly uses: ReadonlySet<WgslName>
  readonly declarations: readonly string[]
  readonly lines: readonly string[]
  readonly others?: (() => readonly Shader[]) | undefined
}

/** More workgroups than one dimension holds go on in y, as evenly as possible. */
export function grid(groups: number): [number, number] {
  const y = Math.max(1, Math.ceil(groups / groupsPerDimension))
  return [Math.ceil(groups / y), y]
}
