/** Settings drawn from a space, and the recipes that they make. The same seed draws the same ones in the same order. */
import {
  complaintAbout,
  DescentError,
  families,
  flattenSettings,
  isRange,
  settingOptionAt,
  triedText,
  whyNotSearched,
  type Dimension,
  type Range,
  type Recipe,
  type TriedValue,
} from '../../contract/index.ts'
import { randomSource } from '../prepare/random.ts'
import { applyOverrides, meantInstead } from '../recipes/overrides.ts'

export type Tried = Readonly<Record<string, TriedValue>>

/** One that a search may try. */
export interface Candidate {
  readonly settings: Tried
  readonly recipe: Recipe
}

/** Where a recipe names a member of a family: what other settings there are follows from it. */
const isChoice = (path: string): boolean =>
  families.some((family) => family.list === undefined && path === `${family.path}.${family.key}`)

const has = (recipe: Recipe, path: string): boolean => {
  const settings = flattenSettings(recipe)
  return settings.has(path) || [...settings.keys()].some((one) => one.startsWith(`${path}.`))
}

const setTo = (recipe: Recipe, settings: readonly (readonly [string, TriedValue])[]): Recipe =>
  settings.length === 0
    ? recipe
    : applyOverrides(
        recipe,
        settings.map(([path, value]) => `${path}=${JSON.stringify(value)}`),
        'the search',
      )

/** The recipe with these settings; one that the choices beside it leave no place for is left out. */
export function withTried(recipe: Recipe, tried: Tried): Candidate {
  const all = Object.entries(tried)
  const choices = all.filter(([path]) => isChoice(path) && has(recipe, path))
  const chosen = setTo(recipe, choices)
  const others = all.filter(([path]) => !isChoice(path) && has(chosen, path))
  return { recipe: setTo(chosen, others), settings: Object.fromEntries([...choices, ...others]) }
}

// ---- what may be tried ----

const valuesOf = (dimension: Dimension): readonly TriedValue[] =>
  isRange(dimension) ? [dimension.from, dimension.to] : dimension.values

function refuse(dimension: Dimension, why: string): DescentError {
  return new DescentError('badRequest', why, dimension.path)
}

function checkRange(range: Range): void {
  const { path, from, to, scale } = range
  if (!(from < to))
    throw refuse(range, `“${path}” is tried from ${from} to ${to}: the first has to be the smaller one.`)
  if (scale === 'logarithmic' && from <= 0)
    throw refuse(
      range,
      `“${path}” is tried by factors from ${from}, and no factor leads away from there: begin above 0, or try it evenly.`,
    )
}

const meant = (recipe: Recipe, path: string): string =>
  meantInstead(
    path,
    [...flattenSettings(recipe).keys()].filter((one) => whyNotSearched(one) === null),
  )

/** What has a descriptor is held against that, which is quicker by far where a table has thousands of columns. */
function checkValue(recipe: Recipe, dimension: Dimension, value: TriedValue): void {
  const option = settingOptionAt(recipe, dimension.path)
  const complaint = option && complaintAbout(option, value)
  if (complaint) throw refuse(dimension, `${complaint} Not ${triedText(value)}.`)
  if (option === null) setTo(recipe, [[dimension.path, value]])
}

/** Throws what stands against a space, in a sentence: nothing of a search is begun then. */
export function checkSpace(recipe: Recipe, space: readonly Dimension[]): void {
  if (space.length === 0)
    throw new DescentError('badRequest', 'Say which settings are to be searched: one at least.', 'space')
  const choices = space.filter(({ path }) => isChoice(path))
  const variants = [
    recipe,
    ...choices.flatMap((choice) =>
      has(recipe, choice.path) ? valuesOf(choice).map((value) => setTo(recipe, [[choice.path, value]])) : [],
    ),
  ]
  for (const [i, dimension] of space.entries()) {
    const { path } = dimension
    const why = whyNotSearched(path)
    if (why !== null) throw refuse(dimension, why)
    if (space.findIndex((one) => one.path === path) !== i)
      throw refuse(dimension, `“${path}” is named twice: a setting is searched once.`)
    const able = variants.filter((variant) => has(variant, path))
    if (able.length === 0)
      throw refuse(dimension, `The recipe has no setting “${path}”.${meant(recipe, path)}`)
    if (isRange(dimension)) checkRange(dimension)
    if (isRange(dimension) && !able.some((variant) => typeof flattenSettings(variant).get(path) === 'number'))
      throw refuse(dimension, `“${path}” is no number: name the values that are to be tried of it.`)
    for (const value of valuesOf(dimension)) checkValue(able[0]!, dimension, value)
  }
}

// ---- drawing ----

/** Every number of a search has a stream of its own, so that more runs change none of those before. */
const streamOf = (seed: number, number: number) => {
  const random = randomSource((Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0)
  random()
  return random
}

export function drawFrom(dimension: Dimension, share: number): TriedValue {
  if (!isRange(dimension)) {
    const { values } = dimension
    return values[Math.min(values.length - 1, Math.floor(share * values.length))]!
  }
  const { from, to, scale, whole } = dimension
  // A whole number stands for all that is rounded to it, so that the ends are as likely as the others.
  const [low, high] = whole ? [from - 0.5, to + 0.5] : [from, to]
  const value =
    scale === 'logarithmic' && low > 0
      ? Math.exp(Math.log(low) + share * (Math.log(high) - Math.log(low)))
      : low + share * (high - low)
  if (whole) return Math.min(to, Math.max(from, Math.round(value)))
  // As people would write it; more digits change no run.
  return Math.min(to, Math.max(from, Number(value.toPrecision(4))))
}

/** So many draws for each run that is wanted: in a space of few settings most of them have come before. */
const mostAttempts = 40

/** So many different ones, or fewer where the space has no more. */
export function drawTried(
  space: readonly Dimension[],
  { runs, seed }: { readonly runs: number; readonly seed: number },
): Tried[] {
  const drawn = new Map<string, Tried>()
  for (let attempt = 0; drawn.size < runs && attempt < runs * mostAttempts; attempt++) {
    const random = streamOf(seed, attempt)
    const tried = Object.fromEntries(space.map((one) => [one.path, drawFrom(one, random())]))
    const key = JSON.stringify(tried)
    if (!drawn.has(key)) drawn.set(key, tried)
  }
  return [...drawn.values()]
}
