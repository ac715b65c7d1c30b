/** Loop kernels → WGSL: a thread for each output element, or many threads for each where the work is in the reduction. */
import { exprOrder, type Expr } from '../../compiler/expr.ts'
import type { Term as IndexTerm } from '../../compiler/index-expr.ts'
import { reducedValues, type LoopKernel, type SlotInfo, type Term } from '../../compiler/kernel.ts'
import type { UnaryFn } from '../../compiler/primitive.ts'
import { reductionRules } from '../../compiler/reductions.ts'
import { expandScalars } from '../../compiler/scalars/index.ts'
import { numel } from '../../tensor/shape.ts'
import { ExpressionWriter, loopName } from './expression.ts'
import { nativeName } from './functions.ts'
import { Bindings, coordinates, touchedBy, valueType, type Shader } from './shader.ts'

type Reduction = NonNullable<LoopKernel['reduce']>

/** Where a term of the reduction is gathered: by a thread, and by all of a workgroup. */
const accumulator = (term: number): string => `acc${term}`
const partials = (term: number): string => `partials${term}`

/** Threads of a workgroup in which each computes one element: small ones spread little work over the whole GPU. */
const elementThreads = (elements: number): number => (elements >= 65_536 ? 256 : 64)

/** Threads that share one reduction; 0: one thread does all of it. Few outputs would leave the GPU idle otherwise. */
export function reductionThreads(outputs: number, length: number): number {
  if (length >= 256 && outputs < 16_384) return length >= 1024 ? 256 : 64
  return length >= 32 && outputs < 64 ? 64 : 0
}

/** A workgroup computes `across` neighbouring elements, each with `down` threads; both are powers of two. */
interface Workgroup {
  readonly across: number
  readonly down: number
}

/** Neighbours whose numbers are brought together: 64 bytes, the least that memory of most GPUs is read by. */
const neighbours = 16
const columnThreads = 256
/** With more columns there is a thread for each and enough of them. */
const mostColumns = 131_072

function workgroupOf(kernel: LoopKernel): Workgroup {
  const outputs = numel(kernel.extents)
  const alone = { across: elementThreads(outputs), down: 1 }
  if (!kernel.reduce) return alone
  const length = numel(kernel.reduce.extents)
  const threads = reductionThreads(outputs, length)
  if ((threads > 0 || (length >= 256 && outputs < mostColumns)) && outputs > 1 && isDownColumns(kernel)) {
    const across = Math.min(neighbours, 2 ** Math.ceil(Math.log2(outputs)))
    return { across, down: Math.min(columnThreads / across, 2 ** Math.floor(Math.log2(length / 4))) }
  }
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

export const loopShader = (kernel: LoopKernel, slots: readonly SlotInfo[]): Shader =>
  new LoopWriter(expandScalars(kernel, target), slots).shader(workgroupOf(kernel))

class LoopWriter {
  readonly #kernel: LoopKernel
  readonly #bindings: Bindings
  readonly #writer: ExpressionWriter

  constructor(kernel: LoopKernel, slots: readonly SlotInfo[]) {
    this.#kernel = kernel
    this.#bindings = new Bindings(touchedBy(kernel), slots)
    this.#writer = new ExpressionWriter(this.#bindings, accumulator)
  }

  shader({ across, down }: Workgroup): Shader {
    const { extents, reduce } = this.#kernel
    const outputs = numel(extents)
    const declarations: string[] = []
    const lines: string[] = []
    const threads = across * down
    const groups = Math.ceil(outputs / across)
    if (down === 1) {
      lines.push(`let position = block * ${threads}u + lane;`)
      lines.push(`if (position >= ${outputs}u) { return; }`)
      lines.push(...this.#outerLoops('position'))
      if (reduce) lines.push(...this.#serial(reduce))
      lines.push(...this.#finish())
    } else {
      const shared = ({ value: { dtype } }: Term, i: number): string =>
        `var<workgroup> ${partials(i)}: array<${valueType(dtype)}, ${threads}>;`
      declarations.push(...reduce!.terms.map(shared))
      lines.push(`if (block >= ${groups}u) { return; }`)
      // Threads beyond the last element help with it, for all must meet at the barriers.
      const mine = across === 1 ? 'block' : `block * ${across}u + lane % ${across}u`
      lines.push(`let position = ${outputs % across === 0 ? mine : `min(${mine}, ${outputs - 1}u)`};`)
      lines.push(...this.#outerLoops('position'))
      lines.push(...this.#shared(reduce!, { across, down }))
      const finished = reduce!.terms.map((_, i) => `  let ${accumulator(i)} = ${partials(i)}[lane];`)
      const isLast = outputs % across === 0 ? '' : ` && block * ${across}u + lane < ${outputs}u`
      lines.push(`if (lane < ${across}u${isLast}) {`, ...finished)
      lines.push(...indent(this.#finish()), '}')
    }
    return this.#bindings.shader({ threads, groups, uses: this.#writer.uses, declarations, lines })
  }

  #outerLoops(position: string): string[] {
    const { extents } = this.#kernel
    return coordinates(
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
    const combined = ({ fn, value }: Term, i: number): string =>
      `${accumulator(i)} = ${this.#writer.combine(fn, value.dtype, accumulator(i), this.#writer.name(value))};`
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
    names.forEach((name, i) =>
      lines.push(`for (var ${name} = 0; ${name} < ${reduce.extents[i]!}; ${name}++) {`),
    )
    return [...lines, ...indent(this.#step(reduce)), ...names.map(() => '}')]
  }

  /** Every thread reduces every n-th element, then halves are folded: always in the same order, so to the same bits. */
  #shared(reduce: Reduction, { across, down }: Workgroup): string[] {
    const threads = across * down
    const length = numel(reduce.extents)
    const before = this.#invariants()
    const inside = [...coordinates('at', reduce.extents, this.#reductionLoops(reduce)), ...this.#step(reduce)]
    const fold = ({ fn, value }: Term, i: number): string => {
      const [mine, other] = [`${partials(i)}[lane]`, `${partials(i)}[lane + reach]`]
      return `${mine} = ${this.#writer.combine(fn, value.dtype, mine, other)};`
    }
    return [
      ...before,
      ...this.#start(reduce),
      `for (var at = ${across === 1 ? 'lane' : `lane / ${across}u`}; at < ${length}u; at += ${down}u) {`,
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
