/** `descent explore`: what the Explore step shows, in a terminal. */
import { tmpdir } from 'node:os'
import {
  DescentError,
  formatCount,
  formatFixed,
  formatNumber,
  formatPercent,
  plural,
  targetsOf,
  type ColumnProfile,
  type Finding,
  type Profile,
  type Receipt,
  type Recipe,
} from '../../contract/index.ts'
import { withScratch } from '../scratch.ts'
import type { ExploreCommand } from './args.ts'
import { describeFindings, findingsAsData } from './findings.ts'
import { describeSensitive, describeTimes } from './groups-table.ts'
import { openData, prepareOpened, profileData, sizeOf, type OpenedData } from './open-data.ts'
import { textTable, type Row } from './text-table.ts'

interface Explored {
  readonly receipt: Receipt
  readonly recipe: Recipe
  readonly size: string
  readonly profile: Profile
  /** Of data that can be split: what its split does. null: it was not looked at. */
  readonly split: readonly Finding[] | null
}

/** Of a larger table a training says it, which prepares it anyhow. */
const mostPrepared = 250_000
const ofSplit = new Set(['duplicatesAcross', 'drift'])

async function lookAtSplit(data: OpenedData): Promise<readonly Finding[] | null> {
  if (data.recipe.kind !== 'table' || data.rows > mostPrepared || targetsOf(data.columns).length === 0)
    return null
  try {
    const prepared = await prepareOpened(data)
    return prepared.summary(data.recipe).warnings.filter(({ name }) => ofSplit.has(name))
  } catch (error) {
    // What stands against a training is no reason not to look at the data.
    if (error instanceof DescentError) return null
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
      split: await lookAtSplit(data),
    }
  })

/** For programs: the profile, and with each fix what `--set` takes. */
export const exploredAsData = ({ recipe, profile, split }: Explored) => ({
  task: recipe.task,
  target:
    targetsOf(recipe.data.columns)
      .map(({ name }) => name)
      .join(', ') || null,
  ...profile,
  alerts: findingsAsData(profile.alerts, recipe),
  split: split && findingsAsData(split, recipe),
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
  const statistics = numeric && count > 0 ? [numeric.mean, numeric.std, numeric.min, numeric.max] : []
  return [
    name,
    kind,
    role,
    formatPercent(share),
    formatCount(distinct),
    ...Array.from({ length: 4 }, (_, i) => (statistics[i] === undefined ? '' : formatNumber(statistics[i]))),
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

/** For people. */
export function describeExplored({ receipt, recipe, size, profile, split }: Explored): string {
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
