import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { detected, DescentError, defaultRecipe } from '../../contract/index.ts'
import type { Preparation } from '../prepare/preparation.ts'
import type { Tensors } from '../training/checkpoint.ts'
import { recipeOfVersion1, asBegunBefore } from '../../contract/testing.ts'
import type { ModelDocument } from './document.ts'
import { modelDraft } from './draft.ts'
import { modelInfo, readModelFolder, writeModelFolder } from './folder.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'descent-model-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const preparation: Preparation = {
  version: 4,
  task: 'classification',
  columns: [
    {
      kind: 'number',
      name: 'width',
      steps: [
        { step: 'impute', value: 1, indicator: false },
        { step: 'standardize', center: 0.1, scale: 0.3 },
      ],
      encoder: { encoder: 'numeric', indicator: false },
    },
  ],
  target: { kind: 'classes', name: 'kind', classes: ['a', 'b: "c"'] },
  classWeights: null,
  weight: null,
  trainRows: 70,
}
const source = { path: '/data/t.csv', ...detected, header: 'first', missingValues: ['?'] }
const columns = [
  { name: 'width', kind: 'number' as const, role: 'feature' as const },
  { name: 'kind', kind: 'category' as const, role: 'target' as const },
]
const draft = modelDraft({
  name: 'Test | model',
  runId: 'r1',
  recipe: { ...defaultRecipe(source, columns, 'classification', 100, 'quick'), seed: 7 },
  preparation,
  dataFile: 't.csv',
  header: true,
  encoding: 'UTF-8',
  dataSha256: 'abc',
  dataVersion: 2,
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
  const { path } = writeModelFolder(join(folder, 'deep', 'model'), draft, tensors)
  const { document, weights } = await readModelFolder(path)
  expect(document.preparation).toEqual(preparation)
  expect(document.weights.parameters).toBe(4)
  expect(weights).toEqual({ 'model.0.weight': tensors['0.weight'], 'model.0.bias': tensors['0.bias'] })
  const info = await modelInfo({ path, document })
  expect(info.files.map(({ name }) => name)).toEqual([
    'model.safetensors',
    'model.json',
    'README.md',
    'descent-files.json',
  ])
  expect(info).toMatchObject({
    target: 'kind',
    classes: ['a', 'b: "c"'],
    inputs: [{ name: 'width', kind: 'number' }],
  })
})

test('a model that an earlier version wrote is read', async () => {
  const { path } = writeModelFolder(join(folder, 'old'), draft, tensors)
  const documentPath = join(path, 'model.json')
  const document = JSON.parse(readFileSync(documentPath, 'utf8')) as ModelDocument
  const former = {
    version: 1,
    task: 'classification',
    columns: [{ kind: 'number', name: 'width', impute: 1, indicator: false, center: 0.1, scale: 0.3 }],
    target: preparation.target,
    featureNames: ['width'],
    classWeights: null,
    trainRows: 70,
  }
  const provenance = { ...document.provenance, recipe: recipeOfVersion1(document.provenance.recipe) }
  writeFileSync(
    documentPath,
    JSON.stringify({ ...document, formatVersion: 1, preparation: former, provenance }),
  )
  const read = (await readModelFolder(path)).document
  const recipe = asBegunBefore(document.provenance.recipe)
  expect(read).toEqual({ ...document, formatVersion: 1, provenance: { ...document.provenance, recipe } })
})

test('the model card carries front matter that YAML can read', async () => {
  const { path } = writeModelFolder(join(folder, 'm'), draft, tensors)
  const card = readFileSync(join(path, 'README.md'), 'utf8')
  expect(card.startsWith('---\nlanguage: en\nlicense: other\nlibrary_name: descent\n')).toBe(true)
  for (const key of ['tags:', 'datasets:', 'metrics:', 'model-index:']) expect(card).toContain(`\n${key}\n`)
  expect(card).toContain('  - name: "Test | model"\n')
  expect(card).toContain('          - type: accuracy\n            name: "Accuracy"\n            value: 0.9\n')
  expect(card).toContain('| width | number |')
})

test('a model replaces a model; beside anything else it finds a place', async () => {
  const path = join(folder, 'm')
  expect(writeModelFolder(path, draft, tensors)).toEqual({ path, notes: [] })
  expect(writeModelFolder(path, { ...draft, name: 'Second' }, tensors)).toEqual({ path, notes: [] })
  expect((await readModelFolder(path)).document.name).toBe('Second')
  writeFileSync(join(path, 'README.md'), 'What I found out about this model')
  const beside = writeModelFolder(path, draft, tensors)
  expect(beside).toEqual({
    path: `${path}-2`,
    notes: [
      `${path} has a README.md that was changed since Descent wrote it, so it stays as it is. This went to ${path}-2 instead.`,
    ],
  })
  expect((await readModelFolder(path)).document.name).toBe('Second')
  expect((await readModelFolder(beside.path)).document.name).toBe(draft.name)
  expect(readdirSync(folder).sort()).toEqual(['m', 'm-2'])
})

test('what cannot be written leaves nothing behind and says so', () => {
  writeFileSync(join(folder, 'file'), 'x')
  expect(() => writeModelFolder(join(folder, 'file', 'm'), draft, tensors)).toThrow('cannot be written')
  expect(() => writeModelFolder(join(folder, 'x'.repeat(256)), draft, tensors)).toThrow('at most 255')
  expect(() => writeModelFolder(join(folder, 'a\0b'), draft, tensors)).toThrow('null byte')
  expect(readdirSync(folder)).toEqual(['file'])
})

test('a model of a version that left no manifest loads as before, and is never replaced', async () => {
  const { path } = writeModelFolder(join(folder, 'm'), draft, tensors)
  rmSync(join(path, 'descent-files.json'))
  const loaded = await readModelFolder(path)
  expect(loaded.document.name).toBe(draft.name)
  expect((await modelInfo(loaded)).files.map(({ name }) => name)).toEqual([
    'model.safetensors',
    'model.json',
    'README.md',
  ])
  const { path: beside, notes } = writeModelFolder(path, draft, tensors)
  expect(beside).toBe(`${path}-2`)
  expect(notes).toEqual([expect.stringContaining('seems to be from an earlier version of Descent')])
})

test('a folder that is no sound model is refused with the reason', async () => {
  expect(await refusal(join(folder, 'nowhere'))).toContain('There is no model at')
  expect(await refusal(folder)).toContain('it has no model.json')
  const { path } = writeModelFolder(join(folder, 'm'), draft, tensors)
  expect(await refusal(join(path, 'model.json'))).toContain('is no folder. Give the model')

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
  writeFileSync(documentPath, JSON.stringify({ ...document, formatVersion: 4 }))
  expect(await refusal(path)).toContain('format version 4, and this Descent reads up to 3')
  writeFileSync(documentPath, JSON.stringify({ ...document, target: 5 }))
  expect(await refusal(path)).toContain('cannot be used: target')
  writeFileSync(documentPath, '{')
  expect(await refusal(path)).toContain('not valid JSON')
  expect(existsSync(path)).toBe(true)
})

/** The parts of a model, to be put together wrongly. */
function parts() {
  const { path } = writeModelFolder(join(folder, 'parts'), draft, tensors)
  const documentPath = join(path, 'model.json')
  const text = readFileSync(documentPath, 'utf8')
  return { path, documentPath, weightsPath: join(path, 'model.safetensors'), text }
}

test.skipIf(process.platform === 'win32')(
  'a folder with odd things in it is refused with a sentence, quickly',
  async () => {
    const { path, documentPath, weightsPath, text } = parts()
    const started = performance.now()
    const document = JSON.parse(text) as object
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    const instead = (make: () => void): Promise<string> => {
      rmSync(documentPath, { recursive: true })
      make()
      return refusal(path)
    }
    const written = (json: string) => instead(() => writeFileSync(documentPath, json))
    expect(await instead(() => execFileSync('mkfifo', [documentPath]))).toContain(
      'model.json is a named pipe',
    )
    expect(await instead(() => symlinkSync('/dev/zero', documentPath))).toContain('model.json is a device')
    expect(await instead(() => mkdirSync(documentPath))).toContain(
      'model.json is a folder, not the model.json',
    )
    const sparse = () => {
      writeFileSync(documentPath, '')
      truncateSync(documentPath, 10 * 2 ** 30)
    }
    expect(await instead(sparse)).toMatch(/model\.json has 10 GB; .* at most 256 MB are read/)
    expect(await written(deep)).toContain('it does not describe a model of Descent')
    expect(await written('null')).toContain('it does not describe a model of Descent')
    expect(await written('{"format":"graph-model","modelTopology":{}}')).toContain(
      'does not describe a model',
    )
    for (const key of ['formatVersion', 'preparation', 'provenance', 'test', 'classes', 'architecture'])
      expect(await written(text.replace(`"${key}":`, `"${key}": ${deep}, "x":`))).toMatch(
        /cannot be used: [\w.]+: (Invalid|Test must be a number)[^.]*\.$|nested too deep/,
      )
    expect(await written(JSON.stringify({ ...document, formatVersion: '2' }))).toMatch(/formatVersion: /)
    expect(await written(JSON.stringify({ ...document, formatVersion: 1e9 }))).toContain('Update Descent')
    expect(await written('')).toContain('not valid JSON')

    writeFileSync(documentPath, text)
    truncateSync(weightsPath, 10 * 2 ** 30)
    expect(await refusal(path)).toMatch(/model\.safetensors has 10 GB; .* at most 2 GB are read/)
    rmSync(weightsPath)
    execFileSync('mkfifo', [weightsPath])
    expect(await refusal(path)).toContain('model.safetensors is a named pipe')

    expect(await refusal('/dev/zero')).toContain('is no folder')
    expect(await refusal(`${path}\0.json`)).toContain('holds a null byte')
    expect(await refusal('x'.repeat(5000))).toContain('at most 4096')
    expect(await refusal('')).toContain('The path is empty')
    expect(performance.now() - started).toBeLessThan(5000)
  },
)

test('malformed weights whose hash is right are refused with the name of the tensor', async () => {
  const { path, documentPath, weightsPath, text } = parts()
  const header = '{"0.bias":null}'
  const weights = Buffer.concat([Buffer.from([header.length, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(header)])
  writeFileSync(weightsPath, weights)
  const sha256 = createHash('sha256').update(weights).digest('hex')
  writeFileSync(documentPath, text.replace(/"sha256": "[0-9a-f]{64}"/, `"sha256": "${sha256}"`))
  expect(await refusal(path)).toBe(
    `${weightsPath} cannot be used: it is not a valid safetensors file: the tensor “0.bias” is described by null, not by an object.`,
  )
})
