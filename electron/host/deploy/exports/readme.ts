/** What stands beside an exported file for people: what goes in, what comes out, and lines to begin with. */
import {
  formatMetric,
  keptAs,
  metricOf,
  parsers,
  plural,
  versionName,
  type PictureReading,
} from '../../../contract/index.ts'
import type { Cell } from '../../kinds/index.ts'
import { sizeOfInput } from '../../model/input.ts'
import { tensorOf } from '../../prepare/encoders/index.ts'
import type { PreparedColumn } from '../../prepare/preparation.ts'
import { functionsOfTask } from '../../tasks/index.ts'
import { cell } from '../card.ts'
import { exampleRow } from '../example.ts'
import type { ModelDocument } from '../document.ts'
import { shapeLines } from '../shape.ts'
import { withoutPython } from './readable.ts'
import type { Signature, SignatureInput, SignatureOutput } from './signature.ts'

const shapeText = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(' | ')} |`,
  `| ${head.map(() => '---').join(' | ')} |`,
  ...rows.map((cells) => `| ${cells.map(cell).join(' | ')} |`),
]

/** Columns in sentences, but for as many that nobody reads them. */
const some = (names: readonly string[]): string =>
  names.slice(0, 12).join(', ') + (names.length > 12 ? `, … (${names.length})` : '')

/** Where it comes from, and how well it does. */
export function provenanceLines({ name, target, task, preparation, provenance }: ModelDocument): string[] {
  const results = Object.entries(provenance.test ?? {}).flatMap(([metric, value]) => {
    const known = metricOf(metric)
    return known?.headline === true ? [`${known.label} ${formatMetric(metric, value)}`] : []
  })
  const version = provenance.dataVersion === null ? '' : ` ${versionName(provenance.dataVersion)}`
  return [
    `# ${name}`,
    '',
    `Predicts \`${target}\`: ${functionsOfTask(task).describe(preparation.target)}. ` +
      `Trained with Descent on ${plural(provenance.trainRows, 'example')} of \`${provenance.dataFile}\`${version}, run \`${provenance.runId}\`.`,
    '',
    results.length === 0
      ? 'The test split of this run has not been opened.'
      : `On the test split: ${results.join(', ')}.`,
  ]
}

function readingText({ missing, reading, dtype }: SignatureInput): string {
  // What was learned of a text’s parts would fill pages.
  const how = Object.entries(reading ?? {}).map(([key, value]) =>
    key === 'parts' ? 'parts: in signature.json' : `${key}: ${JSON.stringify(value)}`,
  )
  const parser = parsers.members.find(({ name }) => name === reading?.parser)
  const share = parser && 'gives' in parser && dtype.startsWith('float') ? [parser.gives] : []
  const absent = missing === undefined ? [] : [missing === '' ? 'missing: empty' : 'missing: NaN']
  return [...share, ...how, ...absent].join('; ')
}

export const inputTable = (inputs: readonly SignatureInput[]): string[] =>
  table(
    ['input', 'type', 'shape', 'how it is written'],
    inputs.map((input) => [`\`${input.name}\``, input.dtype, shapeText(input.shape), readingText(input)]),
  )

const outputTable = (outputs: readonly SignatureOutput[]): string[] =>
  table(
    ['output', 'type', 'shape', 'columns'],
    outputs.map(({ name, dtype, shape, columns }) => [
      `\`${name}\``,
      dtype,
      shapeText(shape),
      shape.length > 1 && columns ? some(columns) : '',
    ]),
  )

const sizeOf = ({ shape }: SignatureInput): number[] => shape.slice(1).map(Number)
/** The inputs of the lines to begin with: of so many that they would fill a page, the first. */
const shown = (inputs: readonly SignatureInput[]): readonly SignatureInput[] => inputs.slice(0, 20)
const rest = (inputs: readonly SignatureInput[], mark: string): string[] =>
  inputs.length > 20 ? [`    ${mark} … and ${inputs.length - 20} more`] : []

const pythonTypes = {
  float32: 'float32',
  float64: 'float64',
  int32: 'int32',
  uint8: 'uint8',
  string: 'object',
}
type Written = keyof typeof pythonTypes
const pythonValue = ({ dtype, shape }: SignatureInput): string =>
  dtype === 'string' && shape.length === 2 && shape[1] === 1
    ? 'numpy.array([[""]], "object")'
    : dtype === 'string'
      ? `numpy.full([1, ${shape.slice(1).join(', ')}], "", "object")`
      : `numpy.zeros([1, ${shape.slice(1).join(', ')}], "${pythonTypes[dtype as Written]}")`

const nodeArrays: Readonly<Record<string, string>> = {
  float32: 'Float32Array',
  float64: 'Float64Array',
  int32: 'Int32Array',
  uint8: 'Uint8Array',
}
const nodeValue = (input: SignatureInput): string => {
  const size = sizeOf(input)
  const count = size.reduce((product, extent) => product * extent, 1)
  const values =
    input.dtype === 'string'
      ? count === 1
        ? "['']"
        : `new Array(${count}).fill('')`
      : `new ${nodeArrays[input.dtype]}(${count})`
  return `new ort.Tensor('${input.dtype}', ${values}, [1, ${size.join(', ')}])`
}

/** What goes in, and by which steps the columns come about that a file does not have. */
export const inputSection = (document: ModelDocument, inputs: readonly SignatureInput[]): string[] => [
  ...shapeLines(document, false),
  '## Inputs',
  '',
  ...inputTable(inputs),
  '',
]

/** Whoever has data that nobody else is to hear of wants to know. */
const telemetry =
  'On Linux, onnxruntime 1.29 and later report their use to Microsoft unless `ORT_DISABLE_TELEMETRY=1` is set before they are loaded.'

/** Rows as they are written, through the readers beside the file. */
function writtenRows(document: ModelDocument, noPython: string | null): string[] {
  const pictures = document.preparation.columns.filter(({ kind }) => keptAs(kind) === 'image')
  const zeros = (column: PreparedColumn): string => String(sizeOfInput(tensorOf(column.encoder)))
  const row = Object.entries(exampleRow(document)).filter(
    ([name]) => !pictures.some((one) => one.name === name),
  )
  const told = row.slice(0, 20)
  const rest = row.slice(20)
  const lines = (
    key: (name: string) => string,
    value: (cell: Cell) => string,
    picture: (size: string) => string,
  ): string[] => [
    ...told.map(([name, cell]) => `  ${key(name)}: ${value(cell)},`),
    ...pictures.map((column) => `  ${key(column.name)}: ${picture(zeros(column))},`),
  ]
  // So that the lines run as they are.
  const others = (open: string, value: string): string[] =>
    rest.length === 0 ? [] : [`${open} the other ${rest.length} are not known`, value]
  const names = JSON.stringify(rest.map(([name]) => name))
  const python = [
    '```python',
    'from reader import load  # pip install onnxruntime numpy',
    '',
    'row = {',
    ...lines(
      JSON.stringify,
      (cell) => (cell === null ? 'None' : JSON.stringify(cell)),
      (size) => `[0] * ${size}`,
    ),
    '}',
    ...others('#', `row.update(dict.fromkeys(${names}))`),
    'predict = load(".")',
    'print(predict([row]))',
    '```',
  ]
  return [
    'Rows are given as they are written, in the table that was trained on or as JSON; what is not known is `None` or `null`.',
    '',
    '## Python',
    '',
    ...(noPython === null ? python : [noPython]),
    '',
    '## Node',
    '',
    '```js',
    "import { readFileSync } from 'node:fs'",
    "import ort from 'onnxruntime-node' // npm install onnxruntime-node",
    "import { answersOf, feedsOf } from './reader.js'",
    '',
    "const signature = JSON.parse(readFileSync('signature.json', 'utf8'))",
    "const session = await ort.InferenceSession.create('model.onnx')",
    'const row = {',
    ...lines(
      (name) => (name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)),
      (cell) => JSON.stringify(cell),
      (size) => `new Array(${size}).fill(0)`,
    ),
    '}',
    ...others('//', `for (const name of ${names}) row[name] = null`),
    'const feeds = Object.create(null)',
    'for (const [name, { dtype, data, shape }] of Object.entries(feedsOf(signature, [row]).feeds))',
    '  feeds[name] = new ort.Tensor(dtype, data, shape)',
    'const outputs = {}',
    'for (const [name, { data }] of Object.entries(await session.run(feeds))) outputs[name] = data',
    'console.log(JSON.stringify(answersOf(signature, outputs, 1)))',
    '```',
    '',
  ]
}

const shaping = {
  crop: (size, _background) => `ImageOps.fit(picture, ${size}, Image.LANCZOS)`,
  pad: (size, background) => `ImageOps.pad(picture, ${size}, Image.LANCZOS, "${background}")`,
  stretch: (size, _background) => `picture.resize(${size}, Image.LANCZOS)`,
} satisfies Record<PictureReading['fit'], (size: string, background: string) => string>

/** From a picture's file to the bytes that the model takes: whoever has the model has files. */
export function picturesByPillow(inputs: readonly SignatureInput[]): string[] {
  const found = inputs.find(({ picture }) => picture !== undefined)
  if (found?.picture === undefined) return []
  const [, channels, height, width] = found.shape
  const { fit, background } = found.picture
  return [
    '## A picture’s file',
    '',
    'The model takes bytes, channel by channel. In Python they come from a file like this, nearly, not exactly, as Descent makes them; the server and the web page do it as Descent does.',
    '',
    '```python',
    'import numpy as np',
    'from PIL import Image, ImageOps  # pip install pillow',
    '',
    'def pixels(file):',
    '  picture = ImageOps.exif_transpose(Image.open(file)).convert("RGBA")',
    `  ground = Image.new("RGBA", picture.size, "${background}")`,
    '  picture = Image.alpha_composite(ground, picture).convert("RGB")',
    `  picture = ${shaping[fit](`(${String(width)}, ${String(height)})`, background)}`,
    ...(channels === 1
      ? ['  return np.asarray(picture.convert("L")).ravel().tolist()']
      : ['  return np.moveaxis(np.asarray(picture), -1, 0).ravel().tolist()']),
    '',
    `row[${JSON.stringify(found.name)}] = pixels("picture.jpg")`,
    '```',
    '',
  ]
}

/** Without the preparation there is nothing to be read. */
const tensorsByHand = (
  inputs: readonly SignatureInput[],
  outputs: readonly SignatureOutput[],
  file: string,
): string[] => [
  '## Python',
  '',
  '```python',
  'import numpy, onnxruntime  # pip install onnxruntime',
  '',
  `session = onnxruntime.InferenceSession("${file}")`,
  'row = {',
  ...shown(inputs).map((input) => `    ${JSON.stringify(input.name)}: ${pythonValue(input)},`),
  ...rest(inputs, '#'),
  '}',
  `${outputs.map(({ name }) => name.replaceAll(/\W/g, '_')).join(', ')}${outputs.length === 1 ? ',' : ''} = session.run(None, row)`,
  '```',
  '',
  '## Node',
  '',
  '```js',
  "import ort from 'onnxruntime-node' // npm install onnxruntime-node",
  '',
  `const session = await ort.InferenceSession.create('${file}')`,
  'const row = {',
  ...shown(inputs).map((input) => `  ${JSON.stringify(input.name)}: ${nodeValue(input)},`),
  ...rest(inputs, '//'),
  '}',
  'const answer = await session.run(row)',
  `console.log(${outputs.map(({ name }) => `answer[${JSON.stringify(name)}].data`).join(', ')})`,
  '```',
  '',
]

export function onnxReadme(
  document: ModelDocument,
  { inputs, outputs }: Signature,
  { file, opset, readers }: { readonly file: string; readonly opset: number; readonly readers: boolean },
): string {
  return [
    ...provenanceLines(document),
    '',
    `\`${file}\` is in ONNX, opset ${opset}; N is any number of rows. \`signature.json\` says the following to programs.`,
    '',
    ...inputSection(document, inputs),
    '## Outputs',
    '',
    ...outputTable(outputs),
    '',
    telemetry,
    '',
    ...(readers ? writtenRows(document, withoutPython(inputs)) : tensorsByHand(inputs, outputs, file)),
    ...(readers ? picturesByPillow(inputs) : []),
  ].join('\n')
}
