/**
 * What of a loop kernel its code is made from. Everything a batch of another size changes is a number that the code is
 * given: how long loops are, how far apart in memory what they walk over lies, and by what a mean divides.
 */
import { exprOrder, type Expr } from '../../compiler/expr.ts'
import { atomUses, coefficientOf, range, type Index } from '../../compiler/index-expr.ts'
import {
  kernelExprs,
  kernelSlots,
  reducedValues,
  type LoopKernel,
  type SlotInfo,
} from '../../compiler/kernel.ts'
import { loopBases, type Bases } from '../../compiler/kernel-bases.ts'
import { plainConstants } from '../../compiler/plain-constants.ts'
import { expandScalars } from '../../compiler/scalars/index.ts'
import { numel } from '../../tensor/shape.ts'
import { innerSlot, noSlot, type Address } from './addresses.ts'
import { given, type Given } from './given-numbers.ts'
import type { KernelForm, KernelForms, OwnElements } from './kernel-form.ts'
import { isSteady, isStill, lanes } from './lanes.ts'
import { emitLoop } from './loop-kernel.ts'
import { slackBytes } from './memory.ts'
import { vectorize, type VectorPlan } from './vectorize.ts'

/** Sums kept at once where a long reduction runs in lanes: one alone would wait for itself. */
const accumulators = 4
/** A shorter sum comes to the same bits with one of them: no vector would be added to another's before the next. */
const longSum = (accumulators + 1) * lanes
/** Vectors of neighbouring columns summed at once: rows are read by whole cache lines. */
const columnVectors = 8
/** Of expressions in a reduction; longer ones keep the machine busy by themselves. */
const shortExpression = 24
/** A cache line of elements, so that threads do not write to the same one. */
const lineElements = 16
/** Loops of fewer iterations stand in the code with their number: V8 makes more of them. Threads share longer ones. */
const longLoop = 16
/** A loop in lanes that is shorter ends in a four that overlaps the one before, and stands in the code too. */
const longLanes = 16 * lanes

/** As many iterations as make a loop long in every respect, and more than there are cache lines for lanes that lie apart. */
const manyRows = longLanes
const veryManyRows = 1024

/** What a kernel is taken for, so that code which was made for a batch of another size does for it. */
interface Guise {
  /** Iterations that the outermost loop is taken to have at least; few: as many as there are, with nothing to share. */
  readonly rows: number | 'few'
  /** The same of the reduction's outermost loop. */
  readonly reduced: number
}

/** How a kernel's code goes about it. */
export interface LoopPlan {
  readonly vector: VectorPlan
  /** The loop whose iterations threads share: the outermost that has enough of them. null: there is no loop. */
  readonly parallel: number | null
  /** Whether two vectors are computed at a time. */
  readonly pairs: boolean
  /** Vectors of outputs whose reductions run side by side. */
  readonly columns: number
  /** Vectors of partial results along a reduction in lanes. */
  readonly sums: number
  /** Whether the last, incomplete four is computed as one that overlaps. */
  readonly overlaps: boolean
}

/** The numbers that code is given, and where among them each is. */
export interface LoopNumbers {
  readonly numbers: readonly Given[]
  /** null: it stands in the code. */
  extent(loop: number): number | null
  coefficient(address: Address, term: number): number | null
  /** What a quotient or remainder divides by. */
  divisor(address: Address, term: number): number | null
  readonly constants: ReadonlyMap<Expr, number>
}

export interface LoopSource {
  readonly kernel: LoopKernel
  readonly plan: LoopPlan
  readonly given: LoopNumbers
  readonly bases: Bases
  /** Whether a guarded load may read memory where its guard fails. */
  readonly speculative: (load: Expr) => boolean
  /** The machine has fused multiply-add behind relaxed SIMD. */
  readonly relaxed: boolean
}

/** The function takes the address of each of the kernel's slots from its base on, in the order of `kernelSlots`, then of its numbers, then the range. */
export function loopForms(
  original: LoopKernel,
  slots: readonly SlotInfo[],
  { relaxed }: { readonly relaxed: boolean },
): KernelForms {
  const speculative = (load: Expr): boolean => isSpeculative(load, slots)
  const expanded = expandScalars(original, { has: () => false })
  const bases = loopBases(original)
  const form = (as: Guise): KernelForm & { readonly plan: LoopPlan } => {
    const few = as.rows === 'few'
    const fewest = { outer: as.rows === 'few' ? 0 : as.rows, reduced: as.reduced }
    const { kernel, plan: vector, outermost } = vectorize(expanded, speculative, fewest)
    const outer = kernel.extents.length
    const extents = [...kernel.extents, ...(kernel.reduce?.extents ?? [])]
    // The outermost loops may be over a batch: how many rows that has, is given.
    const sizes: Sizes = {
      extent: (loop) =>
        Math.max(extents[loop]!, loop === outer ? fewest.reduced : loop === outermost ? fewest.outer : 0),
      isGiven: (loop, atLeast) => loop === outer || loop === outermost || sizes.extent(loop) >= atLeast,
      isShared: (loop) => sizes.extent(loop) >= longLoop && !(few && loop === outermost),
      overlaps: (loop) =>
        extents[loop]! >= lanes &&
        sizes.extent(loop) < longLanes &&
        (extents[loop]! % lanes !== 0 || (few && loop === outermost)),
    }
    const plan = planOf(kernel, vector, sizes)
    const { key, ...numbers } = keyAndNumbers(kernel, plan, sizes, { slots, bases, speculative })
    const source: LoopSource = { kernel, plan, given: numbers, bases, speculative, relaxed }
    const { parallel } = plan
    const grain = vector.kind !== 'none' && vector.loop === parallel ? lineElements : 1
    return {
      key,
      plan,
      numbers: numbers.numbers,
      range:
        parallel === null
          ? null
          : { extent: kernel.extents[parallel]!, grain, most: null, own: ownElements(kernel, parallel) },
      scratch: null,
      tables: null,
      repeated: 0,
      emit: () => emitLoop(source),
    }
  }
  // Rows of short sums are computed side by side where there are as many as lanes, and the last few of them like the others.
  const rows = original.extents[0] ?? 1
  const isFewRows = rows > 1 && rows < longLoop && numel(original.reduce?.extents ?? []) < longLanes
  const best = form({ rows: isFewRows ? longLoop : 0, reduced: 0 })
  // A short outermost loop may be the last rows of many: code for those does for few, as long as it adds up in the same order.
  function* others(): Generator<KernelForm> {
    const keys = new Set([best.key])
    for (const rows of [0, manyRows, veryManyRows, 'few'] as const)
      for (const reduced of [0, manyRows]) {
        const other = form({ rows, reduced })
        if (keys.has(other.key) || !addsAlike(best.plan, other.plan, original)) continue
        keys.add(other.key)
        yield other
      }
  }
  const size = numel([...original.extents, ...(original.reduce?.extents ?? [])])
  return { best, others, family: 'loop', size }
}

function ownElements(kernel: LoopKernel, loop: number): OwnElements {
  const own = new Map<number, number | null>()
  const note = (slot: number, index: Index): void => {
    const step = coefficientOf(index, loop)
    const others = index.terms.filter(({ atom }) => atom.kind !== 'loop' || atom.loop !== loop)
    const [lowest, highest] = range({ ...index, terms: others })
    const elements = step !== null && lowest >= 0 && highest < step ? step : null
    own.set(slot, own.has(slot) && own.get(slot) !== elements ? null : elements)
  }
  for (const { spec } of kernelExprs(kernel)) if (spec.op === 'load') note(spec.slot, spec.index)
  for (const { slot, index } of kernel.stores) note(slot, index)
  return own
}

/** Memory has slack below and above all tensors: a guarded load that strays no further may run where its guard fails. */
function isSpeculative({ spec }: Expr, slots: readonly SlotInfo[]): boolean {
  if (spec.op !== 'load') return false
  const [lowest, highest] = range(spec.index)
  const slack = slackBytes / 4 - 2 * lanes
  return lowest >= -slack && highest < slots[spec.slot]!.elements + slack
}

/** In lanes. The sum of everything may be that of a batch of any size. */
const isLongSum = ({ extents, reduce }: LoopKernel, extentOf: Sizes['extent']): boolean =>
  reduce !== null && (extents.length === 0 || extentOf(extents.length + reduce.extents.length - 1) >= longSum)

/**
 * Whether sums have the same bits: they have unless lanes are added up in the one and not in the other. How many vectors of
 * partial results there are differs for sums alone that are too short for it to matter, see `longSum`.
 */
function addsAlike(one: LoopPlan, other: LoopPlan, { reduce }: LoopKernel): boolean {
  const inLanes = ({ vector }: LoopPlan): boolean => vector.kind === 'reduce'
  return reduce === null || inLanes(one) === inLanes(other) || (reduce.extents.at(-1) ?? 0) < lanes
}

/** How long loops are taken to be. */
interface Sizes {
  extent(loop: number): number
  /** Whether the code is given how long it is, and is as for a long one: from so many iterations on, or for any number. */
  isGiven(loop: number, atLeast: number): boolean
  /** Long enough to be shared by threads. */
  isShared(loop: number): boolean
  /** So short that a last four that overlaps pays. */
  overlaps(loop: number): boolean
}

/** Lanes so far apart are fetched one by one, whatever is between them; then it need not stand in the code. */
const isStride = ({ terms }: Index, { atom, coefficient }: Index['terms'][number], loop: number): boolean =>
  atom.kind === 'loop' &&
  coefficient >= 2 * lanes &&
  terms.every((other) => other.atom === atom || !atomUses(other.atom, loop))

function planOf(kernel: LoopKernel, vector: VectorPlan, sizes: Sizes): LoopPlan {
  const { extent: extentOf } = sizes
  const { extents, reduce, stores } = kernel
  const wide = extents.findIndex((_, loop) => sizes.isShared(loop))
  const parallel = extents.length === 0 ? null : wide >= 0 ? wide : extents.indexOf(Math.max(...extents))
  const isShortSum = exprOrder(reducedValues(kernel)).length <= shortExpression
  const extent = vector.kind === 'outer' ? extentOf(vector.loop) : 0
  const hasColumns = reduce && vector.kind === 'outer' && extent >= columnVectors * lanes && isShortSum
  const columns = hasColumns ? Math.max(1, Math.floor(columnVectors / reduce.terms.length)) : 1
  const steady = (): boolean => {
    const inside = exprOrder(stores.map((s) => s.value)).flatMap(({ spec }) =>
      spec.op === 'load' || spec.op === 'index' ? [spec.index] : [],
    )
    return [...inside, ...stores.map((s) => s.index)].every((index) => isSteady(index, vector.loop))
  }
  const inLanes = vector.kind === 'outer'
  const overlaps =
    inLanes &&
    vector.loop !== parallel &&
    vector.tail === 'overlap' &&
    columns === 1 &&
    sizes.overlaps(vector.loop)
  return {
    vector,
    parallel,
    pairs: inLanes && !reduce && !overlaps && sizes.isGiven(vector.loop, 8 * lanes) && steady(),
    columns,
    sums: vector.kind === 'reduce' && isLongSum(kernel, extentOf) && isShortSum ? accumulators : 1,
    overlaps,
  }
}

const termsKey = ({ terms }: Index): string =>
  terms.map(({ coefficient, atom }) => `${coefficient}*${atom.key}`).join('+')

/** The same key for kernels whose code is the same once their slots are taken in the order of `kernelSlots`, each from its base on. */
function keyAndNumbers(
  kernel: LoopKernel,
  plan: LoopPlan,
  { extent: extentOf, isGiven }: Sizes,
  {
    slots,
    bases,
    speculative,
  }: {
    readonly slots: readonly SlotInfo[]
    readonly bases: Bases
    readonly speculative: (load: Expr) => boolean
  },
): LoopNumbers & { readonly key: string } {
  const { extents, reduce, stores } = kernel
  const numbers: Given[] = []
  const give = (number: Given): number => numbers.push(number) - 1
  const order = kernelSlots(kernel)
  const place = new Map(order.map((slot, i) => [slot, i]))
  const exprs = kernelExprs(kernel)
  const exprNumbers = new Map(exprs.map((expr, i) => [expr, i]))
  const number = (expr: Expr): number => exprNumbers.get(expr)!
  const { vector, parallel } = plan

  const loops = [...extents, ...(reduce?.extents ?? [])]
  const extentPlaces = loops.map((extent, loop) => {
    if (loop === parallel) return null
    if (loop !== vector.loop) return isGiven(loop, longLoop) ? give(given(extent)) : null
    const isLong = loop < extents.length ? isGiven(loop, longLanes) : isLongSum(kernel, extentOf)
    return isLong ? give(given(extent)) : null
  })
  const extentsKey = loops.map((extent, loop) =>
    loop === parallel || extentPlaces[loop] !== null ? '#' : extent,
  )

  const coefficients = new Map<string, readonly (number | null)[]>()
  const divisors = new Map<string, readonly (number | null)[]>()
  const ids = new Map<string, number>()
  /** A batch between them makes elements far apart; and nothing is given that says how lanes lie. */
  const isGivenTerm = (index: Index, term: Index['terms'][number]): boolean => {
    const { atom, coefficient } = term
    const isFar = coefficient >= longLanes || atom.kind !== 'loop' || isGiven(atom.loop, longLoop)
    return coefficient !== 1 && isFar && (isStill(atom, vector.loop) || isStride(index, term, vector.loop))
  }
  /** Per element, to divide by a number that the code knows is much quicker. */
  const isGivenDivisor = ({ atom }: Index['terms'][number]): boolean =>
    vector.kind !== 'none' && (atom.kind === 'div' || atom.kind === 'mod') && !atomUses(atom, vector.loop)
  const atomText = (term: Index['terms'][number], isGivenBy = false): string => {
    const { atom } = term
    if (atom.kind === 'loop') return `i${atom.loop}`
    if (atom.kind === 'value') return `v${number(atom.expr)}<${atom.extent}`
    // Where lanes do not meet in it, all that it is made of may be given; else it decides how they lie.
    return isGivenBy
      ? `${atom.kind}#${addressOf(innerSlot, atom.of)}`
      : `${atom.kind}${atom.by}(${innerText(atom.of)})`
  }
  const innerText = ({ terms, offset }: Index): string =>
    [...terms.map((term) => `${term.coefficient}${atomText(term)}`), offset].join('+')
  const addressOf = (slot: number, index: Index): string => {
    const key = `${slot}@${termsKey(index)}`
    if (!coefficients.has(key)) {
      const places = index.terms.map((term) =>
        isGivenTerm(index, term) ? give(given(term.coefficient)) : null,
      )
      coefficients.set(key, places)
      const by = ({ atom }: Index['terms'][number]): Given => given('by' in atom ? atom.by : 0)
      divisors.set(key, index.terms.map((term) => (isGivenDivisor(term) ? give(by(term)) : null))) // prettier-ignore
      ids.set(key, ids.size)
    }
    const isGiven = coefficients.get(key)!
    const terms = index.terms.map(
      (term, i) => `${isGiven[i] === null ? term.coefficient : '#'}${atomText(term, isGivenDivisor(term))}`,
    )
    const offset = index.offset - (bases.get(slot) ?? 0)
    return `${place.get(slot) ?? ''}[${ids.get(key)}: ${[...terms, offset].join('+')}]`
  }

  const plain = plainConstants(kernel, exprs)
  const constants = new Map<Expr, number>()
  const line = (expr: Expr): string => {
    const { spec, dtype, args } = expr
    const operands = `${dtype}(${args.map(number).join()})`
    switch (spec.op) {
      case 'const':
        if (plain.has(expr)) {
          constants.set(expr, give({ type: 'f32', value: spec.value }))
          return '#'
        }
        return `${Object.is(spec.value, -0) ? '-0' : spec.value}:${dtype}`
      case 'load':
        return `${addressOf(spec.slot, spec.index)}:${operands}${args.length > 0 ? speculative(expr) : ''}`
      case 'index':
        return `#${addressOf(noSlot, spec.index)}:${dtype}`
      case 'unary':
      case 'binary':
        return `${spec.fn}:${operands}`
      case 'reduced':
        return `r${spec.term}:${dtype}`
      default:
        return `${spec.op}:${operands}`
    }
  }
  const lines = exprs.map(line)
  const key = [
    JSON.stringify(plan),
    extentsKey.join(),
    extents.length,
    reduce?.terms.map((t) => `${t.fn} ${number(t.value)}`).join() ?? '',
    ...stores.map((s) => `${addressOf(s.slot, s.index)}:${slots[s.slot]!.dtype}=${number(s.value)}`),
    ...lines,
  ].join(';')
  return {
    key: `loop ${key}`,
    numbers,
    extent: (loop) => extentPlaces[loop] ?? null,
    coefficient: ({ slot, index }, term) => coefficients.get(`${slot}@${termsKey(index)}`)?.[term] ?? null,
    divisor: ({ slot, index }, term) => divisors.get(`${slot}@${termsKey(index)}`)?.[term] ?? null,
    constants,
  }
}
