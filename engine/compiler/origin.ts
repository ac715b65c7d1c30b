/** Where primitives and kernels come from, for people to read: nothing is compiled differently for it. */
import type { Scope } from '../tensor/scope.ts'
import type { Shape } from '../tensor/shape.ts'

export interface PrimOrigin {
  /** The op that was lowered. */
  readonly op: string
  readonly scope: Scope | null
}

export interface Origin {
  /** Of what the kernel computes, before loops were joined. */
  readonly shape: Shape
  readonly ops: readonly string[]
  readonly scopes: readonly Scope[]
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)]

export function originOf(shape: Shape, parts: readonly (PrimOrigin | null)[]): Origin {
  const known = parts.filter((part) => part !== null)
  return {
    shape,
    ops: unique(known.map((part) => part.op)),
    scopes: unique(known.flatMap(({ scope }) => scope ?? [])),
  }
}

/** Of two kernels over the same elements that become one. */
export function joinOrigins(early: Origin | undefined, late: Origin | undefined): Origin | undefined {
  if (!early || !late) return late ?? early
  return {
    shape: late.shape,
    ops: unique([...early.ops, ...late.ops]),
    scopes: unique([...early.scopes, ...late.scopes]),
  }
}
