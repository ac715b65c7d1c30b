/** Loop kernels → WGSL: a thread for each output element, or many threads for each where the work is in the reduction. */
import { exprOrder, type Expr } from '../../compiler/expr.ts'
import type { Term as IndexTerm } from '../../compiler/index-expr.ts'
import {
  kernelExprs,
  reducedValues,
  type LoopKernel,
  type SlotInfo,
  type Term,
} from '../../compiler/kernel.ts'
import { plainConstants } from '../../compiler/plain-constants.ts'
import type { UnaryFn } from '../../compiler/primitive.ts'
import { reductionRules } from '../../compiler/reductions.ts'
import { expandScalars } from '../../compiler/scalars/index.ts'
import { numel } from '../../tensor/shape.ts'
import { ExpressionWriter, loopName } from './expression.ts'
import { nativeName } from './functions.ts'
import { Bindings, touchedBy, valueType, type Shader } from './shader.ts'

type Reduction = NonNullable<LoopKernel['reduce']>

/** Where a term of the reduction is gathered: by a thread, and by all of a workgroup. */
const accumulator = (term: number): string => `acc${term}`
const partials = (term: number): string => `partials${term}`

/** Threads of a workgroup in which each computes one element: small ones spread little work over the whole GPU. */
const elementThreads = { few: 64, many: 256, from: 65_536 } as const

/** With more results there is a thread for each and enough of them. */
const mostShared = 131_072
/** So many columns are shared however short they are. */
const fewColumns = 16_384
const shortColumn = 8
/** Shorter rows are not shared. */
const shortRow = 32
/** Rows of more threads. */
const longRow = 256

/**
 * Threads that share one reduction; 0: one thread does all of it, and the bits are those of a product in tiles. How many
 * results there are, or how many rows are added up, changes with the batch, and as far as can be it is to be the same kernel.
 * A CPU that plays the GPU keeps busy with few threads, and pays for each barrier.
 */
export function reductionThreads(outputs: number, length: number, { software }: LoopDevice): number {
  if (outputs === 1) return software ? 64 : 256
  if (software || length < shortRow || outputs >= mostShared) return 0
  return length >= longRow ? 256 : 64
}

/** What the shape of a workgroup depends on. */
export interface LoopDevice {
  /** A CPU plays the GPU. */
  readonly software: boolean
}

/** A workgroup computes `across` neighbouring elements, each with `down` threads; both are powers of two. */
interface Workgroup {
  readonly across: number
  readonly down: number
}

/** Neighbours whose numbers are brought together: 64 bytes, the least that memory of most GPUs is read by. */
const neighbours = 16
const columnThreads = 256

function workgroupOf(kernel: LoopKernel, device: LoopDevice): Workgroup {
  const outputs = numel(kernel.extents)
  const { few, many, from } = elementThreads
  const alone = { across: outputs >= from ? many : few, down: 1 }
  if (!kernel.reduce) return alone
  const length = numel(kernel.reduce.extents)
  const isShared = outputs < fewColumns || (outputs < mostShared && length >= shortColumn)
  if (!device.software && outputs > 1 && isShared && isDownColumns(kernel)) {
    const across = Math.min(neighbours, 2 ** Math.ceil(Math.log2(outputs)))
    return { across, down: columnThreads / across }
  }
  const threads = reductionThreads(outputs, length, device)
  return threads === 0 ? alone : { across: 1, down: threads }
}

/** Whether neighbours in memory belong to neighbouring results, more often than to the same one. */
function isDownColumns(kernel: LoopKernel): boolean {
  const outer = kernel.extents.length
  const last = outer + kernel.reduce!.extents.length - 1
  const isLoop = ({ atom }: IndexTerm, test: (loop: number) => boolean): boolean =>
    atom.kind === 'loop' && test(atom.loop)
  // What stays the same along the reduction is read once.
  const walked = exprOrder(reducedValues(kernel)).flatMap(({ spec }) =>
    spec.op === 'load' && spec.index.terms.some((term) => isLoop(term, (loop) => loop >= outer))
      ? [spec.index.terms]
      : [],
  )
  const along = (wanted: number): number =>
    walked.filter((terms) =>
      terms.some((term) => term.coefficient === 1 && isLoop(term, (loop) => loop === wanted)),
    ).length
  return along(outer - 1) > along(last)
}

const target = { has: (fn: UnaryFn): boolean => nativeName(fn) !== null, assumesNoNaN: true }

export interface LoopOptions extends LoopDevice {
  /** Sums of products take each product as it is, unrounded, as products in tiles do. */
  readonly fused?: boolean
}

export function loopShader(kernel: LoopKernel, slots: readonly SlotInfo[], options: LoopOptions): Shader {
  const workgroup = workgroupOf(kernel, options)
  const write = (one: Workgroup): Shader => new LoopWriter(kernel, slots, options).shader(one)
  // A thread that computes elements by itself computes them alike in a workgroup of any size.
  const isSmall = workgroup.down === 1 && workgroup.across < elementThreads.many
  const others = isSmall ? () => [write({ across: elementThreads.many, down: 1 })] : undefined
  return { ...write(workgroup), others }
}

/** Constants that a kernel is given: not those of which its functions are made, which are the same in all. */
function givenConstants(original: LoopKernel, expanded: LoopKernel): ReadonlySet<Expr> {
  const own = new Set(kernelExprs(original).flatMap(({ spec }) => (spec.op === 'const' ? [spec.value] : [])))
  const plain = plainConstants(expanded, kernelExprs(expanded))
  return new Set([...plain].filter(({ spec }) => spec.op === 'const' && own.has(spec.value)))
}

class LoopWriter {
  readonly #kernel: LoopKernel
  readonly #bindings: Bindings
  readonly #writer: ExpressionWriter
  readonly #fused: boolean

  constructor(original: LoopKernel, slots: readonly SlotInfo[], { fused = false }: LoopOptions) {
    this.#fused = fused
    const kernel = expandScalars(original, target)
    this.#kernel = kernel
    this.#bindings = new Bindings(touchedBy(kernel), slots)
    this.#writer = new ExpressionWriter(this.#bindings, accumulator, givenConstants(original, kernel))
  }

  shader({ across, down }: Workgroup): Shader {
    const { extents, reduce } = this.#kernel
    const outputs = numel(extents)
    const declarations: string[] = []
    const lines: string[] = []
    const threads = across * down
    const groups = Math.ceil(outputs / across)
    const count = this.#bindings.size(outputs)
    if (down === 1) {
      lines.push(`let position = block * ${threads}u + lane;`)
      lines.push(`if (position >= ${count}) { return; }`)
      lines.push(...this.#outerLoops('position'))
      if (reduce) lines.push(...this.#serial(reduce))
      lines.push(...this.#finish())
    } else {
      const shared = ({ value: { dtype } }: Term, i: number): string =>
        `var<workgroup> ${partials(i)}: array<${valueType(dtype)}, ${threads}>;`
      declarations.push(...reduce!.terms.map(shared))
      lines.push(`if (block * ${across}u >= ${count}) { return; }`)
      // Threads beyond the last element help with it, for all must meet at the barriers.
      const mine = across === 1 ? 'block' : `block * ${across}u + lane % ${across}u`
      lines.push(`let position = ${across === 1 ? mine : `min(${mine}, ${count} - 1u)`};`)
      lines.push(...this.#outerLoops('position'))
      lines.push(...this.#shared(reduce!, { across, down }))
      const finished = reduce!.terms.map((_, i) => `  let ${accumulator(i)} = ${partials(i)}[lane];`)
      const isLast = across === 1 ? '' : ` && block * ${across}u + lane < ${count}`
      lines.push(`if (lane < ${across}u${isLast}) {`, ...finished)
      lines.push(...indent(this.#finish()), '}')
    }
    return this.#bindings.shader({ threads, groups, uses: this.#writer.uses, declarations, lines })
  }

  #outerLoops(position: string): string[] {
    const { extents } = this.#kernel
    return this.#bindings.coordinates(
      position,
      extents,
      extents.map((_, i) => loopName(i)),
    )
  }

  /** Writes what of `roots` has not been written and passes the test. */
  #expressions(roots: readonly Expr[], test: (expr: Expr) => boolean = () => true): string[] {
    return exprOrder(roots)
      .filter((e) => !this.#writer.written(e) && test(e))
      .map((e) => this.#writer.write(e))
  }

  /** What does not change along the reduction is computed before it. */
  #invariants(): string[] {
    const outer = this.#kernel.extents.length
    return this.#expressions(reducedValues(this.#kernel), (e) => [...e.loops].every((loop) => loop < outer))
  }

  #start({ terms }: Reduction): string[] {
    return terms.map((term, i) => `var ${accumulator(i)} = ${this.#identity(term)};`)
  }

  #step({ terms }: Reduction): string[] {
    const combined = ({ fn, value }: Term, i: number): string => {
      const sum = accumulator(i)
      const [a, b] = value.args.map((arg) => this.#writer.name(arg))
      if (this.#fused) return `${sum} = fma(${a!}, ${b!}, ${sum});`
      return `${sum} = ${this.#writer.combine(fn, value.dtype, sum, this.#writer.name(value))};`
    }
    return [...this.#expressions(reducedValues(this.#kernel)), ...terms.map(combined)]
  }

  #identity({ fn, value: { dtype } }: Term): string {
    return this.#writer.literal(reductionRules[fn].identity(dtype), dtype)
  }

  #reductionLoops(reduce: Reduction): string[] {
    return reduce.extents.map((_, i) => loopName(this.#kernel.extents.length + i))
  }

  #serial(reduce: Reduction): string[] {
    const names = this.#reductionLoops(reduce)
    const lines = [...this.#invariants(), ...this.#start(reduce)]
    names.forEach((name, i) => {
      // The outermost may be over a batch, however small.
      const extent = reduce.extents[i]!
      const size = i === 0 ? this.#bindings.size(extent) : this.#bindings.divisor(extent)
      lines.push(`for (var ${name} = 0; ${name} < i32(${size}); ${name}++) {`)
    })
    return [...lines, ...indent(this.#step(reduce)), ...names.map(() => '}')]
  }

  /** Every thread reduces every n-th element, then halves are folded: always in the same order, so to the same bits. */
  #shared(reduce: Reduction, { across, down }: Workgroup): string[] {
    const threads = across * down
    const length = this.#bindings.size(numel(reduce.extents))
    const before = this.#invariants()
    const loops = this.#bindings.coordinates('at', reduce.extents, this.#reductionLoops(reduce))
    const inside = [...loops, ...this.#step(reduce)]
    const fold = ({ fn, value }: Term, i: number): string => {
      const [mine, other] = [`${partials(i)}[lane]`, `${partials(i)}[lane + reach]`]
      return `${mine} = ${this.#writer.combine(fn, value.dtype, mine, other)};`
    }
    return [
      ...before,
      ...this.#start(reduce),
      `for (var at = ${across === 1 ? 'lane' : `lane / ${across}u`}; at < ${length}; at += ${down}u) {`,
      ...indent(inside),
      '}',
      ...reduce.terms.map((_, i) => `${partials(i)}[lane] = ${accumulator(i)};`),
      'workgroupBarrier();',
      `for (var reach = ${threads / 2}u; reach >= ${across}u; reach /= 2u) {`,
      `  if (lane < reach) { ${reduce.terms.map(fold).join(' ')} }`,
      '  workgroupBarrier();',
      '}',
    ]
  }

  /** All values first, then all stores: a kernel may replace what it reads. */
  #finish(): string[] {
    const { stores } = this.#kernel
    const values = this.#expressions(stores.map((s) => s.value))
    return [...values, ...stores.map((s) => this.#writer.store(s.slot, s.index, s.value))]
  }
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)
