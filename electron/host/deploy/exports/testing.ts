/** For tests of what is exported: models that nobody has trained, and certificates of them. */
import { manualSeed } from '../../../../engine/index.ts'
import { encodeOnnx } from '../../../../engine/formats/onnx.ts'
import {
  begin,
  defaultRecipe,
  detected,
  keptAs,
  templatesFor,
  type Column,
  type Encoder,
  type Group,
  type PreparationStep,
  type Recipe,
  type TableRecipe,
  type Task,
} from '../../../contract/index.ts'
import type { Frame, FrameColumn } from '../../datasets/frame.ts'
import { buildNetwork } from '../../model/build.ts'
import { fitPreparation } from '../../prepare/fit.ts'
import type { Preparation } from '../../prepare/preparation.ts'
import { withPrefix } from '../../training/checkpoint.ts'
import { networkOf } from '../../training/data.ts'
import { toTensorData } from '../../training/tensors.ts'
import { modelDraft } from '../draft.ts'
import { modelDocumentOf, type LoadedModel } from '../folder.ts'
import { certify } from './certificate.ts'
import { onnxOfModel } from './onnx.ts'

export const rows = 60
export const column: Readonly<
  Record<'number' | 'category' | 'date' | 'time' | 'text' | 'image', FrameColumn>
> = {
  number: {
    kind: 'number',
    name: 'x',
    values: Float64Array.from({ length: rows }, (_, row) =>
      row % 9 === 4 ? NaN : 3 * Math.sin(row) + row / 20,
    ),
  },
  category: {
    kind: 'category',
    name: 'x',
    codes: Int32Array.from({ length: rows }, (_, row) => (row * 5) % 7 - (row % 11 === 3 ? 99 : 0)).map((code) => Math.max(-1, code)), // prettier-ignore
    categories: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
  },
  date: {
    kind: 'date',
    name: 'x',
    values: Float64Array.from({ length: rows }, (_, row) => 19_000 + 17.5 * row),
  },
  time: {
    kind: 'date',
    name: 'x',
    values: Float64Array.from({ length: rows }, (_, row) => (row * 0.37) % 1),
  },
  text: { kind: 'text', name: 'x', values: Array.from({ length: rows }, (_, row) => ['warm and wet', 'a loud day', 'the day', 'wet'][row % 4]!) }, // prettier-ignore
  image: {
    kind: 'image',
    name: 'x',
    channels: 3,
    height: 4,
    width: 4,
    pixels: Uint8Array.from({ length: rows * 48 }, (_, at) => (at * 37 + 11 * (at % 5)) % 256),
  },
}

const oddLines = [
  'the café [URL] Größe',
  'a loud day, we’ll see',
  'über die Brücke',
  'fine and WET [URL] naïve',
]
/** Texts that tokenizers disagree about: accents, capitals, what may be a special token. */
export const oddTexts: FrameColumn = { kind: 'text', name: 'x', values: Array.from({ length: rows }, (_, row) => oddLines[row % 4]!) } // prettier-ignore

const yesOrNo: FrameColumn = { kind: 'category', name: 'y', codes: Int32Array.from({ length: rows }, (_, row) => Number(row % 5 < 2)), categories: ['no', 'yes'] } // prettier-ignore

export interface Untrained {
  /** In the place of the column of its kind. */
  readonly values?: Partial<typeof column>
  /** What else the import said of it. */
  readonly about?: Partial<Pick<Column, 'parser' | 'notMissing'>>
  /** What stands for a missing value. */
  readonly marks?: readonly string[]
  readonly task?: Task
  readonly targets?: readonly FrameColumn[]
  readonly target?: Partial<Recipe['target']>
}

/** A network that nobody has trained, behind this preparation of one column. */
export async function modelOf(
  kind: Column['kind'],
  steps: PreparationStep[],
  encoder: Encoder,
  {
    values = {},
    about = {},
    marks = ['', 'NA'],
    task = 'binary',
    targets = [yesOrNo],
    target = {},
  }: Untrained = {},
): Promise<LoadedModel> {
  const kept = kind === 'time' ? 'time' : keptAs(kind)
  const given = { ...{ ...column, ...values }[kept], ...(about.parser && { parser: about.parser }) } as FrameColumn // prettier-ignore
  const frame: Frame = { rows, columns: [given, ...targets] }
  const described: Column[] = [
    { name: 'x', kind, role: 'feature', ...about },
    ...targets.map(({ name, kind: kindOf }): Column => ({ name, kind: kindOf, role: 'target' })),
  ]
  const source = { path: '/x.csv', ...detected, missingValues: [...marks] }
  const group: Group = { name: '0', columns: null, kind, steps, encoder }
  const usual = defaultRecipe(source, described, task, rows, 'quick')
  const recipe: TableRecipe = {
    ...usual,
    prepare: [group],
    // Nothing is lost where it is small, as by ReLU.
    model: begin(templatesFor.table, 'mlp', { hidden: [8], activation: 'gelu' }),
    target: { ...usual.target, ...target },
  }
  const preparation = fitPreparation(
    frame,
    recipe,
    Int32Array.from({ length: rows }, (_, row) => row),
  )
  manualSeed(3)
  const state = buildNetwork(networkOf(recipe, preparation)).stateDict()
  const tensors: Record<string, Awaited<ReturnType<typeof toTensorData>>> = {}
  for (const [name, value] of Object.entries(state)) tensors[name] = await toTensorData(value)
  const provenance = { dataFile: 'x.csv', header: true, encoding: 'UTF-8', dataSha256: '0'.repeat(64), dataVersion: null, engineVersion: '0', backend: 'wasm' as const, device: 'here', bestEpoch: 1, test: null } // prettier-ignore
  const draft = modelDraft({ name: 'm', runId: 'r', recipe, preparation, ...provenance })
  return { path: '/m', document: modelDocumentOf(draft, tensors), weights: withPrefix(tensors, 'model') }
}

/** The same with another preparation. */
export const preparedBy = (model: LoadedModel, change: Partial<Preparation>): LoadedModel => ({
  ...model,
  document: { ...model.document, preparation: { ...model.document.preparation, ...change } },
})

/** Whether what is written of one model is handed out as another. */
export const certified = async (asked: LoadedModel, written: LoadedModel) => {
  const { graph, signature } = await onnxOfModel(written, { preparation: true, answers: true })
  const file = { artifact: 'model.onnx', file: encodeOnnx(graph), signature }
  return await certify(asked, file, { rows: 400, multiplyAdds: 100, testRows: () => 'none' })
}
