/** How long a saved model takes to answer on this machine: as Descent serves it, and as an ONNX file in onnxruntime. */
import { cpus } from 'node:os'
import { feedsOf } from '../../../../resources/portable/reader.js'
import {
  DescentError,
  exportFormats,
  first,
  formatCount,
  keptAs,
  plural,
  type Latency,
  type LatencyOptions,
  type LatencyPoint,
  type MeasuredLatency,
} from '../../../contract/index.ts'
import type { Frame } from '../../datasets/frame.ts'
import { withDuckDB } from '../../kinds/table/duckdb.ts'
import { ModelService, mostWaiting } from '../../rest/service.ts'
import { readRows } from '../../rest/values.ts'
import { exampleRow } from '../example.ts'
import { exportedFiles } from '../exports/index.ts'
import { openOnnx } from '../exports/runtime.ts'
import type { LoadedModel } from '../folder.ts'
import { keepLatency } from './keep.ts'
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
  requireRoom(sizes, options.concurrency)
  const all = sizes.length * (ascending(options.concurrency).length + 1)
  let count = 0
  const done = (): void => progress(++count / all)
  const runs = [await asServed(model, await framesOf(model, sizes), options, done)]
  const notes: string[] = []
  try {
    runs.push(await asOnnx(model, sizes, options, done))
  } catch (error) {
    // What cannot be written or opened as ONNX, or breaks there, is measured without: the times before it are worth having.
    notes.push(
      `Of an ONNX file nothing was measured: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const latency: Latency = {
    measuredAt: Date.now(),
    machine: machine(),
    runs,
    memory: process.memoryUsage.rss(),
    weights: Object.values(model.weights).reduce((sum, { data }) => sum + data.byteLength, 0),
  }
  return { latency, notes: [...notes, ...(await keepLatency(model, latency))] }
}

/** More rows than the server lets wait would be refused in the middle, when much is measured already. */
function requireRoom(sizes: readonly number[], concurrency: readonly number[]): void {
  const [rows, callers] = [Math.max(...sizes), Math.max(...concurrency)]
  if (rows * callers <= mostWaiting) return
  throw new DescentError(
    'badRequest',
    `${plural(callers, 'caller')} with ${plural(rows, 'row')} each bring ${formatCount(rows * callers)} rows at once, and a server lets ${formatCount(mostWaiting)} wait. Choose fewer callers or fewer rows.`,
    'concurrency',
  )
}
