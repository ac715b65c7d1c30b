/** Work that may never end, such as a regular expression of a file of others, under a deadline within this thread. */
import { createContext, Script, type Context } from 'node:vm'

/** What was begun took too long, and was ended. */
export class OutOfTime extends Error {
  override name = 'OutOfTime'
}

let context: Context | null = null
const script = new Script('run()')
let underWay = false

/**
 * What `run` gives. It may be ended between any two steps, and its own `finally` is then not run: give it work that only computes.
 * Within another deadline that one counts. Errors: OutOfTime, and those of `run`.
 */
export function within<T>(milliseconds: number, run: () => T): T {
  if (underWay) return run()
  const made: T[] = []
  context ??= createContext({})
  context['run'] = () => void made.push(run())
  underWay = true
  try {
    script.runInContext(context, { timeout: milliseconds })
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new OutOfTime()
    throw error
  } finally {
    underWay = false
    delete context['run']
  }
  return made[0]!
}
