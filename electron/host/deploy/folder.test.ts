import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DescentError, defaultRecipe } from '../../contract/index.ts'
import type { Preparation } from '../prepare/preparation.ts'
import type { Tensors } from '../training/checkpoint.ts'
import type { ModelDocument } from './document.ts'
import { modelDraft } from './draft.ts'
import { modelInfo, readModelFolder, writeModelFolder } from './folder.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'descent-model-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const preparation: Preparation = {
  version: 1,
  kind: 'table',
  task: 'classification',
  columns: [{ kind: 'number', name: 'width', impute: 1, indicator: false, center: 0.1, scale: 0.3 }],
  target: { kind: 'classes', name: 'kind', classes: ['a', 'b: "c"'] },
  featureNames: ['width'],
  classWeights: null,
  trainRows: 70,
}
const source = { path: '/data/t.csv', delimiter: null, header: true, missingValues: ['?'] }
const columns = [
  { name: 'width', kind: 'number' as const, role: 'feature' as const },
  { name: 'kind', kind: 'category' as const, role: 'target' as const },
]
const draft = modelDraft({
  name: 'Test | model',
  runId: 'r1',
  recipe: { ...defaultRecipe(source, columns, 'classification', 100), seed: 7 },
  preparation,
  dataFile: 't.csv',
  header: true,
  dataSha256: 'abc',
  engineVersion: '0.1.0',
  backend: 'wasm',
  device: 'CPU',
  bestEpoch: 3,
  test: { accuracy: 0.9, balancedAccuracy: 0.8, precision: 0.7, recall: 0.6, f1: 0.5, logLoss: 0.4 },
})
const values = Float32Array.of(0.1, -0, 1e-40, 3.4e38)
const tensors: Tensors = {
  '0.weight': { dtype: 'float32', shape: [2, 1], data: new Uint8Array(values.slice(0, 2).buffer) },
  '0.bias': { dtype: 'float32', shape: [2], data: new Uint8Array(values.slice(2).buffer) },
}

const refusal = async (path: string): Promise<string> => {
  const error: unknown = await readModelFolder(path).then(
    () => 'accepted',
    (reason: unknown) => reason,
  )
  return error instanceof DescentError ? error.message : String(error)
}

test('what was written is read, to the bit', async () => {
  const path = await writeModelFolder(join(folder, 'deep', 'model'), draft, tensors)
  const { document, weights } = await readModelFolder(path)
  expect(document.preparation).toEqual(preparation)
  expect(document.weights.parameters).toBe(4)
  expect(weights).toEqual({ 'model.0.weight': tensors['0.weight'], 'model.0.bias': tensors['0.bias'] })
  const info = await modelInfo({ path, document })
  expect(info.files.map(({ name }) => name)).toEqual(['model.safetensors', 'model.json', 'README.md'])
  expect(info).toMatchObject({
    target: 'kind',
    classes: ['a', 'b: "c"'],
    inputs: [{ name: 'width', kind: 'number' }],
  })
})

test('a model that an earlier version wrote is read', async () => {
  const path = await writeModelFolder(join(folder, 'old'), draft, tensors)
  const documentPath = join(path, 'model.json')
  const document = JSON.parse(readFileSync(documentPath, 'utf8')) as ModelDocument
  const { kind: _, ...former } = document.preparation
  const { kind: __, ...recipe } = document.provenance.recipe
  const { rows: ___, ...data } = recipe.data
  const provenance = { ...document.provenance, recipe: { ...recipe, version: 1, data } }
  writeFileSync(
    documentPath,
    JSON.stringify({ ...document, formatVersion: 1, preparation: former, provenance }),
  )
  const read = (await readModelFolder(path)).document
  expect(read).toEqual({ ...document, formatVersion: 1 })
})

test('the model card carries front matter that YAML can read', async () => {
  const path = await writeModelFolder(join(folder, 'm'), draft, tensors)
  const card = readFileSync(join(path, 'README.md'), 'utf8')
  expect(card.startsWith('---\nlanguage: en\nlicense: other\nlibrary_name: descent\n')).toBe(true)
  for (const key of ['tags:', 'datasets:', 'metrics:', 'model-index:']) expect(card).toContain(`\n${key}\n`)
  expect(card).toContain('  - name: "Test | model"\n')
  expect(card).toContain('          - type: accuracy\n            name: "Accuracy"\n            value: 0.9\n')
  expect(card).toContain('| width | number |')
})

test('a model replaces a model, but nothing else', async () => {
  const path = join(folder, 'm')
  await writeModelFolder(path, draft, tensors)
  await writeModelFolder(path, { ...draft, name: 'Second' }, tensors)
  expect((await readModelFolder(path)).document.name).toBe('Second')
  const holidays = join(folder, 'holidays')
  mkdirSync(holidays)
  writeFileSync(join(holidays, 'photo.jpg'), 'x')
  await expect(writeModelFolder(holidays, draft, tensors)).rejects.toThrow('not a Descent model')
  expect(readdirSync(holidays)).toEqual(['photo.jpg'])
  expect(readdirSync(folder).sort()).toEqual(['holidays', 'm'])
})

test('what cannot be written leaves nothing behind and says so', async () => {
  writeFileSync(join(folder, 'file'), 'x')
  await expect(writeModelFolder(join(folder, 'file', 'm'), draft, tensors)).rejects.toThrow(
    'cannot be written',
  )
  expect(readdirSync(folder)).toEqual(['file'])
})

test('a folder that is no sound model is refused with the reason', async () => {
  expect(await refusal(join(folder, 'nowhere'))).toContain('There is no model at')
  expect(await refusal(folder)).toContain('it has no model.json')
  const path = await writeModelFolder(join(folder, 'm'), draft, tensors)
  expect(await refusal(join(path, 'model.json'))).toContain('is a file. Give the model')

  const weightsPath = join(path, 'model.safetensors')
  const weights = readFileSync(weightsPath)
  const damaged = Buffer.from(weights)
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
  writeFileSync(weightsPath, damaged)
  expect(await refusal(path)).toContain('its sha256 differs')
  rmSync(weightsPath)
  expect(await refusal(path)).toContain('it has no model.safetensors')
  writeFileSync(weightsPath, weights)

  const documentPath = join(path, 'model.json')
  const document = JSON.parse(readFileSync(documentPath, 'utf8')) as Record<string, unknown>
  writeFileSync(documentPath, JSON.stringify({ ...document, formatVersion: 3 }))
  expect(await refusal(path)).toContain('format version 3, and this Descent reads up to 2')
  writeFileSync(documentPath, JSON.stringify({ ...document, target: 5 }))
  expect(await refusal(path)).toContain('cannot be used: target')
  writeFileSync(documentPath, '{')
  expect(await refusal(path)).toContain('not valid JSON')
  expect(existsSync(path)).toBe(true)
})
