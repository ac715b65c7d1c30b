/** What alerts, checks and alarms have found, as the terminal prints it: with the `--set …` that would apply their fixes. */
import {
  bySeverity,
  changesOf,
  formatBytes,
  formatCount,
  formatSeconds,
  mainChanges,
  plural,
  preflight,
  settingOf,
  shellWord,
  withFix,
  type Finding,
  type Fix,
  type Preflight,
  type Recipe,
} from '../../contract/index.ts'
import { withoutSecrets } from '../remote/index.ts'
import { plainSpaces } from './text-table.ts'

/** What stands after `--set`. */
export const settingsOf = (recipe: Recipe, fix: Fix): string[] =>
  mainChanges(changesOf(recipe, withFix(recipe, fix))).map((change) => settingOf(change, recipe))

/** More than these are counted; `--json` has them all. */
const mostSettings = 8

function fixLine(recipe: Recipe, fix: Fix): string[] {
  const settings = settingsOf(recipe, fix)
  if (settings.length === 0) return []
  const shown = settings.slice(0, mostSettings).map((one) => `--set ${shellWord(one, process.platform)}`)
  const more = settings.length - shown.length
  return [`           ${fix.label}: ${shown.join(' ')}${more > 0 ? ` and ${more} more` : ''}`]
}

const lines = (recipe: Recipe, { severity, message, fixes }: Finding): string[] => [
  `  ${severity.padEnd(7)}  ${message}`,
  ...fixes.flatMap((fix) => fixLine(recipe, fix)),
]

/** For people: all of them. */
export const describeFindings = (findings: readonly Finding[], recipe: Recipe): string[] =>
  findings.flatMap((finding) => lines(recipe, finding)).map(plainSpaces)

interface BeforeTraining {
  readonly alerts: readonly Finding[]
  readonly checks: readonly Finding[]
  /** What the command line calls the data. */
  readonly input: string
}

/** For people on their way to a training: what is to be looked at, and where the rest is. */
export function describeBeforeTraining({ alerts, checks, input }: BeforeTraining, recipe: Recipe): string[] {
  const serious = alerts.filter(({ severity }) => severity !== 'info')
  const rest = alerts.length - serious.length
  const more = `  ${plural(rest, 'alert')} more for information: descent explore ${shellWord(withoutSecrets(input), process.platform)}`
  return [...describeFindings(bySeverity([...serious, ...checks]), recipe), ...(rest > 0 ? [more] : [])]
}

/** For people, before a training. */
export function describePreflight(tried: Preflight, recipe: Recipe): string[] {
  const { findings, secondsPerEpoch, memory = null, outOfTime = [], notes = [] } = tried
  const { epochs } = recipe.training
  const long =
    secondsPerEpoch === null
      ? ''
      : `; about ${formatSeconds(secondsPerEpoch)} an epoch, ${formatSeconds(secondsPerEpoch * epochs)} for all ${formatCount(epochs)}`
  const large = memory === null ? '' : `, with ${formatBytes(memory)} of memory`
  const found = findings.length === 0 ? 'nothing stands against it' : plural(findings.length, 'finding')
  return [
    `Tried before training, in ${formatSeconds(tried.seconds)}: ${found}${long}${large}`,
    ...describeFindings(findings, recipe),
    ...(outOfTime.length === 0
      ? []
      : [`  Not tried, as there was no time: ${outOfTime.map(labelOf).join('; ')}`]),
    ...notes.map((note) => `  ${note}`),
  ].map(plainSpaces)
}

const labelOf = (check: string): string =>
  preflight.members.find(({ name }) => name === check)?.label ?? check

/** For programs: each fix with what `--set` takes. */
export const findingsAsData = (findings: readonly Finding[], recipe: Recipe) =>
  findings.map((finding) => ({
    ...finding,
    fixes: finding.fixes.map((fix) => ({ ...fix, set: settingsOf(recipe, fix) })),
  }))

/** What programs are promised of a finding. */
export interface ToldFinding {
  readonly code: string
  readonly severity: Finding['severity']
  /** null: it speaks of no layer, of no step. */
  readonly layer: string | null
  readonly step: number | null
  readonly columns: readonly string[]
  readonly message: string
}

export const told = (findings: readonly Finding[]): ToldFinding[] =>
  findings.map(({ name, severity, columns, message, layer, step }) => ({
    code: name,
    severity,
    layer: layer ?? null,
    step: step ?? null,
    columns,
    message: plainSpaces(message),
  }))
