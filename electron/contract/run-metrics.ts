/** The metrics of a run by split. Apart from all schemas, as the rail of every page asks for them. */
import type { Metrics } from './entities.ts'
import type { RunSummary } from './runs.ts'

/** The metrics of one split by the names of their definitions; null: none were measured on it. */
export function metricsOn(
  split: 'validation' | 'test',
  { metrics }: Pick<RunSummary, 'metrics'>,
): Metrics | null {
  const prefix = `${split}/`
  const found = Object.entries(metrics).flatMap(([name, value]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
  )
  return found.length === 0 ? null : Object.fromEntries(found)
}

/** The same the other way round, as a run holds them. */
export const asSeries = (split: 'validation' | 'test', metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${split}/${name}`, value]))
