/** The data that a saved model was trained on, for what a command does with it. */
import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DescentError } from '../../contract/index.ts'
import { hashOfImport } from '../datasets/hash-of-import.ts'
import type { AtHand } from '../deploy/exports/at-hand.ts'
import type { LoadedModel } from '../deploy/folder.ts'
import { isAddress } from '../remote/index.ts'
import { parseCommand, type ExploreCommand } from './args.ts'
import { openData, prepareOpened } from './open-data.ts'

const absent = (why: string): AtHand => ({ prepared: null, why: `${why} Name the data with --data.` })

/**
 * Prepared as in training. `named`: the file that a person says they are in; null: the recipe's.
 * Errors: a DescentError for a file that somebody named and that is another.
 */
export async function dataOfModel(
  { document: { provenance } }: LoadedModel,
  named: string | null,
  scratch: string,
): Promise<AtHand> {
  const { recipe, dataSha256 } = provenance
  const path = named ?? recipe.data.source.path
  if (named === null && isAddress(path)) return absent('They came from an address, which is not asked again.')
  if (named === null && !existsSync(path)) return absent(`There is no ${path} any more.`)
  const source = { ...recipe.data.source, path: isAddress(path) ? path : resolve(path) }
  const file = join(scratch, 'recipe.json')
  writeFileSync(file, JSON.stringify({ ...recipe, data: { ...recipe.data, source } }))
  const asked = parseCommand(['explore', file]) as ExploreCommand
  try {
    const opened = await openData(asked, join(scratch, 'data'))
    if (hashOfImport(opened.receipt) === dataSha256) return { prepared: await prepareOpened(opened) }
    if (named === null) return absent(`${path} has changed since.`)
  } catch (error) {
    // A file that became another one is as good as none, unless somebody names it.
    if (named === null && error instanceof DescentError) return absent(error.message)
    throw error
  }
  throw new DescentError(
    'badData',
    `${named} is not what the model was trained on: its contents differ. Give that file, or leave --data out.`,
    'data',
  )
}
