/** What alerts decide over: statistics of the data, and nothing else. */
import type { Finding, Profile, SensitiveColumn } from '../../../contract/index.ts'
import type { Unit } from '../findings.ts'
import type { ImageLooks } from '../image-looks.ts'
import type { TextLooks } from '../texts/index.ts'
import type { Looked } from '../looked.ts'
import type { Conflicts, Measured } from '../measure.ts'
import type { TargetLink } from '../relations.ts'

export interface Evidence {
  readonly unit: Unit
  readonly rows: number
  readonly duplicateRows: number
  readonly target: string | null
  readonly measured: readonly Measured[]
  readonly correlations: Profile['correlations']
  readonly classBalance: Profile['classBalance']
  readonly links: readonly TargetLink[]
  /** What a sample of the rows tells; null where none was taken. */
  readonly looked: Looked | null
  readonly conflicts: Conflicts | null
  /** Rows of a larger table were looked at, so that nothing is told of every row. Absent: all of them were. */
  readonly part?: boolean
  /** Columns that are marked sensitive, and the target's classes that they count. Absent: there are none. */
  readonly sensitive?: readonly SensitiveColumn[]
  readonly targetClasses?: readonly string[]
  /** What images are like, of each column that has some. Absent: there are none. */
  readonly images?: readonly ImageLooks[]
  /** What texts are like. Absent: there are none. */
  readonly texts?: TextLooks
}

export const isFeature = ({ profile }: Measured): boolean => profile.role === 'feature'
export const isTarget = ({ profile }: Measured): boolean => profile.role === 'target'

/** A finding for every column that it applies to. */
export const about = <Facts>(
  measured: readonly Measured[],
  applies: (one: Measured) => boolean,
  say: (one: Measured) => {
    readonly message: string
    readonly evidence: Facts
    readonly fixes?: Finding['fixes']
    readonly rows?: Finding['rows']
  },
) => measured.filter(applies).map((one) => ({ columns: [one.profile.name], ...say(one) }))
