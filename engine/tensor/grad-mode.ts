/**
 * Whether operations are recorded for a backward pass. In Node the answer belongs to a flow of control, as PyTorch's
 * belongs to a thread: an asynchronous body keeps its mode to its end, and what runs meanwhile keeps its own.
 */
interface Context {
  get(): boolean
  run<R>(enabled: boolean, body: () => R): R
}

interface AsyncStorage {
  getStore(): boolean | undefined
  run<R>(store: boolean, body: () => R): R
}

/** Absent outside Node, for whose modules a browser has no names. */
function asyncContext(): Context | null {
  const node = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process
  const hooks = node?.getBuiltinModule?.('node:async_hooks') as
    { AsyncLocalStorage: new () => AsyncStorage } | undefined
  if (!hooks) return null
  const storage = new hooks.AsyncLocalStorage()
  return { get: () => storage.getStore() ?? true, run: (enabled, body) => storage.run(enabled, body) }
}

function syncContext(): Context {
  let current = true
  return {
    get: () => current,
    run(enabled, body) {
      const before = current
      current = enabled
      try {
        const result = body()
        if (result instanceof Promise)
          throw new TypeError('noGrad() and enableGrad() take a synchronous body where there is no Node.')
        return result
      } finally {
        current = before
      }
    },
  }
}

const context: Context = asyncContext() ?? syncContext()

/** Whether what is computed now is recorded for gradients. Source: torch.is_grad_enabled. */
export const isGradEnabled = (): boolean => context.get()

export const withGrad = <R>(enabled: boolean, body: () => R): R =>
  context.get() === enabled ? body() : context.run(enabled, body)

/** Runs `body`, which may be asynchronous, without recording operations. Source: torch.no_grad. */
export const noGrad = <R>(body: () => R): R => withGrad(false, body)

/** Runs `body` with operations recorded, inside noGrad() too. Source: torch.enable_grad. */
export const enableGrad = <R>(body: () => R): R => withGrad(true, body)
