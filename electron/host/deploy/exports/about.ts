/** What a page or a server says of the model that it has: about.json. */
import { formatMetric, metricOf, taskOf } from '../../../contract/index.ts'
import { exampleRow } from '../example.ts'
import { documentOf } from '../../model/build.ts'
import { costOf } from '../../model/describe.ts'
import { sizeOfInputs } from '../../model/input.ts'
import { rowsWithin } from '../../model/rows-within.ts'
import { networkOf } from '../../training/data.ts'
import type { ModelDocument } from '../document.ts'
import { slug } from '../slug.ts'
import { predictionColumns } from '../table.ts'
import { functionsOfTask } from '../../tasks/index.ts'
import type { Signature } from './signature.ts'
import packageJson from '../../../../package.json' with { type: 'json' }

/** A picture of nothing, for servers. */
const blank = (shape: readonly (number | string)[]): string =>
  Buffer.alloc(shape.slice(1).reduce<number>((product, extent) => product * Number(extent), 1)).toString(
    'base64',
  )

/** How many rows go through a network at once on somebody else's machine: of large ones few. */
export const rowsPerPass = (numbers: number, multiplyAdds: number): number =>
  rowsWithin(512, numbers, multiplyAdds, 1)

/** `proof`: a sentence about its certificate. */
export function aboutText(document: ModelDocument, { inputs }: Signature, proof: string): string {
  const { name, task, target, preparation, provenance, architecture } = document
  const network = networkOf(architecture, preparation)
  const { multiplyAdds } = costOf(documentOf(network))
  const results = Object.entries(provenance.test ?? {}).flatMap(([metric, value]) => {
    const known = metricOf(metric)
    return known?.headline === true ? [`${known.label} ${formatMetric(metric, value)}`] : []
  })
  const tested = results.length === 0 ? '' : ` On the test: ${results.join(', ')}.`
  const zeros = new Float32Array(functionsOfTask(task).units(preparation.target))
  const { names, values } = predictionColumns(
    zeros,
    preparation,
    inputs.map((input) => input.name),
  )
  const computed = inputs.flatMap((input) =>
    input.computed === undefined ? [] : [[input.name, input.computed] as const],
  )
  const pictures = inputs
    .filter(({ dtype }) => dtype === 'uint8')
    .map((input) => [input.name, blank(input.shape)])
  return (
    JSON.stringify(
      {
        id: slug(name),
        name,
        about: `Predicts ${target}: ${functionsOfTask(task).describe(preparation.target)}.${tested} Made with Descent.`,
        proof,
        task: taskOf(task).label,
        version: packageJson.version,
        rowsPerPass: rowsPerPass(sizeOfInputs(network.inputs), multiplyAdds),
        example: { ...exampleRow(document), ...Object.fromEntries(pictures) },
        ...(computed.length > 0 && { computed: Object.fromEntries(computed) }),
        answers: names.map((column, i) => ({ name: column, datatype: typeof values[i]![0] === 'number' ? 'FP64' : 'BYTES' })), // prettier-ignore
      },
      null,
      2,
    ) + '\n'
  )
}
