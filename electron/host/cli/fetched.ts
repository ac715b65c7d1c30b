/** What the command line names as data: a path, or an address, which is fetched and said so. */
import type { Limits, Reading } from '../../contract/index.ts'
import { checkPath } from '../inputs/regular-file.ts'
import { fetchedPath, isAddress, withoutSecrets, type Rest } from '../remote/index.ts'

export const checkNamed = (named: string): string => (isAddress(named) ? named : checkPath(named))

/** `folder`: for what is fetched. */
export async function pathOf(
  named: string,
  reading: Partial<Reading>,
  folder: string,
  limits: Limits,
): Promise<{ readonly path: string; readonly rest: Rest }> {
  if (isAddress(named)) process.stderr.write(`Fetching ${withoutSecrets(named)}\n`)
  const { table, query } = reading
  const { path, rest, notes } = await fetchedPath({ path: named, table, query }, folder, limits)
  for (const note of notes) process.stderr.write(`${note}\n`)
  return { path, rest }
}
