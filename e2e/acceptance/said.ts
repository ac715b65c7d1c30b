/** One claim, told with whether it holds. */
import { nothing, type Tally } from '../checks/reports.ts'

export const said = (what: string, holds: boolean, detail: string): Tally => {
  console.log(`${holds ? '✓' : '✗'} ${what}${detail === '' ? '' : `: ${detail}`}`)
  return { ...nothing, passed: holds ? 1 : 0, failed: holds ? 0 : 1 }
}
