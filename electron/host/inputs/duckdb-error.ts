/** What DuckDB says about a person's file, as an error of ours: its own words are for programmers. */
import { DescentError, type Limits } from '../../contract/index.ts'
import { limitError } from './limit-error.ts'

/** `path`: the file that was read. Errors that are no statement about it pass unchanged. */
export function asTableError(error: unknown, path: string, limits: Limits): unknown {
  if (!(error instanceof Error) || error instanceof DescentError || 'code' in error) return error
  const { message } = error
  if (/no space left|disk (is )?full/i.test(message))
    return new DescentError('storageFull', `The disk is full, so ${path} cannot be read in. Make room.`)
  if (/out of memory|failed to (allocate|offload)|max_temp_directory_size/i.test(message))
    return limitError('jobMemory', limits, `Reading ${path} takes`, null)
  if (/line size|max_line_size|maximum line/i.test(message))
    return limitError('lineLength', limits, `A row of ${path} has`, null)
  if (
    /^(invalid input|conversion|io|parser|binder|catalog|out of range|not implemented|internal) error|sniff/i.test(
      message,
    )
  )
    return new DescentError(
      'badData',
      `${path} cannot be read as a table: its quotes or line ends contradict each other. Check the delimiter, or export the table again as CSV.`,
      'path',
    )
  return error
}
