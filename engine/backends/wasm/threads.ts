/** How many threads compute, where nobody says. */
import { nodeThreads } from './thread-pool.ts'

/** Beyond these, memory is the limit of all but large products. */
const mostThreads = 8

/**
 * One for each core this process may use, at most eight; DESCENT_THREADS in the environment chooses another number. Of
 * two hardware threads of one core, a second one would only wait for the first one's arithmetic.
 */
export function usualThreads(): number {
  if (!nodeThreads()) return 1
  const wanted = Number(process.env['DESCENT_THREADS'])
  if (Number.isInteger(wanted) && wanted >= 1) return wanted
  const { availableParallelism } = process.getBuiltinModule('node:os')
  return Math.max(1, Math.min(mostThreads, availableParallelism(), physicalCores() ?? Infinity))
}

/** null where the system does not say: only Linux does. */
function physicalCores(): number | null {
  const { globSync, readFileSync } = process.getBuiltinModule('node:fs')
  try {
    const lists = globSync('/sys/devices/system/cpu/cpu[0-9]*/topology/thread_siblings_list')
    return new Set(lists.map((path) => readFileSync(path, 'utf8'))).size || null
  } catch {
    return null
  }
}
