/** The log of a training outside of Descent, as the train.py of an exported PyTorch project writes it: a line of JSON for each epoch. */
import { createHash } from 'node:crypto'
import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import { DescentError, formatCount } from '../../contract/index.ts'
import { readRegularFile } from '../inputs/regular-file.ts'
import type { MetricLine, ReadRun } from './read-mlflow.ts'

/** Somebody else may have written it. */
const most = { bytes: 64 << 20, epochs: 100_000, metrics: 100, runs: 1000 }

const lineSchema = z
  .object({ epoch: z.int().min(1).max(10_000_000), seconds: z.number().min(0).max(1e9).default(0) })
  .catchall(z.number().or(z.null()))
type Line = z.infer<typeof lineSchema>

const wrong = (path: string, why: string): DescentError =>
  new DescentError('badData', `${path} ${why}`, 'path')

/** Python writes what is no number in letters, which JSON has not. */
const asJson = (line: string): string =>
  line.replaceAll(/"(?:[^"\\]|\\.)*"?|-?\b(?:NaN|Infinity)\b/g, (found) =>
    found.startsWith('"') ? found : 'null',
  )

function lineOf(text: string, path: string, number: number): Line {
  const told = `line ${number} is “${text.slice(0, 80)}”`
  let value: unknown
  try {
    value = JSON.parse(asJson(text))
  } catch {
    throw wrong(path, `is no log of train.py: ${told}, which is no JSON.`)
  }
  const parsed = lineSchema.safeParse(value)
  if (!parsed.success)
    throw wrong(
      path,
      `is no log of train.py: ${told}, not an object with an epoch from 1 on and metrics as numbers, such as {"epoch": 1, "train/loss": 0.5, "seconds": 2}.`,
    )
  const names = Object.keys(parsed.data)
  if (names.length - 2 > most.metrics || names.some((name) => name.length > 100 || name.trim() === ''))
    throw wrong(
      path,
      `has more than ${most.metrics} metrics, or names that are empty or longer than 100 characters, in line ${number}.`,
    )
  return parsed.data
}

interface ReadLine {
  readonly line: Line
  readonly text: string
}

/** So many lines are read before others are answered. */
const linesAtOnce = 1000

/** Of lines that are not empty; the first of them tells what else is no log before so many are counted. */
async function linesOf(text: string, path: string): Promise<ReadLine[]> {
  const given = text.split('\n').flatMap((text, i) => (text.trim() === '' ? [] : [{ text, number: i + 1 }]))
  const lines: ReadLine[] = []
  for (const { text, number } of given) {
    lines.push({ text, line: lineOf(text, path, number) })
    if (given.length > most.epochs)
      throw wrong(
        path,
        `has ${formatCount(given.length)} lines, and at most ${formatCount(most.epochs)} epochs are read.`,
      )
    if (lines.length % linesAtOnce === 0) await nextTurn()
  }
  return lines
}

/** A training that was started again writes on in the same file, from its first epoch on. */
function trainingsIn(lines: readonly ReadLine[]) {
  const trainings: ReadLine[][] = []
  for (const one of lines) {
    const last = trainings.at(-1)
    if (last === undefined || one.line.epoch <= last.at(-1)!.line.epoch) trainings.push([one])
    else last.push(one)
  }
  return trainings
}

/** The log that `path` is, or that lies in it; null: there is none. */
export async function logAt(path: string): Promise<string | null> {
  const at = await lstat(path).catch(() => null)
  if (at?.isFile()) return path
  if (!at?.isDirectory()) return null
  const inside = join(path, 'log.jsonl')
  return (await lstat(inside).catch(() => null))?.isFile() ? inside : null
}

/** Errors: a DescentError that says which line is none of a log. */
export async function readLog(path: string): Promise<ReadRun[]> {
  const bytes = await readRegularFile(path, { most: most.bytes, what: 'the log of a training' })
  const lines = await linesOf(new TextDecoder().decode(bytes), path)
  if (lines.length === 0) throw wrong(path, 'is empty: no epoch has been written yet.')
  const trainings = trainingsIn(lines)
  if (trainings.length > most.runs)
    throw wrong(
      path,
      `has ${formatCount(trainings.length)} trainings, and at most ${formatCount(most.runs)} are read.`,
    )
  const { mtimeMs } = await lstat(path)
  const from = await realpath(path)
  const ids = idsOf(trainings)
  // The last one ended when the file was written last, and each before it when the next one began.
  let end = Math.round(mtimeMs)
  return trainings
    .map((training, i) => ({ training, i }))
    .reverse()
    .map(({ training, i }) => {
      const seconds = training.reduce((sum, { line }) => sum + line.seconds, 0)
      const start = Math.round(end - 1000 * seconds)
      const place = trainings.length === 1 ? '' : ` (${i + 1})`
      const run = runOf(training, { id: ids[i]!, path: from, start, end, place })
      end = start
      return run
    })
    .reverse()
}

/**
 * The first epoch, to its last digit, tells a training from others, wherever its log lies; two that began alike are told by which
 * was first.
 */
function idsOf(trainings: readonly (readonly ReadLine[])[]): string[] {
  const alike = new Map<string, number>()
  return trainings.map(([first]) => {
    const before = alike.get(first!.text) ?? 0
    alike.set(first!.text, before + 1)
    const hash = createHash('sha256').update(first!.text)
    return (before === 0 ? hash : hash.update(`\n${before}`)).digest('hex')
  })
}

interface Facts {
  readonly id: string
  readonly path: string
  readonly start: number
  readonly end: number
  readonly place: string
}

function runOf(training: readonly ReadLine[], { id, path, start, end, place }: Facts): ReadRun {
  // A map: a metric may be called __proto__.
  const metrics = new Map<string, MetricLine[]>()
  let time = start
  for (const { line } of training) {
    const { epoch, seconds, ...values } = line
    time += 1000 * seconds
    for (const [name, value] of Object.entries(values)) {
      const known = metrics.get(name) ?? []
      known.push({ time, step: epoch, value: value ?? Number.NaN })
      metrics.set(name, known)
    }
  }
  const folder = basename(dirname(path))
  return {
    meta: {
      run_id: id,
      run_name: `${folder === '' ? basename(path) : folder}${place}`,
      start_time: start,
      end_time: end,
    },
    params: {},
    tags: {
      'trained outside': '',
      'mlflow.note.content': `Trained outside of Descent, and read from ${path}.`,
    },
    metrics: Object.fromEntries(metrics),
  }
}
