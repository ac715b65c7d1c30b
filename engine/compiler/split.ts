/** Long sums of few results cut into parts that are computed side by side, and a kernel that adds the parts up, always in the same order. */
import { numel } from '../tensor/shape.ts'
import { ExprBuilder } from './expr.ts'
import { add, loopIndex, scale } from './index-expr.ts'
import { joinAxes } from './kernel.ts'
import type { Axis, ContractKernel, Kernel, MatrixView, Plan, SlotInfo } from './kernel.ts'

/** k in `parts` equal stretches, and what is left over. */
export interface Stretches {
  readonly parts: number
  /** In steps of k. */
  readonly length: number
  readonly rest: number
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** Both operands' views can be cut where the outermost of their axes along k can. */
const cuts = ({ a, b }: ContractKernel): number => gcd(a.columns[0]!.extent, b.rows[0]!.extent)

/**
 * At most `wanted` parts; null where k cannot be cut. `likewise`: the last is always left over, and of any length, so that
 * batches of all sizes are cut into the same kernels.
 */
export function stretchesOf(kernel: ContractKernel, wanted: number, likewise = false): Stretches | null {
  const outer = cuts(kernel)
  const chunk = Math.ceil(outer / wanted)
  const parts = chunk === 0 ? 0 : likewise ? Math.ceil(outer / chunk) - 1 : Math.floor(outer / chunk)
  if (parts < (likewise ? 1 : 2)) return null
  const step = kernel.k / outer
  return { parts, length: chunk * step, rest: kernel.k - parts * chunk * step }
}

/** The kernels that compute `kernel` in stretches; their temporaries are numbered from `firstSlot` on. */
export function splitProduct(
  kernel: ContractKernel,
  stretches: Stretches,
  firstSlot: number,
): { readonly kernels: readonly Kernel[]; readonly temporaries: readonly SlotInfo[] } {
  const { batch, m, n, k, a, b, origin } = kernel
  const { parts, length, rest } = stretches
  const elements = numel(batch) * m * n
  const outer = cuts(kernel)
  /** Axes whose outermost has `outer` elements, of which `length` steps' worth are kept. */
  const cut = ([first, ...others]: readonly Axis[], steps: number): { axes: Axis[]; stride: number } => {
    const inner = { extent: first!.extent / outer, stride: first!.stride }
    const stride = inner.stride * inner.extent
    const extent = steps / (k / outer)
    const axes = joinAxes([{ extent, stride }, inner, ...others])
    return { axes, stride: (stride * length * outer) / k }
  }
  const piece = (steps: number, out: number, batchOfParts: boolean): ContractKernel => {
    const view = (whole: MatrixView, side: 'rows' | 'columns'): MatrixView => {
      const { axes, stride } = cut(whole[side], steps)
      return {
        ...whole,
        [side]: axes,
        ...(batchOfParts
          ? { batchStrides: [stride, ...whole.batchStrides] }
          : { offset: whole.offset + parts * stride }),
      }
    }
    const extents = batchOfParts ? [parts, ...batch] : batch
    return { ...kernel, batch: extents, k: steps, a: view(a, 'columns'), b: view(b, 'rows'), out }
  }
  const e = new ExprBuilder()
  const element = loopIndex(0, elements)
  const part = e.make(
    { op: 'load', slot: firstSlot, index: add(element, scale(loopIndex(1, parts), elements)) },
    'float32',
  )
  const sum = e.make({ op: 'reduced', term: 0 }, 'float32')
  const value =
    rest === 0
      ? sum
      : e.make({ op: 'binary', fn: 'add' }, 'float32', [
          sum,
          e.make({ op: 'load', slot: firstSlot + 1, index: element }, 'float32'),
        ])
  return {
    kernels: [
      piece(length, firstSlot, true),
      ...(rest === 0 ? [] : [piece(rest, firstSlot + 1, false)]),
      {
        kind: 'loop',
        extents: [elements],
        reduce: { extents: [parts], terms: [{ fn: 'sum', value: part }] },
        stores: [{ slot: kernel.out, index: element, value }],
        origin,
      },
    ],
    temporaries: [
      { elements: parts * elements, dtype: 'float32' },
      ...(rest === 0 ? [] : [{ elements, dtype: 'float32' as const }]),
    ],
  }
}

/** The plan with products split into as many parts as wanted, where they can be; and of which product each part is one. */
export function splitPlan(
  plan: Plan,
  wanted: (kernel: ContractKernel) => number,
  likewise = false,
): { readonly plan: Plan; readonly partOf: ReadonlyMap<Kernel, ContractKernel> } {
  const slots: SlotInfo[] = [...plan.slots]
  const partOf = new Map<Kernel, ContractKernel>()
  const kernels = plan.kernels.flatMap((kernel): readonly Kernel[] => {
    if (kernel.kind !== 'contract') return [kernel]
    const parts = wanted(kernel)
    const stretches = parts > 1 ? stretchesOf(kernel, parts, likewise) : null
    const split = stretches && splitProduct(kernel, stretches, slots.length)
    slots.push(...(split?.temporaries ?? []))
    for (const part of split?.kernels ?? [kernel]) if (part.kind === 'contract') partOf.set(part, kernel)
    return split?.kernels ?? [kernel]
  })
  return { plan: { ...plan, slots, kernels }, partOf }
}
