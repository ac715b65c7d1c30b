/** `descent search`: what is searched and how, read from its words; the flags of each kind come from its definition. */
import {
  begin,
  complaintAbout,
  dimensionOf,
  isRange,
  memberOf,
  mostTriedValues,
  namesIn,
  searchableIn,
  searches,
  settingOptionAt,
  valueIn,
  DescentError,
  type Dimension,
  type Option,
  type Range,
  type Recipe,
  type SearchKind,
  type TriedValue,
} from '../../contract/index.ts'
import { parseValue } from '../recipes/overrides.ts'
import { valuesIn } from './each-values.ts'
import { UsageError } from './usage-error.ts'

/** A setting and what of it is tried; what is not said follows from the recipe. */
export type Over =
  | { readonly path: string; readonly values: readonly TriedValue[] }
  | {
      readonly path: string
      readonly from: number
      readonly to: number
      readonly scale: Range['scale'] | null
    }
  | { readonly path: string }

const about = 'search'
const number = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?`
const rangePattern = new RegExp(String.raw`^(${number})\.\.(${number})(?::(.*))?$`, 'i')
const scales: Readonly<Record<string, Range['scale']>> = {
  log: 'logarithmic',
  logarithmic: 'logarithmic',
  linear: 'linear',
}

export function readOver(text: string): Over {
  const equals = text.indexOf('=')
  const path = (equals < 0 ? text : text.slice(0, equals)).trim()
  if (path === '')
    throw new UsageError(
      `--over wants a setting, and perhaps what to try of it: training.optimizer.learningRate=1e-4..1e-1:log, model.dropout or model.activation=relu,tanh; not “${text}”.`,
      about,
    )
  if (equals < 0) return { path }
  const said = text.slice(equals + 1).trim()
  const range = rangePattern.exec(said)
  if (range) {
    const scale = range[3] === undefined ? null : scales[range[3]]
    if (scale === undefined)
      throw new UsageError(`--over ${path}: a range is tried by “log” or “linear”; not “${range[3]}”.`, about)
    return { path, from: Number(range[1]), to: Number(range[2]), scale }
  }
  const values = valuesIn(said)
  if (values.length < 2 || values.includes(''))
    throw new UsageError(
      `--over ${path} wants two values or more with commas between them, or a range such as 0.1..0.5 or 1e-4..1e-1:log; not “${said}”.`,
      about,
    )
  if (values.length > mostTriedValues)
    throw new UsageError(`--over ${path}: ${mostTriedValues} values at most; not ${values.length}.`, about)
  return { path, values: values.map((value) => parseValue(value) as TriedValue) }
}

/** What is not said comes from the setting's own descriptor. */
export function dimensionFor(recipe: Recipe, over: Over): Dimension {
  if ('values' in over) return { path: over.path, values: [...over.values] }
  const known = searchableIn(recipe).find(({ path }) => path === over.path)?.dimension ?? null
  const option = settingOptionAt(recipe, over.path)
  if (!('from' in over)) {
    const own = known ?? (option && dimensionOf(option, over.path, valueIn(recipe, over.path)))
    if (own !== null) return own
    // One that the recipe does not have is refused by the space itself, which says what may have been meant.
    if (valueIn(recipe, over.path) === undefined) return { path: over.path, values: [0, 1] }
    throw new DescentError(
      'badRequest',
      `“${over.path}” has no range of its own: say what to try of it, e.g. --over ${over.path}=A,B.`,
      over.path,
    )
  }
  const { path, from, to } = over
  const usual = known !== null && isRange(known) ? known : null
  return {
    path,
    from,
    to,
    scale: over.scale ?? (usual?.scale === 'logarithmic' && from > 0 ? 'logarithmic' : 'linear'),
    whole: usual?.whole ?? (option?.kind === 'number' ? option.whole : false),
  }
}

// ---- how ----

const flagOf = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** By the keys of all kinds, without the seed, which every command has. */
const options: ReadonlyMap<string, Option> = new Map(
  searches.members.flatMap((member) =>
    Object.entries<Option>(member.options).filter(([key]) => key !== 'seed'),
  ),
)
type Flags = Record<string, { readonly type: 'string' }>
/** For parseArgs. */
export const searchFlags: Flags = Object.fromEntries(
  [...options.keys()].map((key) => [flagOf(key), { type: 'string' }]),
)

/** Throws a UsageError that says what would be right. */
export function readSearchKind(
  values: Readonly<Record<string, unknown>>,
  { kind, seed }: { readonly kind: string | undefined; readonly seed: number | null },
): SearchKind {
  const names = namesIn(searches)
  const name = kind === undefined ? names[0]! : names.find((one) => one === kind)
  if (name === undefined) throw new UsageError(`--kind is one of ${names.join(', ')}; not “${kind}”.`, about)
  const own: Readonly<Record<string, Option>> = memberOf(searches, name).options
  const given: Record<string, unknown> = { ...(seed !== null && 'seed' in own && { seed }) }
  for (const key of options.keys()) {
    const text = values[flagOf(key)]
    if (typeof text !== 'string') continue
    const option = own[key]
    if (option === undefined) {
      const having = searches.members.filter((member) => key in member.options).map((member) => member.name)
      throw new UsageError(`--${flagOf(key)} is for --kind ${having.join(' and ')}; this is ${name}.`, about)
    }
    const value = parseValue(text)
    const complaint = complaintAbout(option, value)
    if (complaint !== null) throw new UsageError(`--${flagOf(key)}: ${complaint} Not “${text}”.`, about)
    given[key] = value
  }
  return begin(searches, name, given as never)
}

/** Lines for `--help`. */
export const searchHelp: string = [...options]
  .map(([key, option]) => {
    const kinds = searches.members.filter((member) => key in member.options)
    const all = kinds.length === searches.members.length
    const of = all ? '' : `, ${kinds.map(({ name }) => name).join(', ')}`
    return `        ${`--${flagOf(key)}`.padEnd(16)}${option.label}${of} (${kinds
      .map((member) => String((member.options as Readonly<Record<string, Option>>)[key]!.start))
      .filter((start, i, starts) => starts.indexOf(start) === i)
      .join(' or ')})`
  })
  .join('\n')
