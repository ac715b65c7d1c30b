/**
 * What a finding is, as words: alerts speak of data, checks of what is prepared for training, alarms of trainings. A definition says how
 * serious it is, why it matters, from which numbers on it is said (its options), and which numbers are shown as its evidence.
 */
import type { Definition, Registry } from './define.ts'
import { fraction, whole, type NumberOption, type Options } from './options.ts'

export const severities = ['error', 'warning', 'info'] as const
/** The most serious first. `error`: training is likely to fail or to deceive. */
export type Severity = (typeof severities)[number]

/** A number behind a finding, and how it is written. */
export interface Fact {
  readonly label: string
  readonly format: 'count' | 'share' | 'number' | 'text'
}
export type Facts = Readonly<Record<string, Fact>>
const factOf =
  <const Format extends Fact['format']>(format: Format) =>
  (label: string) => ({ label, format })
/** `fact.share('Missing')`. */
export const fact = {
  count: factOf('count'),
  share: factOf('share'),
  number: factOf('number'),
  text: factOf('text'),
}

interface FindingWords<F extends Facts = Facts> {
  readonly severity: Severity
  readonly facts: F
  /** For many of them at once, after their number: “columns have no values”. */
  readonly many?: string
  /** Those it makes idle: of a column with one value it says nothing that the value is far from the rest. */
  readonly hides?: readonly string[]
  /** It holds of all rows or of none, so that a part of them does not tell it. */
  readonly ofEveryRow?: true
}

export type FindingDefinition<
  Name extends string = string,
  O extends Options = Options,
  F extends Facts = Facts,
> = Omit<Definition<Name, O>, 'check' | 'upgrade' | 'advice'> & FindingWords<F>

export const defineFinding = <const Name extends string, const O extends Options, const F extends Facts>(
  definition: FindingDefinition<Name, O, F>,
): FindingDefinition<Name, O, F> => definition

export type FindingRegistry<Members extends readonly FindingDefinition[] = readonly FindingDefinition[]> =
  Registry<Members>

export const findingRegistry = <const Members extends readonly FindingDefinition[]>(
  described: FindingRegistry<Members>,
): FindingRegistry<Members> => described

// ---- thresholds ----

/** A share of the rows, from which on it is said. */
export const shareFrom = (start: number, help: string): NumberOption =>
  fraction({ label: 'Share', help, share: true, step: 0.01, start })
/** A number of rows, categories, …. */
export const countFrom = (start: number, label: string, help: string): NumberOption =>
  whole({ label, help, most: 1_000_000, start })
