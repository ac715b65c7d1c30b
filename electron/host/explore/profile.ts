/** The whole profile of a version of a dataset file, under the kinds and roles of a recipe. */
import { isCategorical, type Column, type PictureProfile, type Profile } from '../../contract/index.ts'
import { countRows } from '../kinds/table/aggregate.ts'
import { openTable, type TableVersion } from '../kinds/table/corrected-table.ts'
import { withDuckDB } from '../kinds/table/duckdb.ts'
import { loadWide } from '../kinds/table/table-file.ts'
import type { ReadContext } from '../kinds/kind.ts'
import { findAlerts, type Evidence } from './alerts/index.ts'
import { targetOfGroups } from './by-group.ts'
import type { ImageLooks } from './image-looks.ts'
import { lookAt } from './looked.ts'
import { countConflicts, countDuplicates, measureAll, sourcesOf, type Measured } from './measure.ts'
import { correlate, imbalanceOf, linkToClasses } from './relations.ts'
import { measureOverTime } from './over-time.ts'
import { drawPictures } from './pictures.ts'
import { measureSensitive } from './sensitive.ts'
import { sampledRelation, takeSample, type Sample } from './sample.ts'
import { placeIn } from './stretches.ts'

function classBalanceOf(measured: readonly Measured[]): Profile['classBalance'] {
  const target = measured.find(({ profile }) => profile.role === 'target')?.profile
  if (!target || !isCategorical(target.kind)) return null
  return { classes: target.top, imbalance: imbalanceOf(target.top.map(({ count }) => count)) }
}

/** A sample of a part of the table’s rows is one of the table. */
const inWhole = (sample: Sample, all: number, stride: number): Sample =>
  stride === 1 ? sample : { ...sample, rows: sample.rows.map((row) => placeIn(row, stride, all)), of: all }

interface Measurement {
  readonly profile: Omit<Profile, 'alerts' | 'seconds'>
  readonly evidence: Evidence
}

interface ProfileOptions {
  /** Of longer tables an even sample of so many rows stands for all; absent: all rows are looked at. */
  readonly most?: number | undefined
  /** Whether pictures are drawn, which no alert looks at; absent: they are. */
  readonly drawn?: boolean
}

/** What alerts decide over, and what is shown of it. */
export function measureTable(
  version: TableVersion,
  columns: readonly Column[],
  { scratch, limits, progress = () => undefined }: Partial<ReadContext> = {},
  { most = Infinity, drawn = true }: ProfileOptions = {},
): Promise<Measurement> {
  return withDuckDB(
    async (connection) => {
      const table = await openTable(connection, version)
      const sources = sourcesOf(columns, table)
      const whole = await loadWide(connection, table, 'often')
      progress(0.1)
      const all = await countRows(connection, whole)
      const stride = all > most ? Math.ceil(all / most) : 1
      const relation = stride > 1 ? await sampledRelation(connection, whole, stride, all) : whole
      const rows = all > most ? await countRows(connection, relation) : all
      const measured = await measureAll(connection, sources, relation, rows)
      progress(0.5)
      const duplicateRows = await countDuplicates(connection, sources, relation)
      const conflicts = await countConflicts(connection, sources, relation)
      progress(0.6)
      const correlations = await correlate(connection, sources, measured, relation, rows)
      progress(0.7)
      const links = await linkToClasses(connection, sources, measured, relation, rows)
      const sample = inWhole(await takeSample(connection, sources, relation, rows), all, stride)
      progress(0.8)
      const looked = lookAt(sample, (share) => progress(0.8 + 0.2 * share))
      const byTarget = targetOfGroups(sources, measured, relation)
      const sensitive = await measureSensitive(connection, sources, measured, relation, byTarget)
      const overTime = await measureOverTime(connection, sources, relation, byTarget)
      const targetClasses = [...(byTarget?.classes ?? [])]
      const classBalance = classBalanceOf(measured)
      const target = columns.find(({ role }) => role === 'target')?.name ?? null
      const shown = { rows, duplicateRows, correlations, classBalance }
      return {
        profile: {
          ...shown,
          columns: measured.map(({ profile }) => profile),
          pictures: drawn ? await drawPictures(sample) : null,
          sampled: all > most ? rows : null,
          targetClasses,
          sensitive,
          overTime,
        },
        evidence: {
          ...shown,
          unit: 'row',
          target,
          measured,
          links,
          looked,
          conflicts,
          part: stride > 1,
          sensitive,
          targetClasses,
        },
      }
    },
    scratch,
    limits,
  )
}

/** What was found out beforehand of the pictures that a column names. */
export interface LookedAtPictures {
  readonly profile: PictureProfile
  readonly looks: ImageLooks
}

export async function profileTable(
  version: TableVersion,
  columns: readonly Column[],
  context: Partial<ReadContext> = {},
  options: ProfileOptions = {},
  pictures: readonly LookedAtPictures[] = [],
): Promise<Profile> {
  const started = performance.now()
  const { profile, evidence } = await measureTable(version, columns, context, options)
  const some = pictures.length > 0
  const alerts = findAlerts(some ? { ...evidence, images: pictures.map(({ looks }) => looks) } : evidence)
  return {
    ...profile,
    ...(some && { images: pictures.map((one) => one.profile) }),
    alerts,
    seconds: (performance.now() - started) / 1000,
  }
}

/** Rows that stand for a large table until all of them are measured. */
const firstRows = 50_000
/** Smaller tables are measured whole as quickly. */
export const largeFrom = 250_000

export const glance = (
  version: TableVersion,
  columns: readonly Column[],
  context: Partial<ReadContext> = {},
  options: Pick<ProfileOptions, 'drawn'> = {},
): Promise<Profile> => profileTable(version, columns, context, { ...options, most: firstRows })
