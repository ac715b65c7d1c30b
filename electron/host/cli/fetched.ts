/** What the command line names as data: a path, or an address, which is fetched and said so. */
import { join } from 'node:path'
import type { Limits } from '../../contract/index.ts'
import { checkPath } from '../inputs/regular-file.ts'
import { plainContext } from '../kinds/kind.ts'
import { fetchFile, isAddress, withoutSecrets } from '../remote/index.ts'

export const checkNamed = (named: string): string => (isAddress(named) ? named : checkPath(named))

/** `folder`: for what is fetched. */
export async function pathOf(named: string, folder: string, limits: Limits): Promise<string> {
  if (!isAddress(named)) return named
  process.stderr.write(`Fetching ${withoutSecrets(named)}\n`)
  const { path } = await fetchFile(
    named,
    { folder: join(folder, 'fetched'), begun: join(folder, 'begun') },
    { ...plainContext, limits, passing: true },
  )
  return path
}
