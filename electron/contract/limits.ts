/**
 * How much of what a person names is read before Descent asks. Each limit is one definition: its words, start value and
 * bounds; forms, the command line's `--limit` and the sentences of refusals come from here.
 */
import { z } from 'zod'

export interface LimitDefinition {
  readonly label: string
  readonly help: string
  readonly unit: 'bytes' | 'count' | 'seconds'
  readonly start: number
  readonly least: number
  readonly most: number
}

const KiB = 1024
const MiB = 1024 * KiB
const GiB = 1024 * MiB

export const limits = {
  fileSize: {
    label: 'Largest file',
    help: 'A file that is larger is not opened. Reading takes about as much room again in the workspace.',
    unit: 'bytes',
    start: 8 * GiB,
    least: MiB,
    most: 1024 * GiB,
  },
  expandedSize: {
    label: 'Largest unpacked size',
    help: 'What a compressed file may grow to. A small file can unpack to more than a disk or memory holds.',
    unit: 'bytes',
    start: 4 * GiB,
    least: MiB,
    most: 1024 * GiB,
  },
  files: {
    label: 'Most files in a folder',
    help: 'A folder with more entries is not read.',
    unit: 'count',
    start: 10_000,
    least: 10,
    most: 10_000_000,
  },
  pictures: {
    label: 'Most pictures',
    help: 'A folder or archive with more files of pictures is not read, nor a column of a table that names more.',
    unit: 'count',
    start: 200_000,
    least: 10,
    most: 10_000_000,
  },
  pixels: {
    label: 'Most pixels of a picture',
    help: 'A picture with more is left out: a small file can hold more than memory does.',
    unit: 'count',
    start: 100_000_000,
    least: 1_000_000,
    most: 4_000_000_000,
  },
  lineLength: {
    label: 'Longest line',
    help: 'A longer line means that the file is damaged or no table.',
    unit: 'bytes',
    start: 16 * MiB,
    least: KiB,
    most: 256 * MiB,
  },
  columns: {
    label: 'Most columns',
    help: 'A table with more columns is not read: each becomes at least one input of the network.',
    unit: 'count',
    start: 20_000,
    least: 2,
    most: 200_000,
  },
  jobMemory: {
    label: 'Memory for one job',
    help: 'Imports, profiles, tests and predictions run in processes of their own; one that needs more is ended. Trainings have no such bound.',
    unit: 'bytes',
    start: 8 * GiB,
    least: 256 * MiB,
    most: 1024 * GiB,
  },
  jobSeconds: {
    label: 'Time for one job',
    help: 'An import or profile that takes longer is ended.',
    unit: 'seconds',
    start: 3600,
    least: 1,
    most: 30 * 24 * 3600,
  },
} as const satisfies Record<string, LimitDefinition>

export type LimitName = keyof typeof limits
export const limitNames = Object.keys(limits) as LimitName[]

const bounded = ({ least, most }: LimitDefinition) => z.int().min(least).max(most)

/** What a workspace or a command line sets; what is absent has its start value. */
export const limitsSchema = z
  .strictObject({
    fileSize: bounded(limits.fileSize),
    expandedSize: bounded(limits.expandedSize),
    files: bounded(limits.files),
    pictures: bounded(limits.pictures),
    pixels: bounded(limits.pixels),
    lineLength: bounded(limits.lineLength),
    columns: bounded(limits.columns),
    jobMemory: bounded(limits.jobMemory),
    jobSeconds: bounded(limits.jobSeconds),
  } satisfies Record<LimitName, z.ZodType<number>>)
  .partial()

export type Limits = Readonly<Record<LimitName, number>>

export const startLimits: Limits = Object.fromEntries(
  limitNames.map((name) => [name, limits[name].start]),
) as Limits

const units = { bytes: 'bytes', seconds: 'seconds', count: '' } as const
const sizes: readonly [string, number][] = [
  ['TB', 1024 * GiB],
  ['GB', GiB],
  ['MB', MiB],
  ['KB', KiB],
]

/** “8 GB”, “10,000”, “3600 seconds”. */
export function describeLimit(unit: LimitDefinition['unit'], value: number): string {
  if (unit === 'bytes')
    for (const [name, size] of sizes)
      if (value >= size) return `${Number((value / size).toPrecision(3)).toLocaleString('en')} ${name}`
  return `${value.toLocaleString('en')} ${units[unit]}`.trim()
}

/** Reads “8 GB”, “500000” or “20m”; null when it is no such thing. */
export function parseLimit(text: string): number | null {
  const [, digits, suffix = ''] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]i?b?)?\s*$/i.exec(text) ?? []
  if (digits === undefined) return null
  const factor = sizes.find(([name]) => name[0] === suffix[0]?.toUpperCase())?.[1] ?? 1
  return Math.round(Number(digits) * factor)
}
