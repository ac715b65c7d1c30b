/** `--delimiter`, `--header` and what else says how a table's file is read, from the definitions. */
import {
  complaintAbout,
  defaultMissingValues,
  DescentError,
  pictureOptionNames,
  pictureOptions,
  readPictures,
  readingNames,
  readingOptions,
  upgradeReading,
  type PictureReading,
  type Reading,
  type ReadingName,
} from '../../contract/index.ts'
import type { CommandName } from './help.ts'
import { parseValue } from '../recipes/overrides.ts'
import { UsageError } from './usage-error.ts'

/** What a command says about reading. */
export interface ReadingFlags {
  readonly reading: Partial<Reading>
  /** null: the usual ones. */
  readonly missing: readonly string[] | null
}

const flag = { type: 'string' } as const
/** For parseArgs. */
export const readingFlags = {
  ...(Object.fromEntries(readingNames.map((name) => [name, flag])) as Record<ReadingName, typeof flag>),
  missing: { type: 'string', multiple: true },
} as const

type Values = Partial<Record<ReadingName, string | undefined>> & { missing?: string[] | undefined }

/** Throws a UsageError that says what would be right. */
export function readReading(values: Values, about: CommandName): ReadingFlags {
  const given = readingNames.flatMap((name): [ReadingName, string][] => {
    const value = values[name]
    if (value === undefined) return []
    const complaint = complaintAbout(readingOptions[name], value)
    if (complaint !== null) throw new UsageError(`--${name}: ${complaint} Not “${value}”.`, about)
    return [[name, value]]
  })
  if (values.table !== undefined && values.query !== undefined)
    throw new UsageError('A table and a query are both given: leave out --table or --query.', about)
  return { reading: Object.fromEntries(given), missing: values.missing ?? null }
}

const inSource = 'data.source.'
const missingKey = 'missingValues'

/** `--set data.source.header=3` is about the file before it is read, too. */
export function readingInSet(settings: readonly string[]): ReadingFlags {
  const reading: Partial<Reading> = {}
  let missing: string[] | null = null
  for (const setting of settings) {
    if (!setting.trimStart().startsWith(inSource)) continue
    const [path = '', value = ''] = setting.split(/=(.*)/s)
    const name = path.trim().slice(inSource.length)
    const parsed = parseValue(value)
    if (name === missingKey && Array.isArray(parsed)) missing = parsed.map(String)
    if (!readingNames.some((each) => each === name)) continue
    const [said] = Object.values(upgradeReading({ [name]: parsed }) as Record<string, unknown>)
    const complaint = complaintAbout(readingOptions[name as ReadingName], said)
    if (complaint !== null) throw new DescentError('badRecipe', complaint, `${inSource}${name}`)
    Object.assign(reading, { [name]: said })
  }
  return { reading, missing }
}

const inPictures = 'data.source.pictures.'

/** `--set data.source.pictures.size=32` is about pictures before they are decoded. */
export function picturesInSet(settings: readonly string[]): Partial<PictureReading> {
  const pictures: Record<string, unknown> = {}
  for (const setting of settings) {
    if (!setting.trimStart().startsWith(inPictures)) continue
    const [path = '', value = ''] = setting.split(/=(.*)/s)
    const name = pictureOptionNames.find((each) => each === path.trim().slice(inPictures.length))
    // What is not called so, the recipe refuses.
    if (name === undefined) continue
    const said = (readPictures({ [name]: parseValue(value) }) as Record<string, unknown>)[name]
    const complaint = complaintAbout(pictureOptions[name], said)
    if (complaint !== null) throw new DescentError('badRecipe', complaint, `${inPictures}${name}`)
    pictures[name] = said
  }
  return pictures
}

/** Lines for `--help`. */
export const readingHelp: string = [
  ...readingNames.map(
    (name) => [`--${name} ${name === 'header' ? 'LINES' : 'VALUE'}`, readingOptions[name].label] as const,
  ),
  [
    '--missing TEXT',
    `read as missing, besides nothing; may be repeated (default: ${defaultMissingValues.join(' ')})`,
  ] as const,
]
  .map(([usage, label]) => `      ${usage.padEnd(20)}${label}`)
  .join('\n')
