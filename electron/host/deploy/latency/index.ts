/** How long a saved model takes to answer on this machine: as Descent serves it, and as an ONNX file in onnxruntime. */
import { cpus } from 'node:os'
import { feedsOf } from '../../../../resources/portable/reader.js'
import {
  DescentError,
  exportFormats,
  first,
  limitsTime,
  formatCount,
  plural,
  type Latency,
  type LatencyOptions,
  type LatencyPoint,
  type MeasuredLatency,
} from '../../../contract/index.ts'
import type { Frame } from '../../datasets/frame.ts'
import { withDuckDB } from '../../kinds/table/duckdb.ts'
import { ModelService, mostWaitingOf } from '../../rest/service.ts'
import { noiseIn, RawPixels } from '../../rest/pictures.ts'
import { readRows } from '../../rest/values.ts'
import { inputsOf } from '../../prepare/preparation.ts'
import { exampleRow } from '../example.ts'
import { exportedFiles } from '../exports/index.ts'
import { openOnnx } from '../exports/runtime.ts'
import type { LoadedModel } from '../folder.ts'
import { budgetOf, budgetVerdict, bytesOf } from './budget.ts'
import { keepLatency } from './keep.ts'
import { fewestCalls, timed } from './timing.ts'

const machine = (): string => {
  const all = cpus()
  return `${(all[0]?.model ?? 'unknown processor').trim()}, ${all.length} ${all.length === 1 ? 'core' : 'cores'}`
}

/** So many rows, as a request would bring them. */
async function framesOf({ document }: LoadedModel, sizes: readonly number[]): Promise<Map<number, Frame>> {
  const { preparation, provenance } = document
  const pictures = Object.entries(noiseIn(preparation.columns))
  const seen = pictures.map(([name, bytes]) => [name, new RawPixels(bytes)] as const)
  const row = { ...exampleRow(document), ...Object.fromEntries(seen) }
  return await withDuckDB(async (connection) => {
    const frames = new Map<number, Frame>()
    for (const size of sizes) {
      const rows = Array.from({ length: size }, () => row)
      frames.set(size, (await readRows(connection, rows, preparation.columns, provenance.recipe)).frame)
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
      const call = async () => void (await service.predict(rows, () => ({ frame })))
      points.push(await timed(call, { rows, callers, seconds }))
      done()
    }
  return { by: `Descent on ${service.device}`, points }
}

/** Milliseconds in which 99 % of calls with so many rows are answered by a model that was just written. */
export async function timeOfAnswers(model: LoadedModel, rows: number): Promise<number> {
  const options = { batches: [rows], concurrency: [1], seconds: 0.5 }
  const { points } = await asServed(model, await framesOf(model, [rows]), options, () => undefined)
  return points[0]!.p99
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
    const row = { ...exampleRow(model.document), ...noiseIn(model.document.preparation.columns) }
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

export async function measureLatency(
  model: LoadedModel,
  options: LatencyOptions,
  progress: (share: number) => void = () => undefined,
): Promise<MeasuredLatency> {
  const budget = budgetOf(model.document)
  // What the recipe limits is measured whatever was asked for.
  const limited = limitsTime(budget) ? [budget.rows] : []
  const sizes = ascending([...options.batches, ...limited])
  const concurrency = ascending([...options.concurrency, ...limited.map(() => 1)])
  requireRoom(model, sizes, concurrency)
  const all = sizes.length * (concurrency.length + 1)
  let count = 0
  const done = (): void => progress(++count / all)
  const runs = [await asServed(model, await framesOf(model, sizes), { ...options, concurrency }, done)]
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
    weights: bytesOf(model.weights),
  }
  return {
    latency,
    budget: budgetVerdict(model.document, latency, latency.weights),
    notes: [...notes, ...fewCalls(latency), ...(await keepLatency(model, latency))],
  }
}

/** Where calls are slow, percentiles are of few. */
function fewCalls({ runs }: Latency): string[] {
  const few = runs.flatMap(({ points }) => points).filter(({ calls }) => calls < fewestCalls)
  if (few.length === 0) return []
  const least = Math.min(...few.map(({ calls }) => calls))
  return [
    `Calls are so slow that of ${plural(few.length, 'combination')} fewer than ${fewestCalls} were timed, at least ${least}: their high percentiles say little. Ask about fewer rows at once.`,
  ]
}

/** More rows than the server lets wait would be refused in the middle, when much is measured already. */
function requireRoom(
  { document }: LoadedModel,
  sizes: readonly number[],
  concurrency: readonly number[],
): void {
  const most = mostWaitingOf(inputsOf(document.preparation))
  const [rows, callers] = [Math.max(...sizes), Math.max(...concurrency)]
  if (rows * callers <= most) return
  throw new DescentError(
    'badRequest',
    `${plural(callers, 'caller')} with ${plural(rows, 'row')} each bring ${formatCount(rows * callers)} rows at once, and a server lets ${formatCount(most)} wait. Choose fewer callers or fewer rows.`,
    'concurrency',
  )
}
