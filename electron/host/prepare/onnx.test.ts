/** Every step and encoder as ONNX nodes, run by onnxruntime, gives what the preparation itself does. */
import { expect, test } from 'vitest'
import { encodeOnnx } from '../../../engine/formats/onnx.ts'
import { onOnnxruntime, type OnnxInput } from '../../../engine/fixtures/onnxruntime.ts'
import { OnnxNodes, text } from '../../../engine/index.ts'
import {
  detected,
  begin,
  defaultRecipe,
  type ColumnKind,
  encoders,
  namesIn,
  preparationSteps,
  type Column,
  type Encoder,
  type Group,
  type PreparationStep,
} from '../../contract/index.ts'
import type { CategoryColumn, Frame, FrameColumn } from '../datasets/frame.ts'
import { encode } from './encode.ts'
import { fitPreparation } from './fit.ts'
import { onnxOfPreparation, portOfColumn } from './onnx.ts'
import { inputsOf, type Preparation } from './preparation.ts'
import { exportUndoneSteps, fitSteps, undoSteps } from './steps/index.ts'

const trained = [3, 1.5, NaN, -2, 8, 100, NaN, 0, 0.25, 4]
const later = [NaN, 1e9, -1e9, 0, -0, 3.5, -7, 2, 1e-20, 50]
/** Ends of months and years, leap days, and days before 1970. */
const trainedDays = [19_000.75, 19_059, NaN, 11_016, -1, 0, 365.5, NaN, -719_162 + 400_000, 20_088]
const laterDays = [11_015, 10_957, 2_932_896, NaN, -25_509, -25_508, 47_540, 47_541, 19_722.25, 4]
const towns = ['Bern', 'Bern', '', 'Ulm', 'Ulm', 'Ulm', 'Rom', 'Oslo', 'Bern', '']
const laterTowns = ['', 'Bern', 'Paris', 'Rom', 'Oslo', 'Ulm', '(rare)', 'bern', 'Ulm', 'Bern']
const lines = [
  'a cat',
  'a dog sat',
  'the cat sat',
  'a a a',
  'dog',
  'cat cat',
  'the the',
  'sat',
  'a',
  'dog cat',
]
const laterLines = ['a bird', '', 'cat sat on the mat', 'dog', 'a', 'b', 'the', 'sat sat', 'x y z', 'a cat']
const target: FrameColumn = {
  kind: 'category',
  name: 'y',
  codes: Int32Array.from(trained, (_, i) => i % 2),
  categories: ['n', 'p'],
}

function categories(name: string, values: readonly string[]): FrameColumn {
  const known = [...new Set(values.filter((value) => value !== ''))]
  return {
    kind: 'category',
    name,
    codes: Int32Array.from(values, (value) => known.indexOf(value)),
    categories: known,
  }
}
const pixelsOf = (seed: number): FrameColumn => ({
  kind: 'image',
  name: 'image',
  channels: 2,
  height: 3,
  width: 2,
  pixels: Uint8Array.from({ length: 120 }, (_, i) => (i * 37 + seed * 91) % 256),
})

/** With an order from the last letter to the first. */
const ordered = (name: string, values: readonly string[], most = 99): FrameColumn => ({
  ...(categories(name, values) as CategoryColumn),
  levels: [...new Set(towns)]
    .filter((one) => one !== '')
    .toSorted()
    .toReversed()
    .slice(0, most),
})

const columns: Record<ColumnKind, [fitted: FrameColumn, asked: FrameColumn]> = {
  number: [
    { kind: 'number', name: 'price', values: Float64Array.from(trained) },
    { kind: 'number', name: 'price', values: Float64Array.from(later) },
  ],
  date: [
    { kind: 'date', name: 'day', values: Float64Array.from(trainedDays) },
    { kind: 'date', name: 'day', values: Float64Array.from(laterDays) },
  ],
  time: [
    { kind: 'date', name: 'hour', values: Float64Array.from(trainedDays, (day) => day - Math.floor(day)) },
    { kind: 'date', name: 'hour', values: Float64Array.from(laterDays, (day) => day - Math.floor(day)) },
  ],
  category: [categories('town', towns), categories('town', laterTowns)],
  ordered: [ordered('size', towns), ordered('size', laterTowns)],
  boolean: [ordered('sold', towns, 2), ordered('sold', laterTowns, 2)],
  text: [
    { kind: 'text', name: 'line', values: lines },
    { kind: 'text', name: 'line', values: laterLines },
  ],
  image: [pixelsOf(1), pixelsOf(2)],
}
type Kind = ColumnKind

const frameOf = (...all: FrameColumn[]): Frame => ({ rows: trained.length, columns: all })

function fitted(groups: readonly { kind: Kind; steps: PreparationStep[]; encoder: Encoder }[]): Preparation {
  const features = groups.map(({ kind }) => columns[kind][0])
  const frame = frameOf(...features, target)
  const described: Column[] = [
    ...groups.map(({ kind }) => ({ name: columns[kind][0].name, kind, role: 'feature' as const })),
    { name: 'y', kind: 'category', role: 'target' },
  ]
  const source = { path: '/x.csv', ...detected, missingValues: [] }
  const prepare = groups.map((group, i): Group => ({ ...group, name: String(i), columns: null }))
  const recipe = { ...defaultRecipe(source, described, 'classification', frame.rows), prepare }
  return fitPreparation(frame, recipe, Int32Array.from(trained.keys()))
}

/** The column as the file is given it: words of texts are cut beforehand, which ONNX's own operators cannot. */
function inputOf(column: FrameColumn, preparation: Preparation): OnnxInput {
  const { name } = column
  const rows = trained.length
  switch (column.kind) {
    case 'number':
    case 'date': {
      const { dtype } = portOfColumn(preparation.columns.find((one) => one.name === name)!)
      return { name, dtype: dtype as 'float32' | 'float64', shape: [rows, 1], values: column.values }
    }
    case 'category':
      return {
        name,
        dtype: 'string',
        shape: [rows, 1],
        values: Array.from(column.codes, (code) => column.categories[code] ?? ''),
      }
    case 'image':
      return { name, dtype: 'uint8', shape: [rows, 2, 3, 2], values: column.pixels }
    case 'text': {
      const length = Number(portOfColumn(preparation.columns.find((one) => one.name === name)!).shape[1])
      const values = column.values.flatMap((line) => {
        const words = text.getTokenizer('basicEnglish')(line).slice(0, length)
        return [...words, ...new Array<string>(length - words.length).fill(text.paddingToken)]
      })
      return { name, dtype: 'string', shape: [rows, length], values }
    }
  }
}

const numericGroup = { kind: 'number' as const, encoder: begin(encoders, 'numeric') }
const fill = begin(preparationSteps, 'impute')

/** Every step once, alone and after what it may need; then every encoder. */
const stepCases = namesIn(preparationSteps).flatMap((name) => {
  const { kinds } = preparationSteps.members.find((one) => one.name === name)!
  const kind = kinds[0]!
  const chosen = begin(preparationSteps, name) as PreparationStep
  const steps = kind === 'number' && name !== fill.step ? [fill, chosen] : [chosen]
  const encoder = encoders.members.find((one) => one.kinds.includes(kind))!
  const group = { kind, encoder: begin(encoders, encoder.name) as Encoder }
  return [
    { title: `step ${name}`, groups: [{ ...group, steps }] },
    ...(steps.length > 1
      ? [{ title: `step ${name} before gaps are filled`, groups: [{ ...group, steps: steps.toReversed() }] }]
      : []),
  ]
})
/** ONNX has no hashes of words. */
const notInOnnx = new Set<string>(['hashing'])
const encoderCases = encoders.members.flatMap(({ name, kinds }) =>
  notInOnnx.has(name)
    ? []
    : kinds.map((kind) => ({
        title: `encoder ${name} of ${kind}`,
        groups: [{ kind, steps: kind === 'number' ? [fill] : [], encoder: begin(encoders, name) as Encoder }],
      })),
)
const oneHotCases = [true, false].flatMap((missing) =>
  [2, 50].map((maxCategories) => ({
    title: `encoder oneHot of ${maxCategories}, ${missing ? 'absence marked' : 'absence not marked'}`,
    groups: [
      {
        kind: 'category' as const,
        steps: [],
        encoder: begin(encoders, 'oneHot', { maxCategories, missing }) as Encoder,
      },
    ],
  })),
)
const clockCases = [
  { cycle: true, hours: false, missing: true },
  { cycle: false, hours: true, missing: false },
].map((options) => ({
  title: `encoder clock with ${JSON.stringify(options)}`,
  groups: [{ kind: 'time' as const, steps: [], encoder: begin(encoders, 'clock', options) as Encoder }],
}))
const calendarCases = (['none', 'year', 'days'] as const).flatMap((elapsed) =>
  [true, false].map((missing) => ({
    title: `encoder calendar of ${elapsed}, absence ${missing ? 'marked' : 'not marked'}`,
    groups: [
      {
        kind: 'date' as const,
        steps: [],
        encoder: begin(encoders, 'calendar', { elapsed, missing, day: true, hour: missing }) as Encoder,
      },
    ],
  })),
)
const together = {
  title: 'a row of several kinds',
  groups: [
    {
      ...numericGroup,
      steps: [fill, begin(preparationSteps, 'signedLog'), begin(preparationSteps, 'standardize')],
    },
    { kind: 'category' as const, steps: [], encoder: begin(encoders, 'oneHot') as Encoder },
    { kind: 'date' as const, steps: [], encoder: begin(encoders, 'calendar') as Encoder },
    { kind: 'text' as const, steps: [], encoder: begin(encoders, 'words', { maxTokens: 3 }) as Encoder },
  ],
}

onOnnxruntime('what can be undone is undone', (run) => {
  test.each(preparationSteps.members.filter((member) => 'undoable' in member).map(({ name }) => name))(
    '%s',
    async (name) => {
      const { steps } = fitSteps(columns.number[0], Int32Array.from(trained.keys()), [
        begin(preparationSteps, name) as PreparationStep,
      ])
      const values = Float64Array.from([-3, -0.5, 0, 0.25, 2, 4])
      const nodes = new OnnxNodes()
      const value = exportUndoneSteps(nodes, 'x', steps)
      const shape = [values.length, 1]
      const graph = {
        name: 'undo',
        nodes: nodes.nodes,
        inputs: [{ name: 'x', dtype: 'float32' as const, shape }],
        outputs: [{ name: value, dtype: 'float32' as const }],
        constants: await nodes.values(),
      }
      const [result] = await run(encodeOnnx(graph), [{ name: 'x', dtype: 'float32', shape, values }])
      undoSteps(values, steps).forEach((wanted, i) => {
        expect(result!.data[i]! / (wanted || 1)).toBeCloseTo(wanted === 0 ? 0 : 1, 5)
      })
    },
  )
})

onOnnxruntime('preparations give what onnxruntime does of their files', (run) => {
  test.each([...stepCases, ...encoderCases, ...oneHotCases, ...calendarCases, ...clockCases, together])(
    '$title',
    async ({ groups }) => {
      const preparation = fitted(groups)
      for (const which of [0, 1] as const) {
        const asked = groups.map(({ kind }) => columns[kind][which])
        const { inputs } = encode(frameOf(...asked), preparation)
        const graph = onnxOfPreparation(preparation)
        const results = await run(
          encodeOnnx(graph),
          asked.map((column) => inputOf(column, preparation)),
        )
        for (const [i, input] of inputsOf(preparation).entries()) {
          const { mean, std, channels, height, width } =
            input.kind === 'pixels' ? input : { mean: [0], std: [1], channels: 1, height: 1, width: 1 }
          // Pixels are kept as bytes, and become numbers on the device.
          const expected = [...inputs[input.name]!].map((value, at) => {
            const channel = Math.floor(at / (height * width)) % channels
            return input.kind === 'pixels' ? (value / 255 - mean[channel]!) / std[channel]! : value
          })
          expect(results[i]!.dims).toEqual([trained.length, ...results[i]!.dims.slice(1)])
          const got = [...Array.from(results[i]!.data)]
          expect(got.length).toBe(expected.length)
          got.forEach((value, at) => {
            const tolerance = 1e-5 * Math.max(1, Math.abs(expected[at]!))
            expect(
              Math.abs(value - expected[at]!),
              `${input.name}[${at}]: ${value}, not ${expected[at]}`,
            ).toBeLessThan(tolerance)
          })
        }
      }
    },
  )
})

test('what ONNX has no operators for is refused, with the way out', () => {
  const hashed = { kind: 'category' as const, steps: [], encoder: begin(encoders, 'hashing') as Encoder }
  expect(() => onnxOfPreparation(fitted([hashed]))).toThrow(
    /ONNX has no operator for that\. .*preparation=false/,
  )
})
