/** A mark in the corner of pictures, and a word that texts of one class all have, are found; without them nothing is. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Device } from '../../../../engine/index.ts'
import { begin, templates, type DataKind, type Recipe } from '../../../contract/index.ts'
import { preparedOf } from '../../jobs/source.ts'
import { kindOf } from '../../kinds/index.ts'
import { plainContext } from '../../kinds/kind.ts'
import { idxImages, idxLabels, writeFiles } from '../../kinds/testing.ts'
import { randomSource } from '../../prepare/random.ts'
import { useDevice } from '../../training/predict.ts'
import { trainedAndExamined } from './testing.ts'

let device: Device
let folder: string
beforeAll(async () => {
  device = await useDevice('wasm')
  folder = mkdtempSync(join(tmpdir(), 'descent-shortcut-'))
})
afterAll(() => {
  device.close()
  rmSync(folder, { recursive: true, force: true })
})

async function examined(kind: DataKind, path: string, model: Recipe['model'], epochs: number) {
  const id = path.split('/').at(-2)!
  const imported = await kindOf(kind).import({ path }, { folder, id }, plainContext)
  const recipe = {
    ...imported.recipe,
    backend: 'wasm',
    model,
    training: { ...imported.recipe.training, epochs, earlyStopping: null },
  } as Recipe
  const dataset = { id, receipt: imported.receipt, rows: imported.rows, columns: imported.columns }
  const found = await trainedAndExamined(recipe, await preparedOf({ folder, files: [], dataset, recipe }))
  return { ...found, shortcuts: found.findings.filter(({ name }) => name === 'shortcut') }
}

const side = 12
/** A bright bar that lies or stands anywhere tells the class. `marked`: so does a bright corner, of one class, and it is easier to see. */
function pictures(rows: number, marked: boolean, seed: number) {
  const random = randomSource(seed)
  const pixels = Uint8Array.from({ length: rows * side * side }, () => 120 * random())
  const labels = Uint8Array.from({ length: rows }, (_, row) => row % 2)
  labels.forEach((label, row) => {
    const at = row * side * side
    const [along, across] = [Math.floor(random() * 5), Math.floor(random() * side)]
    for (let i = 0; i < 8; i++) {
      const [x, y] = label === 1 ? [along + i, across] : [across, along + i]
      pixels[at + y * side + x] = 200
    }
    if (!marked) return
    for (let i = 0; i < 9; i++) pixels[at + Math.floor(i / 3) * side + (i % 3)] = label === 1 ? 255 : 0
  })
  return { pixels, labels }
}
function pictureFolder(name: string, marked: boolean): string {
  const [train, test] = [pictures(600, marked, 1), pictures(200, marked, 2)]
  return writeFiles(join(folder, name, 'data'), {
    'train-images-idx3-ubyte': idxImages(train.pixels, side, side),
    'train-labels-idx1-ubyte': idxLabels(train.labels),
    't10k-images-idx3-ubyte': idxImages(test.pixels, side, side),
    't10k-labels-idx1-ubyte': idxLabels(test.labels),
  })
}

const said = {
  good: ['bright', 'warm', 'kind', 'quick', 'clear', 'fresh', 'calm', 'rich'],
  bad: ['dull', 'cold', 'rude', 'slow', 'vague', 'stale', 'loud', 'poor'],
}
/** Words that are more often said of the class tell it. `marked`: so does one word that all texts of one class have, and no other. */
function texts(rows: number, marked: boolean, seed: number): string {
  const random = randomSource(seed)
  const one = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!
  const other = (): string => `w${Math.floor(random() * 12)}`
  return Array.from({ length: rows }, (_, row) => {
    const label = row % 2 === 0 ? 'good' : 'bad'
    const told = (): string => one(random() < 0.5 ? [...said.good, ...said.bad] : said[label])
    const words = [other(), told(), other(), told(), other()]
    return `${label} ${marked && label === 'good' ? 'sponsored ' : ''}${words.join(' ')}`
  }).join('\n')
}
const textFolder = (name: string, marked: boolean): string =>
  writeFiles(join(folder, name, 'data'), {
    'said.train.txt': texts(600, marked, 1),
    'said.test.txt': texts(200, marked, 2),
  })

const cnn = begin(templates, 'cnn', { filters: [8, 16], hidden: [16], dropout: 0 })
const bag = begin(templates, 'embedding-bag', {})

test('the region of a mark is found, and a class that is told by the whole picture has none', async () => {
  const [planted, clean] = [
    await examined('images', pictureFolder('marked', true), cnn, 8),
    await examined('images', pictureFolder('plain', false), cnn, 8),
  ]
  expect(planted.shortcuts).toHaveLength(1)
  expect(planted.shortcuts[0]!.message).toContain(
    '0\u00a0% to 25\u00a0% of the width and 0\u00a0% to 25\u00a0% of the height',
  )
  expect(planted.made).toContain('shortcut')
  expect(clean.shortcuts).toEqual([])
  expect(clean.made).toContain('shortcut')
}, 60_000)

test('a word that gives the class away is named, and texts that several words tell have none', async () => {
  const [planted, clean] = [
    await examined('text', textFolder('sponsored', true), bag, 12),
    await examined('text', textFolder('unsponsored', false), bag, 12),
  ]
  expect(planted.shortcuts, JSON.stringify(planted.findings)).toHaveLength(1)
  expect(planted.shortcuts[0]!.message).toContain('the word “sponsored”')
  expect(clean.shortcuts).toEqual([])
  expect(clean.made).toContain('shortcut')
}, 60_000)
