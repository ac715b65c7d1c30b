/** Of what there are fewest rows: how it is told from the rest is what remedies for imbalance are compared by. */
import type { Evaluation, RankingCurve } from './entities.ts'

/** A class or label on the rows of an evaluation. */
export interface OneOfSeveral {
  readonly name: string
  readonly support: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** null: it was not measured. */
  readonly averagePrecision: number | null
}

type Of = Pick<Evaluation, 'classification' | 'labels' | 'curves'>

export const curveNamed = ({ curves }: Of, name: string): RankingCurve | null =>
  curves?.find((curve) => curve.name === name) ?? null

/** Every class or label that some row has; empty where numbers are predicted. */
export function severalOf(evaluation: Of): OneOfSeveral[] {
  const found =
    evaluation.classification?.perClass.map((one) => ({ ...one, name: one.class })) ??
    evaluation.labels?.map((one) => ({ ...one, name: one.label })) ??
    []
  return found.flatMap(({ name, support, precision, recall, f1 }) =>
    support === 0
      ? []
      : [
          {
            name,
            support,
            precision,
            recall,
            f1,
            averagePrecision: curveNamed(evaluation, name)?.averagePrecision ?? null,
          },
        ],
  )
}

/** The first of equally rare ones; null: there are none. */
export const rarestOf = (evaluation: Of): OneOfSeveral | null =>
  severalOf(evaluation).reduce<OneOfSeveral | null>(
    (rarest, one) => (rarest === null || one.support < rarest.support ? one : rarest),
    null,
  )
