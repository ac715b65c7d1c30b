/** What other programs compute of an exported model is what Descent predicts. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pythonWithTorch } from '../../../../engine/fixtures/ask-torch.ts'
import { decodeSafetensors } from '../../../../engine/formats/safetensors.ts'
import { onnxruntimeModules, onOnnxruntime, type OnnxInput } from '../../../../engine/fixtures/onnxruntime.ts'
import { manualSeed, openDevice, setDefaultDevice, text, type Device } from '../../../../engine/index.ts'
import {
  detected,
  begin,
  defaultRecipe,
  exportFormats,
  imbalanceRemedies,
  listLabels,
  losses,
  schedules,
  type Loss,
  preparationSteps,
  shaping,
  templatesFor,
  type Column,
  type Recipe,
  type ShapingStep,
  type TableRecipe,
  type Task,
} from '../../../contract/index.ts'
import type { Frame, FrameColumn } from '../../datasets/frame.ts'
import { buildNetwork } from '../../model/build.ts'
import { encode } from '../../prepare/encode.ts'
import { prepareData } from '../../prepare/prepare-data.ts'
import { fitPreparation } from '../../prepare/fit.ts'
import { portOfColumn } from '../../prepare/onnx.ts'
import { inputsOf } from '../../prepare/preparation.ts'
import { undoSteps } from '../../prepare/steps/index.ts'
import { functionsOfTask } from '../../tasks/index.ts'
import type { FittedTarget } from '../../tasks/target.ts'
import { networkOf } from '../../training/data.ts'
import { predict } from '../../training/predict.ts'
import { toTensorData } from '../../training/tensors.ts'
import { withPrefix } from '../../training/checkpoint.ts'
import { modelDraft } from '../draft.ts'
import { modelDocumentOf, type LoadedModel } from '../folder.ts'
import type { Files } from '../owned-folder.ts'
import { exportedFiles } from './index.ts'
import { portable } from './portable.ts'
import { snippetsIn } from './snippets.ts'
import { lossSource } from './torch-training.ts'

let device: Device
beforeAll(async () => {
  device = await openDevice('wasm')
  setDefaultDevice(device)
})
afterAll(() => {
  device.close()
})

const rows = 24
const words = ['warm', 'wet', 'loud', 'a', 'the']
const wave = (row: number, step: number): number => Math.sin(row * step) * 3 + step
const lineOf = (row: number): string =>
  Array.from({ length: row % 5 }, (_, i) => words[(row * 3 + i) % words.length]).join(' ')

function categories(name: string, values: readonly string[]): FrameColumn {
  const known = [...new Set(values.filter((value) => value !== ''))]
  return {
    kind: 'category',
    name,
    codes: Int32Array.from(values, (value) => known.indexOf(value)),
    categories: known,
  }
}
const numbers = (name: string, valueOf: (row: number) => number, from = 0): FrameColumn => ({
  kind: 'number',
  name,
  values: Float64Array.from({ length: rows }, (_, row) => Math.fround(valueOf(row + from))),
})
const list = (valueOf: (row: number) => string, from = 0): string[] =>
  Array.from({ length: rows }, (_, row) => valueOf(row + from))

/** Columns to learn from: those of later rows have values that no row of the training had. */
const features = (from = 0): FrameColumn[] => [
  // As the answer is called, and as nodes might be.
  numbers('label', (row) => (row % 7 === 3 ? NaN : wave(row, 0.7)), from),
  numbers('node_1', (row) => 1000 + 20 * wave(row, 1.3), from),
  categories(
    'Straße "1"',
    list((row) => (row >= rows ? ['new', '', 'b'] : ['a', 'b', ''])[row % 3]!, from),
  ),
  {
    kind: 'date',
    name: 'day',
    values: Float64Array.from({ length: rows }, (_, row) =>
      row % 8 === 5 ? NaN : (row + from) * 397.25 - 1200,
    ),
  },
  { kind: 'text', name: 'note', values: list(lineOf, from) },
]

const grades = ['poor', 'fair', 'good', 'best']
const targets: readonly [Task, (recipe: TableRecipe) => TableRecipe, ...FrameColumn[]][] = [
  [
    'binary',
    (recipe) => recipe,
    categories(
      'y',
      list((row) => (row % 3 === 0 ? 'no' : 'yes')),
    ),
  ],
  [
    'classification',
    (recipe) => recipe,
    categories(
      'y',
      list((row) => grades[(row * 5) % 4]!),
    ),
  ],
  [
    'ordinal',
    (recipe) => ({ ...recipe, target: { ...recipe.target, classes: grades } }),
    categories(
      'y',
      list((row) => grades[(row * 5) % 4]!),
    ),
  ],
  [
    'multilabel',
    (recipe) => recipe,
    categories(
      'warm',
      list((row) => (row % 2 === 0 ? 'yes' : 'no')),
    ),
    categories(
      'wet',
      list((row) => String(row % 3 === 0 ? 1 : 0)),
    ),
  ],
  [
    'multilabel',
    (recipe) => ({ ...recipe, target: { ...recipe.target, separator: '|' } }),
    categories(
      'tags',
      list((row) => ['warm|wet', 'wet', 'loud|warm', 'loud'][row % 4]!),
    ),
  ],
  [
    'multilabel',
    (recipe) => ({ ...recipe, target: { ...recipe.target, separator: '[' } }),
    categories(
      'tags',
      list((row) => ['["warm","größer"]', '["größer"]', "['loud', 'warm']", '[]'][row % 4]!),
    ),
  ],
  [
    'regression',
    (recipe) => ({
      ...recipe,
      target: {
        ...recipe.target,
        steps: [begin(preparationSteps, 'signedLog'), begin(preparationSteps, 'standardize')],
      },
    }),
    numbers('price', (row) => 500 * wave(row, 0.9)),
  ],
  [
    'regression',
    (recipe) => ({ ...recipe, target: { ...recipe.target, steps: [begin(preparationSteps, 'robust')] } }),
    numbers('sum', (row) => wave(row, 0.9)),
    numbers('difference', (row) => 70 + 9 * wave(row, 1.9)),
  ],
]

/** As a training leaves it: a temperature, or a range so narrow that it holds half of what is said. */
function chosenAfter(target: FittedTarget): FittedTarget {
  if (target.kind === 'classes')
    return { ...target, temperature: { value: 0.37, rows: 90, before: 0.6, after: 0.5 } }
  if (target.kind === 'labels') return target
  const columns = target.columns.map((column) => {
    const [low = 0, high = 0] = undoSteps(Float64Array.of(-0.1, 0.2), column.steps).toSorted()
    return { ...column, range: { least: low, most: high } }
  })
  return { ...target, columns }
}

async function modelOf(
  task: Task,
  change: (recipe: TableRecipe) => TableRecipe,
  columns: readonly FrameColumn[],
  after: (target: FittedTarget) => FittedTarget = (target) => target,
): Promise<LoadedModel> {
  const learned = features()
  const frame: Frame = { rows, columns: [...learned, ...columns] }
  const described: Column[] = [
    ...learned.map(({ name, kind }) => ({ name, kind, role: 'feature' as const })),
    ...columns.map(({ name, kind }) => ({ name, kind, role: 'target' as const })),
  ]
  const source = { path: '/data.csv', ...detected, missingValues: ['', '?', 'NA'] }
  const written = change(defaultRecipe(source, described, task, rows, 'quick'))
  const recipe: Recipe = { ...written, model: begin(templatesFor.table, 'mlp', { hidden: [8] }) }
  const fitted = fitPreparation(
    frame,
    recipe,
    Int32Array.from({ length: rows }, (_, row) => row),
  )
  const preparation = { ...fitted, target: after(fitted.target) }
  manualSeed(5)
  const state = buildNetwork(networkOf(recipe, preparation)).stateDict()
  const tensors: Record<string, Awaited<ReturnType<typeof toTensorData>>> = {}
  for (const [name, value] of Object.entries(state)) tensors[name] = await toTensorData(value)
  const draft = modelDraft({
    name: 'Houses: first',
    runId: 'r1',
    recipe,
    preparation,
    dataFile: 'data.csv',
    header: true,
    encoding: 'UTF-8',
    dataSha256: '0'.repeat(64),
    dataVersion: null,
    engineVersion: '0',
    backend: 'wasm',
    device: 'here',
    bestEpoch: 1,
    test: null,
  })
  return { path: '/model', document: modelDocumentOf(draft, tensors), weights: withPrefix(tensors, 'model') }
}

const laterFrame = (): Frame => ({ rows, columns: features(rows) })

/** What Descent itself says of rows that no training has seen. */
async function predictedBy(model: LoadedModel) {
  const { preparation, architecture } = model.document
  const { inputs } = encode(laterFrame(), preparation)
  const outputs = await predict(networkOf(architecture, preparation), model.weights, { rows, inputs })
  return {
    inputs,
    outputs,
    columns: functionsOfTask(preparation.task).predictions(preparation.target, outputs),
  }
}

/** A column as the file is given it. */
function inputOf(column: FrameColumn, { document }: LoadedModel): OnnxInput {
  const { name } = column
  const prepared = document.preparation.columns.find((one) => one.name === name)!
  const shape = [rows, 1]
  if (column.kind === 'number' || column.kind === 'date')
    return { name, dtype: portOfColumn(prepared).dtype, shape, values: column.values }
  if (column.kind === 'category') {
    // As a table may spell what is missing.
    const values = Array.from(
      column.codes,
      (code, row) => column.categories[code] ?? ['', '?', 'NA'][row % 3]!,
    )
    return { name, dtype: 'string', shape, values }
  }
  if (column.kind !== 'text') throw new Error(`There are no ${column.kind}s here.`)
  const { length } = inputsOf(document.preparation).find((input) => input.kind === 'tokens')!
  const values = column.values.flatMap((line) => {
    const tokens = text.getTokenizer('basicEnglish')(line).slice(0, length)
    const rest = tokens.length === 0 ? '' : text.paddingToken
    return [...tokens, ...new Array<string>(length - tokens.length).fill(rest)]
  })
  return { name, dtype: 'string', shape: [rows, length], values }
}

const near = (found: ArrayLike<unknown>, wanted: readonly unknown[]): void => {
  expect(found.length).toBe(wanted.length)
  wanted.forEach((value, i) => {
    const got = found[i]
    if (typeof value !== 'number') expect(got).toBe(value)
    else expect(Math.abs((got as number) - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)))
  })
}

/** Row by row, of all columns whose names begin so. */
const cellsOf = (
  columns: readonly { name: string; cells: readonly unknown[] }[],
  start: string,
): unknown[] => {
  const some = columns.filter(({ name }) => name.startsWith(start))
  return Array.from({ length: rows }, (_, row) => some.map(({ cells }) => cells[row])).flat()
}

onOnnxruntime('onnxruntime answers as Descent does', (run) => {
  const variants = targets.flatMap((given): [string, (typeof targets)[number], typeof chosenAfter?][] => [
    [given[0], given],
    [`${given[0]}, with what was chosen after training`, given, chosenAfter],
  ])
  test.each(variants)('%s', async (_, [task, change, ...columns], after) => {
    const model = await modelOf(task, change, columns, after)
    const { files, certificate } = await exportedFiles(
      model,
      begin(exportFormats, 'onnx', { certificate: 400 }),
    )
    expect(certificate?.hostile.rows).toBe(400)
    const inputs = laterFrame().columns.map((column) => inputOf(column, model))
    const results = await run(files['model.onnx'] as Uint8Array, inputs)
    const predicted = await predictedBy(model)
    const signature = JSON.parse(files['signature.json'] as string) as { outputs: { name: string }[] }
    if (task === 'regression') {
      expect(signature.outputs.map(({ name }) => name)).toEqual(['variable'])
      near(results[0]!.data, cellsOf(predicted.columns, 'prediction'))
      return
    }
    // One of the columns is called label.
    expect(signature.outputs.map(({ name }) => name)).toEqual(['label_2', 'probabilities'])
    near(results[1]!.data, cellsOf(predicted.columns, 'probability_'))
    const said = cellsOf(predicted.columns, 'prediction')
    if (said.length === results[0]!.data.length) near(results[0]!.data, said)
    // Labels of one column, each in its place.
    else {
      const { target } = model.document.preparation
      const separator = target.kind === 'labels' ? target.separator! : ''
      near(
        Array.from({ length: rows }, (_, row) =>
          listLabels(
            Array.from({ length: 3 }, (_, k) => results[0]!.data[row * 3 + k] as unknown as string).filter(
              (label) => label !== '',
            ),
            separator,
          ),
        ),
        said,
      )
    }
  })

  test('without its preparation and answers it takes and gives what the network does', async () => {
    const [task, change, ...columns] = targets[1]!
    const model = await modelOf(task, change, columns)
    const bare = begin(exportFormats, 'onnx', { preparation: false, answers: false })
    const { files } = await exportedFiles(model, bare)
    const { inputs, outputs } = await predictedBy(model)
    const given = inputsOf(model.document.preparation).map((input): OnnxInput => {
      const values = inputs[input.name]!
      const dtype = input.kind === 'numbers' ? 'float32' : 'int32'
      return { name: input.name, dtype, shape: [rows, values.length / rows], values }
    })
    const [result] = await run(files['model.onnx'] as Uint8Array, given)
    near(result!.data, [...outputs])
  })

  test('the lines for Node run as they are', async () => {
    const [task, change, ...columns] = targets[1]!
    const model = await modelOf(task, change, columns)
    const { files } = await exportedFiles(model, begin(exportFormats, 'onnx', { certificate: 0 }))
    // As the window shows them.
    const snippets = snippetsIn(files['README.md'] as string)
    expect(snippets.map(({ language }) => language)).toEqual(['python', 'js'])
    const { code } = snippets[1]!
    await inFolder(files, (folder) => {
      symlinkSync(onnxruntimeModules(), join(folder, 'node_modules'))
      writeFileSync(join(folder, 'begin.mjs'), code)
      const { status, stdout, stderr } = spawnSync(process.execPath, ['begin.mjs'], {
        cwd: folder,
        encoding: 'utf8',
      })
      expect(status, stderr).toBe(0)
      const [said] = JSON.parse(stdout) as [Record<string, string | number>]
      expect(grades).toContain(said['prediction'])
      const shares = Object.entries(said).flatMap(([name, value]) =>
        name.startsWith('probability_') ? [value as number] : [],
      )
      expect(shares.reduce((sum, value) => sum + value)).toBeCloseTo(1)
    })
  })
})

describe('what shaping computed is said wherever somebody else makes rows', () => {
  const shaped = async (): Promise<LoadedModel> => {
    const [task, change, ...columns] = targets[1]!
    const model = await modelOf(task, change, columns)
    const { recipe } = model.document.provenance
    if (recipe.kind !== 'table') throw new Error('It is a table.')
    const shape = [begin(shaping, 'deriveColumn', { as: 'node_1', expression: '"a" / ("b" * 2)' }) as ShapingStep] // prettier-ignore
    const data = { ...recipe.data, source: { ...recipe.data.source, shape } }
    const provenance = { ...model.document.provenance, recipe: { ...recipe, data } }
    return { ...model, document: { ...model.document, provenance } }
  }
  const textOf = (files: Files, name: string) => files[name] as string

  test.each(['onnx', 'web', 'server', 'pytorch', 'safetensors'] as const)('%s', async (format) => {
    const chosen =
      format === 'pytorch' || format === 'safetensors'
        ? begin(exportFormats, format)
        : begin(exportFormats, format, { certificate: 64 })
    const { files } = await exportedFiles(await shaped(), chosen)
    expect(textOf(files, 'README.md')).toContain('## Shape')
    // Every export has lines to begin with.
    expect(snippetsIn(textOf(files, 'README.md')).length).toBeGreaterThan(0)
    expect(textOf(files, 'README.md')).toContain('1. `node_1 = "a" / ("b" * 2)`')
  })

  test.each(['web', 'server'] as const)('and in about.json: %s', async (format) => {
    const { files } = await exportedFiles(await shaped(), begin(exportFormats, format, { certificate: 0 }))
    const about = JSON.parse(textOf(files, 'about.json')) as { computed: unknown }
    expect(about.computed).toEqual({ node_1: '"a" / ("b" * 2)' })
    expect(textOf(files, 'README.md')).toMatch(/## Inputs\n\n\| input[^]*`node_1`/)
  })

  test('weights have what the preparation learned beside them', async () => {
    const model = await shaped()
    const { files } = await exportedFiles(model, begin(exportFormats, 'safetensors'))
    expect(JSON.parse(textOf(files, 'preparation.json'))).toEqual(JSON.parse(JSON.stringify(model.document.preparation))) // prettier-ignore
    expect(textOf(files, 'README.md')).toContain('`preparation.json` is what the preparation learned')
  })
})

async function inFolder<T>(files: Files, work: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'descent-export-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), content)
    }
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const python = pythonWithTorch()
describe.skipIf(!python)(python ? 'PyTorch' : 'PyTorch: not run. No Python has it.', () => {
  /** Python imports PyTorch twice, which takes longer than all else. */
  async function gives(
    [task, change, ...columns]: (typeof targets)[number],
    after: typeof chosenAfter | undefined,
    said: (output: number) => number,
  ): Promise<void> {
    const model = await modelOf(task, change, columns, after)
    const { files } = await exportedFiles(model, begin(exportFormats, 'pytorch'))
    const { inputs, outputs } = await predictedBy(model)
    await inFolder(files, (folder) => {
      const given = inputsOf(model.document.preparation).map(({ name, kind }) => ({
        values: [...inputs[name]!],
        dtype: kind === 'numbers' ? 'float32' : 'int32',
      }))
      const script = `
import json, sys, torch
from model import load
x = [torch.tensor(t["values"], dtype=getattr(torch, t["dtype"])).reshape(${rows}, -1) for t in json.load(sys.stdin)]
print(json.dumps(load()(*x).flatten().tolist()))
`
      const options = { cwd: folder, input: JSON.stringify(given), encoding: 'utf8' } as const
      const { status, stdout, stderr } = spawnSync(python!, ['-c', script], options)
      expect(status, stderr).toBe(0)
      near(JSON.parse(stdout) as number[], [...outputs].map(said))
      // Beside the rows that are written with it.
      const checked = spawnSync(python!, ['check.py'], { cwd: folder, encoding: 'utf8' })
      expect(checked.status, checked.stdout + checked.stderr).toBe(0)
    })
  }

  test('gives what the network does, from the folder alone', () =>
    gives(targets[1]!, undefined, (output) => output))

  test('divides by the temperature', { tags: 'thorough' }, () =>
    gives(targets[1]!, chosenAfter, (output) => output / 0.37),
  )

  test('holds numbers within their range', { tags: 'thorough' }, () =>
    gives(targets.at(-1)!, chosenAfter, (output) => Math.min(0.2, Math.max(-0.1, output))),
  )

  const weighted: readonly [string, Loss, readonly number[], string, string][] = [
    ['cross-entropy', begin(losses, 'crossEntropy'), [1, 2, 3], '(4, 3)', '(4,), dtype=torch.int32'],
    ['focal, of classes', begin(losses, 'focal'), [1, 2, 3], '(4, 3)', '(4,), dtype=torch.int32'],
    ['focal, of yes or no', begin(losses, 'focal'), [2], '(4, 1)', '(4,)'],
    ['binary cross-entropy', begin(losses, 'binaryCrossEntropy'), [2], '(4, 1)', '(4,)'],
    ['corn', begin(losses, 'corn'), [1, 2, 3], '(4, 2)', '(4,), dtype=torch.int32'],
  ]
  test('classes weigh on whichever device the network is', { tags: 'thorough' }, () =>
    inFolder(
      Object.fromEntries(
        weighted.map(([, loss, weights], i) => [`loss${i}.py`, lossSource(loss, weights)] as const),
      ),
      (folder) => {
        // What is on no device at all may be mixed with what is on one as little as a GPU's may.
        const calls = weighted.map(
          ([name, , , output, target], i) => `
from loss${i} import loss
total, counted = loss(torch.empty(${output}, device="meta"), torch.zeros(${target}).to("meta"))
print("${name}:", total.device.type, counted.device.type)
`,
        )
        const { status, stdout, stderr } = spawnSync(python!, ['-c', `import torch\n${calls.join('')}`], {
          cwd: folder,
          encoding: 'utf8',
        })
        expect(status, stderr).toBe(0)
        expect(stdout.trim().split('\n')).toEqual(weighted.map(([name]) => `${name}: meta meta`))
      },
    ),
  )

  test('no process trains on a batch of one row', { tags: 'thorough' }, () =>
    inFolder(
      {
        ...Object.fromEntries(['data.py', 'tensors.py'].map((name) => [name, portable(`pytorch/${name}`)])),
        'config.json': '{"inputs": []}',
      },
      (folder) => {
        const script = `
import json, torch
from data import batches
sizes = lambda rows, size, rank, world: [len(b) for b in batches(torch.arange(rows), size, 0, 1, rank, world)]
print(json.dumps([sizes(17, 8, 0, 1), sizes(18, 8, 0, 1), sizes(19, 8, 0, 2), sizes(19, 8, 1, 2), sizes(20, 8, 1, 2), sizes(1, 8, 0, 1)]))
print(sorted(int(i) for b in batches(torch.arange(17), 8, 0, 1) for i in b) == list(range(17)))
`
        const { status, stdout, stderr } = spawnSync(python!, ['-c', script], {
          cwd: folder,
          encoding: 'utf8',
        })
        expect(status, stderr).toBe(0)
        expect(stdout).toBe('[[8, 9], [8, 8, 2], [4, 6], [4, 5], [4, 4, 2], [1]]\nTrue\n')
      },
    ),
  )
})

describe('a PyTorch project', () => {
  test('lists the settings of the recipe that its training does not have', async () => {
    const [task, change, ...columns] = targets[1]!
    const model = await modelOf(
      task,
      (recipe) => {
        const changed = change(recipe)
        const training = { ...changed.training, schedule: begin(schedules, 'cosine'), clipNorm: 1, accumulate: 4, averaging: 0.99, earlyStopping: null } // prettier-ignore
        return { ...changed, training, imbalance: begin(imbalanceRemedies, 'overSample') }
      },
      columns,
    )
    const { files } = await exportedFiles(model, begin(exportFormats, 'pytorch'))
    const config = JSON.parse(files['config.json'] as string) as { notCarriedOver: object }
    const names = ['training.schedule', 'training.accumulate', 'training.clipNorm', 'training.averaging', 'imbalance'] // prettier-ignore
    expect(Object.keys(config.notCarriedOver)).toEqual(names)
    for (const name of names) expect(files['README.md']).toContain(`- \`${name}\`: `)
  })

  test('has its rows as the model prepares them, not as they would be learned anew', async () => {
    const [task, change, ...columns] = targets[5]!
    const model = await modelOf(task, change, columns)
    const { recipe } = model.document.provenance
    const frame: Frame = { rows, columns: [...features(rows), ...columns] }
    const prepared = prepareData(frame, { ...recipe, seed: 3 })
    const { files } = await exportedFiles(model, begin(exportFormats, 'pytorch'), {
      data: () => Promise.resolve({ prepared }),
    })
    const { inputs } = encode(laterFrame(), model.document.preparation)
    const { tensors } = decodeSafetensors(files['data/train.safetensors'] as Uint8Array)
    const [name] = Object.keys(inputs)
    const width = inputs[name!]!.length / rows
    const wanted = Float32Array.from([...prepared.split.train].flatMap((row) => [...inputs[name!]!.slice(row * width, (row + 1) * width)])) // prettier-ignore
    expect(tensors[name!]!.data).toEqual(new Uint8Array(wanted.buffer))
    expect(prepared.preparation.columns).not.toEqual(model.document.preparation.columns)
  })
})
