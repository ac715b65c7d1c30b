/** Kernels that differ in nothing but the memory they work on: deep networks have many, and one function serves them all. */
import type { Expr } from './expr.ts'
import type { Index } from './index-expr.ts'
import { kernelExprs, kernelSlots, type Kernel, type LoopKernel, type SlotInfo } from './kernel.ts'

/** The same for kernels whose code is the same once their slots are taken in the order of `kernelSlots`. */
export function kernelKey(kernel: Kernel, slots: readonly SlotInfo[]): string {
  const order = kernelSlots(kernel)
  const place = (slot: number): number => order.indexOf(slot)
  const memory = order.map((slot) => `${slots[slot]!.elements} ${slots[slot]!.dtype}`).join()
  return `${kernel.kind} ${memory};${kernel.kind === 'loop' ? loopKey(kernel, place) : recordKey(kernel, place)}`
}

const slotFields = new Set(['slot', 'source', 'out'])

function recordKey(kernel: Exclude<Kernel, LoopKernel>, place: (slot: number) => number): string {
  return JSON.stringify(kernel, (name, value: unknown) => {
    if (name === 'origin') return undefined
    return slotFields.has(name) && typeof value === 'number' ? place(value) : value
  })
}

function loopKey(kernel: LoopKernel, place: (slot: number) => number): string {
  const exprs = kernelExprs(kernel)
  const numbers = new Map(exprs.map((expr, i) => [expr, i]))
  const number = (expr: Expr): number => numbers.get(expr)!
  const address = (index: Index): string =>
    index.terms
      .map(({ atom, coefficient }) => {
        if (atom.kind === 'loop') return `${coefficient}i${atom.loop}`
        if (atom.kind === 'value') return `${coefficient}v${number(atom.expr)}<${atom.extent}`
        return `${coefficient}${atom.kind}${atom.by}(${address(atom.of)})`
      })
      .join('+') + `+${index.offset}`
  const line = ({ spec, dtype, args }: Expr): string => {
    const operands = `${dtype}(${args.map(number).join()})`
    switch (spec.op) {
      case 'const':
        return `${Object.is(spec.value, -0) ? '-0' : spec.value}:${dtype}`
      case 'load':
        return `${place(spec.slot)}[${address(spec.index)}]:${operands}`
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
    ...stores.map((s) => `${place(s.slot)}[${address(s.index)}]=${number(s.value)}`),
    ...exprs.map(line),
  ].join(';')
}
