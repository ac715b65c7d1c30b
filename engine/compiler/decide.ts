/** Which primitives get memory of their own; everything between them is computed inside a kernel, as often as it is used. */
import { numel } from '../tensor/shape.ts'
import { contiguousBase, viewBase } from './operands.ts'
import type { Prim } from './primitive.ts'
import { formulaCost } from './scalars/index.ts'

export const elementwise = new Set(['unary', 'binary', 'where', 'cast', 'bitcast'])
/** Memory, and what has a kernel of its own. */
const alwaysStored = new Set(['buffer', 'contract', 'scatter', 'assemble', 'routine'])
/** Movements that show all of their input. */
const sourceViews = new Set(['reshape', 'permute', 'expand', 'flip'])
/** In additions. */
const squareRoot = 8
/** Above this, computing a value twice costs more than storing it (in additions; a judgement, not a law). */
const recomputeLimit = 12
/** What differs from backend to backend, in additions. */
export interface CostLimits {
  readonly exponential: number
  /** Above this, a term of a reduction costs more in its loop than to be stored before it. */
  readonly term: number
}
export const usualCosts: CostLimits = { exponential: 8, term: Infinity }
/** Keeps expressions, and the recursion over them, of bounded depth. */
const depthLimit = 200
/** Longest chain of elementwise primitives folded into a reduction's kernel. */
const epilogueLimit = 50

function ownCost(prim: Prim, exponential: number): number {
  const { spec } = prim
  if (spec.kind === 'unary' && spec.fn === 'sqrt') return squareRoot
  if (spec.kind === 'unary') return exponential * formulaCost(spec.fn) || 1
  if (spec.kind === 'binary' && spec.fn === 'div') return 4
  if (spec.kind === 'gather') return 4
  return elementwise.has(spec.kind) ? 1 : 0
}

/** A sum of so few terms is written out, and fuses like any expression; but over the first axis, that may be a batch's, programs are alike for any number. */
const smallReduction = 9

const reductionSize = (prim: Prim): number =>
  prim.spec.kind === 'reduce' ? prim.spec.axes.reduce((n, axis) => n * prim.inputs[0]!.shape[axis]!, 1) : 0
const isOverBatch = ({ spec, inputs }: Prim): boolean =>
  spec.kind === 'reduce' && spec.axes.includes(0) && inputs[0]!.shape[0]! > 1
export const isLoop = (prim: Prim): boolean => reductionSize(prim) > smallReduction || isOverBatch(prim)

/** What is stored, and which stored primitive finishes which reduction. */
export interface Decisions {
  readonly stored: Set<Prim>
  /** stored root → the reduction computed inside its kernel. */
  readonly reductions: Map<Prim, Prim>
}

export function decide(
  order: readonly Prim[],
  outputs: readonly Prim[],
  forced: ReadonlySet<Prim>,
  limits = usualCosts,
): Decisions {
  const users = new Map<Prim, Set<Prim>>()
  for (const prim of order)
    for (const input of prim.inputs) users.set(input, (users.get(input) ?? new Set()).add(prim))
  const usersOf = (prim: Prim): Set<Prim> => users.get(prim) ?? new Set()
  const stored = new Set<Prim>(forced)
  for (const output of outputs) stored.add(output)
  for (const prim of order) if (alwaysStored.has(prim.spec.kind)) stored.add(prim)

  const reductions = new Map<Prim, Prim>()
  const claimed = new Set<Prim>()
  for (const prim of order) {
    if (!isLoop(prim)) continue
    let root = prim
    claimed.add(root)
    for (let length = 0; length < epilogueLimit; length++) {
      const next = usersOf(root).size === 1 ? [...usersOf(root)][0]! : null
      if (next === null || stored.has(root) || claimed.has(next)) break
      const follows = elementwise.has(next.spec.kind) || next.spec.kind === 'reshape'
      if (!follows || numel(next.shape) !== numel(prim.shape)) break
      claimed.add(next)
      root = next
    }
    stored.add(root)
    reductions.set(root, prim)
  }

  for (const prim of order) {
    if (prim.spec.kind === 'contract')
      for (const operand of prim.inputs) stored.add(viewBase(operand, stored) ?? operand)
    if (prim.spec.kind === 'scatter' || prim.spec.kind === 'routine')
      for (const operand of prim.inputs) stored.add(contiguousBase(operand, stored))
  }

  // What many elements share is computed before them, and then costs them nothing.
  const costNow = () => costs(order, stored, claimed, limits.exponential)
  for (const prim of stretchedValues(order, stored, usersOf, costNow())) stored.add(prim)
  for (const prim of dearTerms(order, costNow(), limits.term)) stored.add(prim)
  const cost = costNow()

  /** Kernels whose code contains the primitive. */
  const homes = new Map<Prim, Set<Prim>>()
  for (const prim of order.toReversed()) {
    const home = new Set<Prim>()
    for (const user of usersOf(prim))
      for (const h of stored.has(user) ? [user] : homes.get(user)!) home.add(h)
    homes.set(prim, home)
    const isCheap = prim.spec.kind === 'const' || sourceViews.has(prim.spec.kind)
    if (!isCheap && !stored.has(prim) && home.size > 1 && cost.get(prim)! > recomputeLimit) stored.add(prim)
  }
  return { stored, reductions }
}

/** What computing one element of each primitive costs, down to what is stored; chains that grow too long are cut. */
function costs(
  order: readonly Prim[],
  stored: Set<Prim>,
  claimed: ReadonlySet<Prim>,
  exponential: number,
): Map<Prim, number> {
  const cost = new Map<Prim, number>()
  const depth = new Map<Prim, number>()
  for (const prim of order) {
    if (stored.has(prim)) {
      cost.set(prim, 0)
      depth.set(prim, 0)
      continue
    }
    // Expensive functions may become long formulas later.
    const below =
      Math.max(0, ...prim.inputs.map((i) => depth.get(i)!)) +
      Math.max(1, ownCost(prim, usualCosts.exponential))
    const cut = below > depthLimit && !claimed.has(prim)
    if (cut) stored.add(prim)
    depth.set(prim, cut ? 0 : below)
    const inputs = prim.inputs.reduce((sum, i) => sum + cost.get(i)!, 0)
    cost.set(
      prim,
      prim.spec.kind === 'reduce' ? reductionSize(prim) * (inputs + 1) : ownCost(prim, exponential) + inputs,
    )
  }
  return cost
}

/** What reductions gather that is dearer than `limit`. */
const dearTerms = (order: readonly Prim[], cost: ReadonlyMap<Prim, number>, limit: number): Prim[] =>
  order.filter(isLoop).flatMap(({ inputs: [term] }) => {
    return elementwise.has(term!.spec.kind) && cost.get(term!)! > limit ? [term!] : []
  })

/** Values of which each element is used again and again, and that are worth keeping for it. */
function stretchedValues(
  order: readonly Prim[],
  stored: ReadonlySet<Prim>,
  usersOf: (prim: Prim) => ReadonlySet<Prim>,
  cost: ReadonlyMap<Prim, number>,
): Prim[] {
  const found: Prim[] = []
  /** Views that are not stored and of which each element is used again and again. */
  const stretchedViews = new Set<Prim>()
  for (const prim of order.toReversed()) {
    const isStretched = [...usersOf(prim)].some((user) => {
      const repeats =
        user.spec.kind === 'expand' ||
        user.spec.kind === 'window' ||
        (user.spec.kind === 'gather' && user.inputs[0] === prim)
      return stretchedViews.has(user) || (repeats && numel(user.shape) > numel(prim.shape))
    })
    if (!isStretched || stored.has(prim) || prim.spec.kind === 'const') continue
    // Of a view, what it looks at is stored: that is no larger.
    if (sourceViews.has(prim.spec.kind)) stretchedViews.add(prim)
    else if (cost.get(prim)! >= 4) found.push(prim)
  }
  return found
}

/** The largest part of a kernel that can be computed on its own. */
export function splitPoint(root: Prim, stored: ReadonlySet<Prim>): Prim | null {
  const known = new Map<Prim, Set<Prim>>()
  const leaves = (prim: Prim): Set<Prim> => {
    if (stored.has(prim)) return new Set([prim])
    let found = known.get(prim)
    if (!found) known.set(prim, (found = new Set(prim.inputs.flatMap((i) => [...leaves(i)]))))
    return found
  }
  let best: Prim | null = null
  let most = 1
  let level: Prim[] = [...root.inputs]
  const total = new Set(root.inputs.flatMap((i) => [...leaves(i)])).size
  while (level.length > 0 && best === null) {
    for (const prim of level) {
      const width = stored.has(prim) ? 0 : leaves(prim).size
      if (width > most && width < total) [best, most] = [prim, width]
    }
    level = [...new Set(level.filter((p) => !stored.has(p)).flatMap((p) => [...p.inputs]))]
  }
  return best
}
