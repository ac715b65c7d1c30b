/** What of one example an answer comes from. */
import {
  DescentError,
  explanations,
  formatCount,
  implementationOf,
  plural,
  explanationsFor,
  memberOf,
  type DataKind,
  type Explained,
  type Explanation,
  type SaidAnswer,
} from '../../contract/index.ts'
import type { Frame } from '../datasets/frame.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { pictureAddress } from '../pictures/show.ts'
import { answerNamed, answersOf, valuesOf } from './answers.ts'
import { exampleOf, rowOf, type Example } from './example.ts'
import { explainers, type Explain } from './members.ts'
import { requireNumber, type Explainable } from './model.ts'

export { openExplainable, type Explainable } from './model.ts'
export { dependenceOf } from './dependence.ts'
export { rowOf } from './example.ts'

/** What the model says of one example, answer by answer. Errors: a DescentError where it says nothing, as of a gap that nothing fills in. */
export function saidOf({ preparation }: Explainable, outputs: ArrayLike<number>): SaidAnswer[] {
  const values = valuesOf(preparation, outputs)
  return answersOf(preparation.target).map((one, k) => ({
    ...one,
    value: requireNumber(values[k]![0]!, 'this example'),
  }))
}

export async function explainEncoded(
  model: Explainable,
  example: Example,
  explanation: Explanation,
  name: string | null,
  progress: (share: number) => void,
): Promise<Explained> {
  const outputs = await model.predict({ rows: 1, inputs: example.inputs })
  const answers = saidOf(model, outputs)
  const at = answerNamed(model.preparation, outputs, name)
  const explain: Explain = implementationOf<typeof explanations, Explain>(
    explanations,
    explainers,
    explanation,
  )
  const { pictures, ...parts } = await explain(model, example, at, progress)
  return {
    by: explanation.by,
    answer: answers[at]!,
    answers,
    ...parts,
    pictures: await Promise.all(
      pictures.map(async ({ column, input, parts }) => ({
        column,
        width: input.width,
        height: input.height,
        shown: await pictureAddress({ ...input, pixels: example.inputs[input.name] as Uint8Array }),
        parts,
      })),
    ),
    notes: [...example.notes, ...parts.notes],
  }
}

/** Errors: a DescentError for an explanation that says nothing of such data. */
export function requireFor(kind: DataKind, { by }: Explanation): void {
  const known = explanationsFor(kind)
  if (known.includes(by)) return
  throw new DescentError(
    'badRequest',
    `${memberOf(explanations, by).label} says nothing of ${kind === 'table' ? 'tables' : kind}. Choose one of ${known.join(', ')}.`,
    'explanation',
  )
}

/** A row of the data as a file would have it. Errors: a DescentError for one that there is not, or that nobody may see yet. */
export function rowIn(
  { features, data, split }: Pick<Prepared, 'features' | 'data' | 'split'>,
  { row, sealed }: { readonly row: number; readonly sealed: boolean },
): Frame {
  if (row >= data.rows)
    throw new DescentError(
      'badRequest',
      `There is no row ${formatCount(row + 1)}: the data have ${plural(data.rows, 'row')}.`,
      'row',
    )
  if (sealed && split.test.includes(row))
    throw new DescentError(
      'badRequest',
      `Row ${formatCount(row + 1)} is of the test split, which is sealed. Choose another row, or open the test first.`,
      'row',
    )
  return { rows: 1, columns: features.map((column) => rowOf(column, row)) }
}

/**
 * `frame`: of one row. `answer`: a class, a label or a target; null: the one that is predicted. Errors: a DescentError for a
 * network that the explanation is not for.
 */
export const explainExample = (
  model: Explainable,
  frame: Frame,
  explanation: Explanation,
  answer: string | null,
  progress: (share: number) => void = () => undefined,
): Promise<Explained> =>
  explainEncoded(model, exampleOf(frame, model.preparation), explanation, answer, progress)
