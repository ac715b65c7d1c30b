/** Scalar expressions: what one kernel computes for one element. Equal expressions are one object. */
import type { ComputeType } from '../tensor/dtype.ts'
import { indexLoops, type Index } from './index-expr.ts'
import type { BinaryFn, UnaryFn } from './primitive.ts'

export type ExprSpec =
  | { readonly op: 'const'; readonly value: number }
  /** Element `index` of buffer `slot`; read only where the guard (args[0]) holds, if there is one, else 0. */
  | { readonly op: 'load'; readonly slot: number; readonly index: Index }
  /** The integer value of an address expression (iota). */
  | { readonly op: 'index'; readonly index: Index }
  /** The finished value of a term of this kernel's reduction. */
  | { readonly op: 'reduced'; readonly term: number }
  | { readonly op: 'unary'; readonly fn: UnaryFn }
  | { readonly op: 'binary'; readonly fn: BinaryFn }
  | { readonly op: 'where' }
  | { readonly op: 'cast' }
  | { readonly op: 'bitcast' }

export interface Expr {
  readonly id: number
  readonly spec: ExprSpec
  readonly dtype: ComputeType
  readonly args: readonly Expr[]
  /** Longest way down to a leaf: what recursion over it costs. */
  readonly depth: number
  /** Loop variables it depends on. */
  readonly loops: ReadonlySet<number>
}

const isConst = ({ spec }: Expr, value: number): boolean => spec.op === 'const' && spec.value === value

export class ExprBuilder {
  readonly #interned = new Map<string, Expr>()

  make(spec: ExprSpec, dtype: ComputeType, args: readonly Expr[] = []): Expr {
    if (spec.op === 'where') return this.#choice(dtype, args as readonly [Expr, Expr, Expr])
    return this.#make(spec, dtype, args)
  }

  /** Padding asks the same question about what stands inside, about its truth, and about both. */
  #choice(dtype: ComputeType, [condition, ifTrue, ifFalse]: readonly [Expr, Expr, Expr]): Expr {
    if (dtype === 'bool' && condition.dtype === 'bool' && isConst(ifTrue, 1) && isConst(ifFalse, 0))
      return condition
    const chosen = ifTrue.spec.op === 'where' && ifTrue.args[0] === condition ? ifTrue.args[1]! : ifTrue
    return this.#make({ op: 'where' }, dtype, [condition, chosen, ifFalse])
  }

  #make(spec: ExprSpec, dtype: ComputeType, args: readonly Expr[]): Expr {
    const key = `${specKey(spec)}|${dtype}|${args.map((a) => a.id).join()}`
    const known = this.#interned.get(key)
    if (known) return known
    const loops = new Set<number>()
    for (const arg of args) for (const loop of arg.loops) loops.add(loop)
    if (spec.op === 'load' || spec.op === 'index') for (const loop of indexLoops(spec.index)) loops.add(loop)
    const depth = 1 + args.reduce((deepest, arg) => Math.max(deepest, arg.depth), 0)
    const expr: Expr = { id: this.#interned.size, spec, dtype, args, depth, loops }
    this.#interned.set(key, expr)
    return expr
  }

  /** Rebuilds `expr` with other leaves; `leaf` returns null to keep one (its address is still rewritten by it). */
  rewrite(expr: Expr, leaf: (expr: Expr) => Expr | null, memo = new Map<Expr, Expr>()): Expr {
    const done = memo.get(expr)
    if (done) return done
    const out =
      leaf(expr) ??
      (expr.args.length === 0
        ? this.make(expr.spec, expr.dtype)
        : this.make(
            expr.spec,
            expr.dtype,
            expr.args.map((a) => this.rewrite(a, leaf, memo)),
          ))
    memo.set(expr, out)
    return out
  }
}

function specKey(spec: ExprSpec): string {
  switch (spec.op) {
    case 'const':
      return `c${Object.is(spec.value, -0) ? '-0' : spec.value}`
    case 'load':
      return `l${spec.slot}@${spec.index.key}`
    case 'index':
      return `x${spec.index.key}`
    case 'unary':
    case 'binary':
      return `${spec.op}:${spec.fn}`
    case 'reduced':
      return `r${spec.term}`
    default:
      return spec.op
  }
}

/** All expressions below `roots`, arguments before users; run-time addresses count as arguments. */
export function exprOrder(roots: readonly Expr[]): Expr[] {
  const order: Expr[] = []
  const seen = new Set<Expr>()
  const visit = (expr: Expr): void => {
    if (seen.has(expr)) return
    seen.add(expr)
    for (const child of exprChildren(expr)) visit(child)
    order.push(expr)
  }
  roots.forEach(visit)
  return order
}

export function exprChildren(expr: Expr): Expr[] {
  const { spec } = expr
  if (spec.op !== 'load' && spec.op !== 'index') return [...expr.args]
  return [...expr.args, ...addressValues(spec.index)]
}

function addressValues(index: Index): Expr[] {
  return index.terms.flatMap(({ atom }) => {
    if (atom.kind === 'value') return [atom.expr]
    return atom.kind === 'loop' ? [] : addressValues(atom.of)
  })
}
