/**
 * Kernels that differ in nothing but the memory they work on, or in where they begin in it: deep networks and the steps of
 * a sequence have many, and one function serves them all.
 */
import type { Expr } from './expr.ts'
import type { Index } from './index-expr.ts'
import { kernelExprs, kernelSlots, type CodeKernel, type LoopKernel, type SlotInfo } from './kernel.ts'

/** The element of each slot from which on a kernel counts; the first where none is named. */
export type Bases = ReadonlyMap<number, number>

/** The lowest of a loop kernel's constant offsets in each slot. What is read behind a guard is held against the whole memory. */
export function loopBases(kernel: LoopKernel): Bases {
  const bases = new Map<number, number>()
  const note = (slot: number, offset: number): unknown =>
    bases.set(slot, Math.min(offset, bases.get(slot) ?? Infinity))
  const guarded = new Set<number>()
  for (const { spec, args } of kernelExprs(kernel)) {
    if (spec.op !== 'load') continue
    note(spec.slot, spec.index.offset)
    if (args.length > 0) guarded.add(spec.slot)
  }
  for (const { slot, index } of kernel.stores) note(slot, index.offset)
  for (const slot of guarded) bases.set(slot, 0)
  return bases
}

/**
 * The same for kernels whose code is the same once their slots are taken in the order of `kernelSlots`, each from its base
 * on. Products count from their views' offsets.
 */
export function kernelKey(kernel: CodeKernel, slots: readonly SlotInfo[]): string {
  const order = kernelSlots(kernel)
  const place = (slot: number): number => order.indexOf(slot)
  if (kernel.kind === 'loop') return loopKey(kernel, slots, place)
  return `${order.map((slot) => slots[slot]!.dtype).join()};${recordKey(kernel, place)}`
}

const slotFields = new Set(['slot', 'source', 'out'])
const elsewhere = new Set(['origin', 'offset'])

function recordKey(kernel: Exclude<CodeKernel, LoopKernel>, place: (slot: number) => number): string {
  return JSON.stringify(kernel, (name, value: unknown) => {
    if (elsewhere.has(name)) return undefined
    return slotFields.has(name) && typeof value === 'number' ? place(value) : value
  })
}

function loopKey(kernel: LoopKernel, slots: readonly SlotInfo[], place: (slot: number) => number): string {
  const exprs = kernelExprs(kernel)
  const bases = loopBases(kernel)
  const numbers = new Map(exprs.map((expr, i) => [expr, i]))
  const number = (expr: Expr): number => numbers.get(expr)!
  const address = (index: Index, base = 0): string =>
    index.terms
      .map(({ atom, coefficient }) => {
        if (atom.kind === 'loop') return `${coefficient}i${atom.loop}`
        if (atom.kind === 'value') return `${coefficient}v${number(atom.expr)}<${atom.extent}`
        return `${coefficient}${atom.kind}${atom.by}(${address(atom.of)})`
      })
      .join('+') + `+${index.offset - base}`
  const element = (slot: number, index: Index): string => `${place(slot)}[${address(index, bases.get(slot))}]`
  const line = ({ spec, dtype, args }: Expr): string => {
    const operands = `${dtype}(${args.map(number).join()})`
    switch (spec.op) {
      case 'const':
        return `${Object.is(spec.value, -0) ? '-0' : spec.value}:${dtype}`
      case 'load':
        // How far a guarded load may stray depends on the memory's end.
        return `${element(spec.slot, spec.index)}:${operands}${args.length > 0 ? `<${slots[spec.slot]!.elements}` : ''}`
      case 'index':
        return `#${address(spec.index)}:${dtype}`
      case 'unary':
      case 'binary':
        return `${spec.fn}:${operands}`
      case 'reduced':
        return `r${spec.term}:${dtype}`
      default:
        return `${spec.op}:${operands}`
    }
  }
  const { extents, reduce, stores } = kernel
  return [
    extents.join(),
    reduce ? `${reduce.extents.join()} ${reduce.terms.map((t) => `${t.fn} ${number(t.value)}`).join()}` : '',
    ...stores.map((s) => `${element(s.slot, s.index)}:${slots[s.slot]!.dtype}=${number(s.value)}`),
    ...exprs.map(line),
  ].join(';')
}
