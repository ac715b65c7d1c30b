import { enterScope, Scope } from '../tensor/scope.ts'
import type { AnyModule } from './module.ts'

/** One call of a module's forward. */
export interface ModuleCall {
  /** Dotted name in the model; '' for the model itself. */
  readonly name: string
  readonly module: AnyModule
  readonly inputs: readonly unknown[]
  readonly output: unknown
}

/**
 * Runs `body` with every module's forward in a scope of its own, by which what it computes can be told; `called` hears of
 * each when it is done.
 */
export function withModuleScopes<R>(
  model: AnyModule,
  body: () => R,
  called: (call: ModuleCall) => void = () => {},
): R {
  const entered: (() => void)[] = []
  const hooks = model.namedModules().flatMap(([name, module]) => {
    const type = module.constructor.name
    return [
      // Made when it is entered: layers are listed in that order.
      module.registerForwardPreHook(
        () => void entered.push(enterScope(name === '' ? new Scope(type) : new Scope(name, type))),
        { prepend: true },
      ),
      module.registerForwardHook(
        (_, inputs, output) => {
          entered.pop()?.()
          if (output !== undefined) called({ name, module, inputs, output })
        },
        { alwaysCall: true },
      ),
    ]
  })
  try {
    return body()
  } finally {
    for (const hook of hooks) hook.remove()
  }
}
