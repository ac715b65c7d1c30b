/** How long a saved model takes to answer on this machine: as Descent serves it, and as an ONNX file in onnxruntime. */
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { feedsOf } from '../../../../resources/portable/reader.js'
import {
  DescentError,
  exportFormats,
  first,
  keptAs,
  type Latency,
  type LatencyOptions,
  type LatencyPoint,
  type MeasuredLatency,
} from '../../../contract/index.ts'
import type { Frame } from '../../datasets/frame.ts'
import { withDuckDB } from '../../kinds/table/duckdb.ts'
import { ModelService } from '../../rest/service.ts'
import { readRows } from '../../rest/values.ts'
import { modelCard } from '../card.ts'
import { exampleRow } from '../example.ts'
import { exportedFiles } from '../exports/index.ts'
import { openOnnx } from '../exports/runtime.ts'
import { documentFile, type LoadedModel } from '../folder.ts'
import { manifestFile, whyKept, type Files, type ListedFile } from '../owned-folder.ts'
import { writeFolder } from '../replace-folder.ts'
import { timed } from './timing.ts'

const machine = (): string => {
  const all = cpus()
  return `${(all[0]?.model ?? 'unknown processor').trim()}, ${all.length} ${all.length === 1 ? 'core' : 'cores'}`
}

/** So many rows, as a request would bring them. */
async function framesOf({ document }: LoadedModel, sizes: readonly number[]): Promise<Map<number, Frame>> {
  const { preparation, provenance } = document
  const marks = provenance.recipe.kind === 'table' ? provenance.recipe.data.source.missingValues : []
  const row = exampleRow(document)
  return await withDuckDB(async (connection) => {
    const frames = new Map<number, Frame>()
    for (const size of sizes) {
      const rows = Array.from({ length: size }, () => row)
      frames.set(size, (await readRows(connection, rows, preparation.columns, marks)).frame)
    }
    return frames
  })
}

type Run = Latency['runs'][number]

/** As `descent deploy` answers: what comes together goes through the network together. */
async function asServed(
  model: LoadedModel,
  frames: ReadonlyMap<number, Frame>,
  { concurrency, seconds }: LatencyOptions,
  done: () => void,
): Promise<Run> {
  const service = await ModelService.open(model)
  const points: LatencyPoint[] = []
  for (const [rows, frame] of frames)
    for (const callers of ascending(concurrency)) {
      points.push(await timed(async () => void (await service.predict(frame)), { rows, callers, seconds }))
      done()
    }
  return { by: `Descent on ${service.device}`, points }
}

/** As onnxruntime computes the file that an export would write: one call at a time. */
async function asOnnx(
  model: LoadedModel,
  sizes: readonly number[],
  { seconds }: LatencyOptions,
  done: () => void,
): Promise<Run> {
  const { files } = await exportedFiles(model, first(exportFormats, { certificate: 0 }))
  const signature = JSON.parse(files['signature.json'] as string) as Parameters<typeof feedsOf>[0]
  const runtime = await openOnnx(files['model.onnx'] as Uint8Array)
  try {
    const row = exampleRow(model.document)
    const points: LatencyPoint[] = []
    for (const rows of sizes) {
      const { feeds } = feedsOf(
        signature,
        Array.from({ length: rows }, () => row),
      )
      points.push(await timed(async () => void (await runtime.run(feeds)), { rows, callers: 1, seconds }))
      done()
    }
    return { by: `ONNX in ${runtime.name}`, points }
  } finally {
    await runtime.close()
  }
}

const ascending = (values: readonly number[]): number[] => [...new Set(values)].toSorted((a, b) => a - b)

/** Errors: a DescentError for a model of pictures, which is not served. */
export async function measureLatency(
  model: LoadedModel,
  options: LatencyOptions,
  progress: (share: number) => void = () => undefined,
): Promise<MeasuredLatency> {
  const { preparation, provenance } = model.document
  if (provenance.recipe.kind === 'images' || preparation.columns.some(({ kind }) => keptAs(kind) === 'image'))
    throw new DescentError(
      'badRequest',
      'This model takes pictures, which descent deploy is not sent: there is nothing to measure. Export it as a server, and measure that.',
      'model',
    )
  const sizes = ascending(options.batches)
  const all = sizes.length * (ascending(options.concurrency).length + 1)
  let count = 0
  const done = (): void => progress(++count / all)
  const runs = [await asServed(model, await framesOf(model, sizes), options, done)]
  const notes: string[] = []
  try {
    runs.push(await asOnnx(model, sizes, options, done))
  } catch (error) {
    // What cannot be written as ONNX is measured without.
    if (!(error instanceof DescentError)) throw error
    notes.push(`Of an ONNX file nothing was measured: ${error.message}`)
  }
  const latency: Latency = {
    measuredAt: Date.now(),
    machine: machine(),
    runs,
    memory: process.memoryUsage.rss(),
    weights: Object.values(model.weights).reduce((sum, { data }) => sum + data.byteLength, 0),
  }
  return { latency, notes: [...notes, ...keepLatency(model, latency)] }
}

/** Into model.json and the card, where the folder is as Descent wrote it. Returns why not. */
function keepLatency({ path, document }: LoadedModel, latency: Latency): string[] {
  const why = whyKept(path)
  if (why !== null) return [`The times are not written with the model: ${path} ${why}.`]
  const { files } = JSON.parse(readFileSync(join(path, manifestFile), 'utf8')) as { files: ListedFile[] }
  const changed = { ...document, latency }
  const kept: Files = Object.fromEntries(files.map(({ name }) => [name, readFileSync(join(path, name))]))
  writeFolder(path, {
    ...kept,
    [documentFile]: JSON.stringify(changed, null, 2) + '\n',
    'README.md': modelCard(changed),
  })
  return []
}
