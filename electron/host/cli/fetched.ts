/** What the command line names as data: a path, or an address, which is fetched and said so. */
import type { Limits, Reading } from '../../contract/index.ts'
import { checkPath } from '../inputs/regular-file.ts'
import { connectedTo, fetchedPath, isAddress, type Rest } from '../remote/index.ts'
import { tell } from './for-terminal.ts'

export const checkNamed = (named: string): string => (isAddress(named) ? named : checkPath(named))

/** `folder`: for what is fetched. */
export async function pathOf(
  named: string,
  reading: Partial<Reading> & { readonly mirror?: string | null },
  folder: string,
  limits: Limits,
): Promise<{ readonly path: string; readonly rest: Rest }> {
  const from = await connectedTo({ path: named }, reading.mirror ?? null)
  if (from !== null) tell(`Fetching ${from}\n`)
  const { path, rest, notes } = await fetchedPath({ ...reading, path: named }, folder, limits)
  for (const note of notes) tell(`${note}\n`)
  return { path, rest }
}
