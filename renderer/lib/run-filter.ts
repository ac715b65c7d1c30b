/** What somebody typed to find runs, as what is asked of the host. */
import type { RunFilter, RunState } from '../../electron/contract/index.ts'

export interface FilterForm {
  /** A line of conditions. */
  where: string
  state: RunState | ''
  series: string
  bound: 'atLeast' | 'atMost'
  limit: string
  setting: string
  value: string
}
export const emptyForm: Readonly<FilterForm> = {
  where: '',
  state: '',
  series: '',
  bound: 'atLeast',
  limit: '',
  setting: '',
  value: '',
}

/** A metric without a limit asks for the runs that have it; a setting without a value asks for nothing. */
export function filterOf({ where, state, series, bound, limit, setting, value }: FilterForm): RunFilter {
  const number = Number(limit.trim().replace(',', '.'))
  const hasLimit = limit.trim() !== '' && Number.isFinite(number)
  return {
    ...(where.trim() && { where: where.trim() }),
    ...(state && { states: [state] }),
    ...(series && { metrics: [{ series, ...(hasLimit && { [bound]: number }) }] }),
    ...(setting && value.trim() && { settings: [{ setting, is: value.trim() }] }),
  }
}
