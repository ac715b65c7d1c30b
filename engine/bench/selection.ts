/** Which workloads and cases a call asks for. */
import type { Case, Workload } from './cases.ts'

export interface Selected {
  workload: Workload
  cases: [label: string, c: Case][]
}

/**
 * By name, or all of them; --quick leaves out what a workload leaves out of it, unless it was named. Errors: names that
 * do not exist.
 */
export function select(workloads: readonly Workload[], names: readonly string[], quick: boolean): Selected[] {
  const known = new Set(workloads.map(({ name }) => name))
  const unknown = names.filter((name) => !known.has(name))
  if (unknown.length > 0)
    throw new Error(`There is no workload ${unknown.join(', ')}. There are: ${[...known].join(', ')}.`)
  const isNamed = ({ name }: Workload): boolean => names.length === 0 || names.includes(name)
  return workloads.flatMap((workload) => {
    if (!isNamed(workload)) return []
    const cases = Object.entries(workload.cases)
    const whole = !quick || workload.quick === undefined || (names.length > 0 && workload.quick.length === 0)
    const chosen = whole ? cases : cases.filter(([label]) => workload.quick!.includes(label))
    return chosen.length > 0 ? [{ workload, cases: chosen }] : []
  })
}
