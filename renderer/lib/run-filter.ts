/** What somebody typed to find runs, as what is asked of the host. */
import type { RunFilter, RunState } from '../../electron/contract/index.ts'

export interface FilterForm {
  text: string
  state: RunState | ''
  series: string
  bound: 'atLeast' | 'atMost'
  limit: string
  setting: string
  value: string
}
export const emptyForm: Readonly<FilterForm> = {
  text: '',
  state: '',
  series: '',
  bound: 'atLeast',
  limit: '',
  setting: '',
  value: '',
}

/** A metric without a limit asks for the runs that have it; a setting without a value asks for nothing. */
export function filterOf({ text, state, series, bound, limit, setting, value }: FilterForm): RunFilter {
  const number = Number(limit.trim().replace(',', '.'))
  const hasLimit = limit.trim() !== '' && Number.isFinite(number)
  return {
    ...(text.trim() && { text: text.trim() }),
    ...(state && { states: [state] }),
    ...(series && { metrics: [{ series, ...(hasLimit && { [bound]: number }) }] }),
    ...(setting && value.trim() && { settings: [{ setting, is: value.trim() }] }),
  }
}
