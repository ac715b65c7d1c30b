/** `descent predict`. */
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { checkOutput, writeWhole } from '../deploy/output.ts'
import { predictFile as predictRows } from '../deploy/predict-file.ts'
import { readModelFolder } from '../deploy/folder.ts'
import { serverAt, type Reading } from '../../contract/index.ts'
import type { ModelDocument } from '../deploy/document.ts'
import { plainContext } from '../kinds/kind.ts'
import { withoutSecrets } from '../remote/index.ts'
import { withScratch } from '../scratch.ts'
import { UsageError, type PredictCommand } from './args.ts'
import { checkNamed, pathOf } from './fetched.ts'
import { tell } from './for-terminal.ts'

/** Whoever opens it, and whether the password stands in it. */
const isSame = (...addresses: readonly [string, string]): boolean =>
  new Set(addresses.map((address) => withoutSecrets(address).replace(':***@', '@'))).size === 1

/** Which table of a server: what the command says, else the one of the training, if that is where it was. */
function readingFor({ data, table, query }: PredictCommand, { provenance }: ModelDocument): Partial<Reading> {
  if (table !== null || query !== null)
    return { ...(table !== null && { table }), ...(query !== null && { query }) }
  const { recipe } = provenance
  return recipe.kind === 'table' && isSame(recipe.data.source.path, data) ? recipe.data.source : {}
}

export async function predictFile(command: PredictCommand): Promise<void> {
  const { out, overwrite, json } = command
  if (json && out === null)
    throw new UsageError('With --json, say by --out where the predictions go.', 'predict')
  const started = performance.now()
  const model = await readModelFolder(command.model)
  const input = checkNamed(command.data)
  if ((command.table ?? command.query) !== null && serverAt(input) === null)
    throw new UsageError('--table and --query are for the address of a database server.', 'predict')
  const path = out === null ? null : await checkOutput({ out, overwrite, input, modelFolder: model.path })
  const { rows, notes } = await withScratch(tmpdir(), async (scratch) => {
    const { path: dataPath } = await pathOf(
      input,
      { ...readingFor(command, model.document), mirror: command.mirror },
      scratch,
      command.limits,
    )
    return await predictRows(
      {
        model,
        dataPath,
        coverage: command.coverage,
        folder: scratch,
        write: (chunks) =>
          path === null
            ? pipeline(Readable.from(chunks), process.stdout, { end: false })
            : writeWhole(path, chunks, overwrite),
      },
      { ...plainContext, limits: command.limits },
    )
  })
  for (const note of notes) tell(`${note}\n`)
  if (out !== null) tell(`${rows} predictions written to ${out}\n`)
  if (!json) return
  const seconds = Math.round(performance.now() - started) / 1000
  const report = {
    model: model.path,
    target: model.document.target,
    rows,
    out: resolve(out ?? ''),
    notes,
    seconds,
  }
  process.stdout.write(JSON.stringify(report) + '\n')
}
