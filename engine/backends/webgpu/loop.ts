/** Loop kernels → WGSL: a thread for each output element, or a workgroup for each where the work is in the reduction. */
import { exprOrder, type Expr } from '../../compiler/expr.ts'
import { reducedValues, type LoopKernel, type SlotInfo, type Term } from '../../compiler/kernel.ts'
import { numel } from '../../tensor/shape.ts'
import { ExpressionWriter, loopName } from './expression.ts'
import { Bindings, coordinates, valueType, type Shader } from './shader.ts'

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

export function loopShader(kernel: LoopKernel, slots: readonly SlotInfo[]): Shader {
  const outputs = numel(kernel.extents)
  const threads = kernel.reduce ? reductionThreads(outputs, numel(kernel.reduce.extents)) : 0
  return new LoopWriter(kernel, slots).shader(outputs, threads)
}

class LoopWriter {
  readonly #kernel: LoopKernel
  readonly #bindings: Bindings
  readonly #writer: ExpressionWriter

  constructor(kernel: LoopKernel, slots: readonly SlotInfo[]) {
    this.#kernel = kernel
    this.#bindings = new Bindings(kernel, slots)
    this.#writer = new ExpressionWriter(this.#bindings, accumulator)
  }

  shader(outputs: number, reductionThreads: number): Shader {
    const { reduce } = this.#kernel
    const declarations: string[] = []
    const lines: string[] = []
    const threads = reductionThreads || elementThreads(outputs)
    if (reductionThreads === 0) {
      lines.push(`let position = block * ${threads}u + lane;`)
      lines.push(`if (position >= ${outputs}u) { return; }`)
      lines.push(...this.#outerLoops('position'))
      if (reduce) lines.push(...this.#serial(reduce))
      lines.push(...this.#finish())
    } else {
      const shared = ({ value: { dtype } }: Term, i: number): string =>
        `var<workgroup> ${partials(i)}: array<${valueType(dtype)}, ${threads}>;`
      declarations.push(...reduce!.terms.map(shared))
      lines.push(`if (block >= ${outputs}u) { return; }`)
      lines.push(...this.#outerLoops('block'))
      lines.push(...this.#shared(reduce!, threads))
      const finished = reduce!.terms.map((_, i) => `  let ${accumulator(i)} = ${partials(i)}[0];`)
      lines.push('if (lane == 0u) {', ...finished)
      lines.push(...indent(this.#finish()), '}')
    }
    const groups = reductionThreads === 0 ? Math.ceil(outputs / threads) : outputs
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
    const lowest = dtype === 'int32' ? -(2 ** 31) : dtype === 'float32' ? -Infinity : 0
    return this.#writer.literal(fn === 'sum' ? 0 : lowest, dtype)
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
  #shared(reduce: Reduction, threads: number): string[] {
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
      `for (var at = lane; at < ${length}u; at += ${threads}u) {`,
      ...indent(inside),
      '}',
      ...reduce.terms.map((_, i) => `${partials(i)}[lane] = ${accumulator(i)};`),
      'workgroupBarrier();',
      `for (var reach = ${threads / 2}u; reach > 0u; reach /= 2u) {`,
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
