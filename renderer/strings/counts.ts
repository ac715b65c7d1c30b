/** How many of what. */
import { plural } from '../lib/format.ts'

export const counts = {
  rows: (count: number) => plural(count, 'row'),
  columns: (count: number) => plural(count, 'column'),
  runs: (count: number) => plural(count, 'run'),
}
