/** How long a saved model takes to answer on this machine: as Descent serves it, and as an ONNX file in onnxruntime. */
import { cpus } from 'node:os'
import { feedsOf } from '../../../../resources/portable/reader.js'
import {
  DescentError,
  exportFormats,
  fewestCalls,
  first,
  limitsTime,
  formatCount,
  plural,
  type Budget,
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
import { timed, type Patience } from './timing.ts'

const machine = (): string => {
  const all = cpus()
  return `${(all[0]?.model ?? 'unknown processor').trim()}, ${all.length} ${all.length === 1 ? 'core' : 'cores'}`
}

/** How many rows a server lets wait. */
const roomOf = ({ document }: LoadedModel): number => mostWaitingOf(inputsOf(document.preparation))

/** So many rows, as a request would bring them; of more than a server lets wait, as several that follow each other. */
async function framesOf(model: LoadedModel, sizes: readonly number[]): Promise<Map<number, Frame[]>> {
  const { preparation, provenance } = model.document
  const room = roomOf(model)
  const pictures = Object.entries(noiseIn(preparation.columns))
  const seen = pictures.map(([name, bytes]) => [name, new RawPixels(bytes)] as const)
  const row = { ...exampleRow(model.document), ...Object.fromEntries(seen) }
  return await withDuckDB(async (connection) => {
    const frameOf = async (length: number): Promise<Frame> =>
      (
        await readRows(
          connection,
          Array.from({ length }, () => row),
          preparation.columns,
          provenance.recipe,
        )
      ).frame
    const frames = new Map<number, Frame[]>()
    for (const size of sizes) {
      const whole = Math.floor(size / room)
      const full = whole > 0 ? await frameOf(room) : null
      const rest = size % room > 0 ? [await frameOf(size % room)] : []
      frames.set(size, [...Array.from({ length: whole }, () => full!), ...rest])
    }
    return frames
  })
}

type Run = Latency['runs'][number]
type Asked = Pick<LatencyPoint, 'rows' | 'callers'>

/** As `descent deploy` answers: what comes together goes through the network together. */
async function asServed(
  model: LoadedModel,
  asked: readonly Asked[],
  { seconds, patience }: { readonly seconds: number; readonly patience?: Patience },
  done: () => void = () => undefined,
): Promise<Run> {
  const frames = await framesOf(model, ascending(asked.map(({ rows }) => rows)))
  const service = await ModelService.open(model)
  const points: LatencyPoint[] = []
  for (const { rows, callers } of asked) {
    const call = async (): Promise<void> => {
      for (const frame of frames.get(rows)!) await service.predict(frame.rows, () => ({ frame }))
    }
    points.push(await timed(call, { rows, callers, seconds }, performance, patience))
    done()
  }
  return { by: `Descent on ${service.device}`, points }
}

/** Whoever trained waits for the report: a few seconds. */
const briefly: Patience = { warmUpMs: 1000, mostMs: 2000 }

/** Of a model that was just written: calls with as many rows as its budget speaks of. */
export async function latencyOfBudget(model: LoadedModel, { rows }: Budget): Promise<Latency> {
  const run = await asServed(model, [{ rows, callers: 1 }], { seconds: 0.5, patience: briefly })
  return latencyOf(model, [run])
}

const latencyOf = ({ weights }: LoadedModel, runs: Run[]): Latency => ({
  measuredAt: Date.now(),
  machine: machine(),
  runs,
  memory: process.memoryUsage.rss(),
  weights: bytesOf(weights),
})

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

/** What was asked for, and what the recipe limits: with one caller alone, whatever was asked for. */
function askedOf({ document }: LoadedModel, { batches, concurrency }: LatencyOptions): Asked[] {
  const asked = ascending(batches).flatMap((rows) =>
    ascending(concurrency).map((callers) => ({ rows, callers })),
  )
  const budget = budgetOf(document)
  const isMissing =
    limitsTime(budget) && !asked.some(({ rows, callers }) => rows === budget.rows && callers === 1)
  return (isMissing ? [...asked, { rows: budget.rows, callers: 1 }] : asked).toSorted(
    (a, b) => a.rows - b.rows || a.callers - b.callers,
  )
}

export async function measureLatency(
  model: LoadedModel,
  options: LatencyOptions,
  progress: (share: number) => void = () => undefined,
): Promise<MeasuredLatency> {
  requireRoom(model, options)
  const asked = askedOf(model, options)
  const sizes = ascending(asked.map(({ rows }) => rows)).filter((rows) => rows <= roomOf(model))
  const all = asked.length + sizes.length
  let count = 0
  const done = (): void => progress(++count / all)
  const runs = [await asServed(model, asked, options, done)]
  const notes: string[] = []
  try {
    runs.push(await asOnnx(model, sizes, options, done))
  } catch (error) {
    // What cannot be written or opened as ONNX, or breaks there, is measured without: the times before it are worth having.
    notes.push(
      `Of an ONNX file nothing was measured: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const latency = latencyOf(model, runs)
  return {
    latency,
    budget: budgetVerdict(model.document, latency),
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
function requireRoom(model: LoadedModel, { batches, concurrency }: LatencyOptions): void {
  const most = roomOf(model)
  const [rows, callers] = [Math.max(...batches), Math.max(...concurrency)]
  if (rows * callers <= most) return
  throw new DescentError(
    'badRequest',
    `${plural(callers, 'caller')} with ${plural(rows, 'row')} each bring ${formatCount(rows * callers)} rows at once, and a server lets ${formatCount(most)} wait. Choose fewer callers or fewer rows.`,
    'concurrency',
  )
}
