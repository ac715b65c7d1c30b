/** What every kernel's WGSL has in common: bindings, the grid, types. */
import { kernelReads, kernelWrites, type Kernel, type SlotInfo } from '../../compiler/kernel.ts'
import type { ComputeType } from '../../tensor/dtype.ts'
import { functionTexts, type WgslName } from './functions.ts'

/** One dispatch. */
export interface Shader {
  readonly text: string
  /** The slot behind each binding. */
  readonly slots: readonly number[]
  /** Which bindings are written. */
  readonly writes: readonly boolean[]
  readonly groups: readonly [x: number, y: number]
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

export class Bindings {
  readonly slots: readonly number[]
  readonly writes: readonly boolean[]
  readonly #declarations: readonly string[]
  readonly #numbers: ReadonlyMap<number, number>

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

  shader(body: Body): Shader {
    const [x, y] = grid(body.groups)
    const text = [
      ...(body.directives ?? []),
      ...this.#declarations,
      ...functionTexts(body.uses),
      ...body.declarations,
      `@compute @workgroup_size(${body.threads})`,
      'fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {',
      `  let block = ${y === 1 ? 'group.x' : `group.y * ${x}u + group.x`};`,
      ...body.lines.map((line) => `  ${line}`),
      '}\n',
    ].join('\n')
    return { text, slots: this.slots, writes: this.writes, groups: [x, y] }
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
}

/** More workgroups than one dimension holds go on in y, as evenly as possible. */
export function grid(groups: number): [number, number] {
  const y = Math.max(1, Math.ceil(groups / groupsPerDimension))
  return [Math.ceil(groups / y), y]
}

/** Coordinates of `position` (a u32) in `extents`, as variables, innermost fastest. */
export function coordinates(
  position: string,
  extents: readonly number[],
  names: readonly string[],
  type: 'i32' | 'u32' = 'i32',
): string[] {
  const lines: string[] = []
  let rest = position
  for (let i = extents.length - 1; i > 0; i--) {
    lines.push(`let ${names[i]!} = ${type}(${rest} % ${extents[i]!}u);`)
    lines.push(`let ${names[i]!}_rest = ${rest} / ${extents[i]!}u;`)
    rest = `${names[i]!}_rest`
  }
  if (extents.length > 0) lines.push(`let ${names[0]!} = ${type}(${rest});`)
  return lines
}
