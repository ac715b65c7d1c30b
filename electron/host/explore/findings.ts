/** From evidence to findings: what every alert, check and alarm has in common. */
import {
  bySeverity,
  changesOf,
  definitionOf,
  formatCount,
  startsOf,
  withFix,
  type DataKind,
  type Finding,
  type FindingRegistry,
  type Fix,
  type MemberOf,
  type NameIn,
  type OptionsOf,
  type Recipe,
} from '../../contract/index.ts'

type FactsOf<R extends FindingRegistry, Name extends NameIn<R>> = MemberOf<R, Name>['facts']
type Values<Facts> = {
  readonly [K in keyof Facts]: Facts[K] extends { readonly format: 'text' } ? string : number
}

/** What an implementation has found; the rest is in the definition. */
export interface Found<Evidence = Finding['evidence']> {
  readonly columns: readonly string[]
  readonly message: string
  readonly evidence: Evidence
  readonly fixes?: readonly Fix[]
  readonly rows?: Finding['rows']
  readonly layer?: string
  readonly step?: number
}

/** What each definition looks for: one without its rule does not compile. */
export type Rules<R extends FindingRegistry, Evidence> = {
  readonly [Name in NameIn<R>]: (
    evidence: Evidence,
    thresholds: OptionsOf<R, Name>,
  ) => readonly Found<Values<FactsOf<R, Name>>>[]
}

/** More findings of one sort than this become one that lists the columns. */
const mostAlone = 8

/** The same fix of many columns is one fix. */
function joined(all: readonly Fix[]): Fix[] {
  return [...Map.groupBy(all, ({ label }) => label).values()].map(([first, ...more]): Fix => {
    const { label, edit } = first!
    if (edit.name !== 'setRole') return { label, edit }
    const columns = [edit, ...more.map((fix) => fix.edit)].flatMap((one) =>
      one.name === 'setRole' ? one.columns : [],
    )
    return { label, edit: { ...edit, columns } }
  })
}

function together(findings: readonly Finding[]): readonly Finding[] {
  const [first] = findings
  const many = first && definitionOf(first)?.many
  if (many === undefined || findings.length <= mostAlone) return findings
  const { name, severity } = first!
  return [
    {
      name,
      severity,
      columns: [...new Set(findings.flatMap(({ columns }) => columns))],
      message: `${formatCount(findings.length)} ${many}.`,
      evidence: {},
      fixes: joined(findings.flatMap(({ fixes }) => fixes)),
    },
  ]
}

/** Without those of which another finding about the same columns says more. */
function withoutHidden(findings: readonly Finding[]): Finding[] {
  const hidden = new Set(
    findings.flatMap((finding) =>
      (definitionOf(finding)?.hides ?? []).flatMap((name) =>
        finding.columns.map((column) => `${name} ${column}`),
      ),
    ),
  )
  return findings.filter(({ name, columns }) => !columns.some((column) => hidden.has(`${name} ${column}`)))
}

/** One by one, in the registry's order. */
export function findEach<R extends FindingRegistry, Evidence>(
  { members }: R,
  rules: Rules<R, Evidence>,
  evidence: Evidence,
): Finding[] {
  const found = members.flatMap(({ name, severity, options }): Finding[] =>
    rules[name as NameIn<R>](evidence, startsOf(options) as never).map(
      ({ fixes = [], columns, message, evidence: facts, ...about }) => ({
        name,
        severity,
        message,
        evidence: facts,
        columns: [...columns],
        fixes: [...fixes],
        ...about,
      }),
    ),
  )
  return withoutHidden(found)
}

/** Most serious first, and then in the registry's order; many of one sort are put together. */
export function findAll<R extends FindingRegistry, Evidence>(
  registry: R,
  rules: Rules<R, Evidence>,
  evidence: Evidence,
): Finding[] {
  const shown = Map.groupBy(findEach(registry, rules, evidence), ({ name }) => name)
  return bySeverity([...shown.values()].flatMap(together))
}

/** Without fixes that the recipe has already. */
export const withOpenFixes = (findings: readonly Finding[], recipe: Recipe): Finding[] =>
  findings.map((finding) => ({
    ...finding,
    fixes: finding.fixes.filter((fix) => changesOf(recipe, withFix(recipe, fix)).length > 0),
  }))

/** “row”, “image” or “text”: what an example is called. */
export type Unit = 'row' | 'image' | 'text'
export const unitOf: Readonly<Record<DataKind, Unit>> = { table: 'row', images: 'image', text: 'text' }

/** “"a" (3), "b" (1) and 4 more”. */
export function listed(items: readonly string[], most = 5): string {
  const rest = items.length - most
  return items.slice(0, most).join(', ') + (rest > 0 ? ` and ${formatCount(rest)} more` : '')
}
