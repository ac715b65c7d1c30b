/** `descent explore`: what the Explore step shows, in a terminal. */
import { tmpdir } from 'node:os'
import {
  DescentError,
  extentIn,
  formatCount,
  formatFixed,
  formatNumber,
  formatPercent,
  numberTextOf,
  plural,
  targetsOf,
  type ColumnProfile,
  type Finding,
  type PictureProfile,
  type Profile,
  type Receipt,
  type Recipe,
  type ShownTexts,
} from '../../contract/index.ts'
import { withScratch } from '../scratch.ts'
import type { ExploreCommand } from './args.ts'
import { describeFindings, findingsAsData } from './findings.ts'
import { describeSensitive, describeTimes } from './groups-table.ts'
import { openData, prepareOpened, profileData, sizeOf, type OpenedData } from './open-data.ts'
import { textTable, type Row } from './text-table.ts'
import { oneLine } from './for-terminal.ts'

interface Explored {
  readonly receipt: Receipt
  readonly recipe: Recipe
  readonly size: string
  readonly profile: Profile
  /** Of data that can be split: what its split does. null: it was not looked at. */
  readonly split: readonly Finding[] | null
  /** Of texts: what becomes of their words. */
  readonly texts: readonly ShownTexts[]
}

/** Of a larger table a training says it, which prepares it anyhow. */
const mostPrepared = 250_000
const ofSplit = new Set(['duplicatesAcross', 'drift'])

type Looked = Pick<Explored, 'split' | 'texts'>
const notLooked: Looked = { split: null, texts: [] }

async function lookAtSplit(data: OpenedData): Promise<Looked> {
  if (data.recipe.kind === 'images' || data.rows > mostPrepared || targetsOf(data.columns).length === 0)
    return notLooked
  try {
    const prepared = await prepareOpened(data)
    const { warnings, texts = [] } = prepared.summary(data.recipe)
    return { split: warnings.filter(({ name }) => ofSplit.has(name)), texts }
  } catch (error) {
    // What stands against a training is no reason not to look at the data.
    if (error instanceof DescentError) return notLooked
    throw error
  }
}

export const explore = (command: ExploreCommand): Promise<Explored> =>
  withScratch(tmpdir(), async (scratch) => {
    const data = await openData(command, scratch, { incomplete: true })
    return {
      receipt: data.receipt,
      recipe: data.recipe,
      size: sizeOf(data),
      profile: await profileData(data),
      ...(await lookAtSplit(data)),
    }
  })

/** For programs: the profile, and with each fix what `--set` takes. */
export const exploredAsData = ({ recipe, profile, split, texts }: Explored) => ({
  task: recipe.task,
  target:
    targetsOf(recipe.data.columns)
      .map(({ name }) => name)
      .join(', ') || null,
  ...profile,
  // Drawn pictures are for eyes.
  ...(profile.images && {
    images: profile.images.map((one) => ({
      ...one,
      means: one.means.map(({ label, count }) => ({ label, count })),
    })),
  }),
  alerts: findingsAsData(profile.alerts, recipe),
  split: split && findingsAsData(split, recipe),
  ...(texts.length > 0 && { texts }),
})

const headers = [
  'column',
  'kind',
  'role',
  'missing',
  'distinct',
  'mean',
  'std',
  'min',
  'max',
  'most frequent',
]
const isText = (column: number): boolean => column < 3 || column === headers.length - 1
const topShown = 3

function rowOf({ name, kind, role, count, missing, distinct, numeric, top }: ColumnProfile): Row {
  const share = missing / Math.max(1, count + missing)
  const text = numberTextOf(name, extentIn({ numeric }))
  const statistics = numeric && count > 0 ? [numeric.mean, numeric.std, numeric.min, numeric.max] : []
  return [
    name,
    kind,
    role,
    formatPercent(share),
    formatCount(distinct),
    ...Array.from({ length: 4 }, (_, i) => (statistics[i] === undefined ? '' : text(statistics[i]))),
    top
      .slice(0, topShown)
      .map((one) => `${one.value} (${formatCount(one.count)})`)
      .join(', '),
  ]
}

const strongestShown = 6

/** What tells most of the target, and which features say nearly the same. */
function describeAssociation({ pictures }: Profile): string[] {
  if (pictures === null) return []
  const { columns, cramersV, left } = pictures.association
  const [first] = columns
  const strongest = (row: readonly (number | null)[]) =>
    columns
      .flatMap(({ name }, i) => (i > 0 && row[i] != null ? [{ name, value: row[i] }] : []))
      .toSorted((a, b) => b.value - a.value)
      .slice(0, strongestShown)
  const told = first?.role === 'target' ? strongest(cramersV[0] ?? []) : []
  const sample =
    pictures.rows < pictures.of
      ? ` (from ${formatCount(pictures.rows)} of ${formatCount(pictures.of)} rows)`
      : ''
  return told.length === 0
    ? []
    : [
        `What tells most of “${first!.name}”, by Cramér’s V${sample}: ${told.map(({ name, value }) => `${name} ${formatFixed(value, 2)}`).join(', ')}.`,
        ...(left > 0 ? [`  ${plural(left, 'column is', 'columns are')} not compared.`] : []),
        '',
      ]
}

function describeTextProfile(texts: Profile['texts']): string[] {
  if (texts === undefined) return []
  const { median, longest, words, once, unknown, scripts, languages, telling } = texts
  return [
    `Texts have ${formatNumber(median)} words in the median, ${formatCount(longest)} at most, and ${formatCount(words)} different ones, ${formatPercent(once / Math.max(1, words))} of them once. ${formatPercent(unknown)} of the words of new texts are unknown.`,
    `  Scripts: ${scripts.map(({ script, share }) => `${script} ${formatPercent(share)}`).join(', ') || 'no letters'}.`,
    ...(languages === null
      ? []
      : [
          `  Languages of the ${plural(languages.judged, 'text')} long enough to tell: ${languages.found.map(({ language, share }) => `${language} ${formatPercent(share)}`).join(', ')}.`,
        ]),
    '  Phrases that set a class apart:',
    ...telling.map(
      ({ label, phrases }) => `    ${label}: ${phrases.map(({ phrase }) => phrase).join(' · ') || 'nothing'}`,
    ),
    '',
  ]
}

/** So many at an end of what was measured, and pairs of what looks the same. */
const picturesShown = 3

function describePictures(images: PictureProfile, named: boolean): string[] {
  if (images.names.length === 0) return []
  const { names, of, brightness, contrast, sharpness, oddness, labels, classes, alike } = images
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
  const ends = (values: readonly number[], sign: 1 | -1): string =>
    [...names.keys()]
      .sort((a, b) => sign * (values[a]! - values[b]!))
      .slice(0, picturesShown)
      .map((at) => (classes.length > 1 ? `${names[at]!} (${classes[labels[at]!]!})` : names[at]!))
      .join(', ')
  const sampled = names.length < of ? ` (${formatCount(names.length)} of ${formatCount(of)})` : ''
  const pairs = alike.pairs.slice(0, picturesShown).map((pair) => pair.map(({ name }) => name).join(' and '))
  return [
    `${named ? `Pictures of “${images.column}”` : 'Pictures'}${sampled} have a brightness of ${formatPercent(median(brightness))} and a contrast of ${formatPercent(median(contrast))} in the median.`,
    `  Least like ${classes.length > 1 ? 'their classes' : 'the others'}: ${ends(oddness, -1)}.`,
    `  Darkest: ${ends(brightness, 1)}.`,
    `  Least sharp: ${ends(sharpness, 1)}.`,
    ...(pairs.length > 0
      ? [`  Nearly the same as an earlier one: ${formatCount(alike.count)}, such as ${pairs.join(', ')}.`]
      : []),
    '',
  ]
}

/** Pieces of one example, the unknown ones in brackets. */
const tokensShown = 24

function describeTexts({
  column,
  cutting,
  vocabulary,
  unknown,
  median,
  longest,
  cut,
  rows,
  maxTokens,
  examples,
}: ShownTexts): string[] {
  const told =
    unknown.validation === null ? '' : `, of the validation texts ${formatPercent(unknown.validation)}`
  return [
    `“${column}” as tokens (${cutting}): a vocabulary of ${formatCount(vocabulary)}; unknown are ${formatPercent(unknown.train)} of the training texts${told}.`,
    `  Training texts have ${formatNumber(median)} tokens in the median and ${formatCount(longest)} at most; ${formatCount(cut)} of ${formatCount(rows)} are cut after ${formatCount(maxTokens)}.`,
    ...examples.map(({ split, pieces, more }) => {
      const shown = pieces.slice(0, tokensShown)
      const rest = pieces.length - shown.length + more
      return `  ${split}: ${shown.map((piece) => oneLine(piece.known ? piece.shown : `[${piece.shown}]`)).join(' · ')}${rest > 0 ? ` · … ${formatCount(rest)} more` : ''}`
    }),
    '',
  ]
}

/** For people. */
export function describeExplored({ receipt, recipe, size, profile, split, texts }: Explored): string {
  const { alerts, columns } = profile
  const found = alerts.length === 0 ? 'Nothing looks wrong.' : `${plural(alerts.length, 'alert')}:`
  return [
    `${receipt.fileName}: ${size}`,
    ...receipt.notes.map((note) => `  ${note}`),
    '',
    textTable([headers, ...columns.map(rowOf)], isText),
    ...describeAssociation(profile),
    ...describeSensitive(profile),
    ...describeTimes(profile),
    ...describeTextProfile(profile.texts),
    ...(profile.images ?? []).flatMap((one) => describePictures(one, recipe.kind === 'table')),
    ...texts.flatMap(describeTexts),
    found,
    ...describeFindings(alerts, recipe),
    ...(split === null
      ? []
      : split.length === 0
        ? [
            '',
            'Train and test: hardly a test row is in the training split as well, and no column is distributed otherwise in it.',
          ]
        : ['', 'Train and test:', ...describeFindings(split, recipe)]),
    '',
  ].join('\n')
}
