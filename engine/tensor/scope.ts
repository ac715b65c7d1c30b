/** Names for what is being computed, so that a profile can say whose time it was. */
export type Pass = 'forward' | 'backward' | 'optimizer'

let created = 0

export class Scope {
  /** Scopes made later have larger numbers. */
  readonly order = created++
  /** A module's dotted name in its model, such as `layer1.0.conv1`, or what recordFunction was given. */
  readonly layer: string
  /** The module's class, such as `Conv2d`; empty where there is none. */
  readonly type: string
  readonly pass: Pass
  /** Where gradients of what is computed here belong. */
  readonly backward: Scope

  constructor(layer: string, type = '', pass: Pass = 'forward') {
    this.layer = layer
    this.type = type
    this.pass = pass
    this.backward = pass === 'forward' ? new Scope(layer, type, 'backward') : this
  }
}

let current: Scope | null = null
export const currentScope = (): Scope | null => current

/** From here on what is computed belongs to `scope`, until the answer is called. */
export function enterScope(scope: Scope): () => void {
  const before = current
  current = scope
  return () => void (current = before)
}

/** Runs `body` (synchronous); what it computes belongs to `scope`, unless to a scope inside it. */
export function withScope<R>(scope: Scope, body: () => R): R {
  const leave = enterScope(scope)
  try {
    return body()
  } finally {
    leave()
  }
}

/**
 * Runs `body` (synchronous) under a name that profiles show, for work that belongs to no module, such as the loss.
 * Costs nothing where no profile is made. Source: torch.profiler.record_function.
 */
export const recordFunction = <R>(name: string, body: () => R): R => withScope(new Scope(name), body)
