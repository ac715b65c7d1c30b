import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Finding } from '../../../contract/index.ts'
import type { Evidence } from '../../explore/alerts/evidence.ts'
import { imageAlerts } from '../../explore/alerts/images.ts'
import {
  correlation,
  differenceHash,
  laplacianVariance,
  levelAt,
  lookAtImages,
} from '../../explore/image-looks.ts'
import { plainContext, type Imported } from '../kind.ts'
import { images } from './index.ts'
import { galleryOf } from './gallery.ts'
import { imagesBehind } from './rows-behind.ts'

let folder: string
let kept: { folder: string; id: string }
let data: Imported<'images'>
let alerts: Finding[]

/** Rectangles on a ground, which no two seeds have alike. */
function scene(seed: number, { width, height } = { width: 80, height: 60 }): Sharp {
  let state = seed + 1
  const upTo = (most: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % most
  }
  const shapes = Array.from(
    { length: 16 },
    () =>
      `<rect x="${upTo(width) - 8}" y="${upTo(height) - 6}" width="${10 + upTo(26)}" height="${8 + upTo(20)}" fill="hsl(${upTo(360)},60%,${15 + upTo(75)}%)"/>`,
  ).join('')
  const ground = `<rect width="100%" height="100%" fill="hsl(${upTo(360)},40%,50%)"/>`
  return sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${ground}${shapes}</svg>`,
    ),
  )
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-looks-'))
  for (const part of ['train/a', 'train/b', 'test/a', 'test/b'])
    mkdirSync(join(folder, 'data', part), { recursive: true })
  const at = (name: string) => join(folder, 'data', name)
  for (let i = 0; i < 30; i++)
    await scene(i)
      .png()
      .toFile(at(`train/${i % 2 ? 'a' : 'b'}/${i}.png`))
  for (let i = 30; i < 36; i++)
    await scene(i)
      .png()
      .toFile(at(`test/${i % 2 ? 'a' : 'b'}/${i}.png`))
  await scene(40).modulate({ brightness: 0.1 }).png().toFile(at('train/a/night.png'))
  await scene(41).flatten({ background: '#fff' }).linear(0.02, 250).png().toFile(at('train/a/snow.png'))
  await scene(42).blur(12).png().toFile(at('train/b/blurred.png'))
  await scene(43, { width: 400, height: 60 }).png().toFile(at('train/b/long.png'))
  // The same moment, saved with loss and a little brighter; one of them to test.
  await scene(7).modulate({ brightness: 1.05 }).jpeg({ quality: 70 }).toFile(at('test/a/again.jpg'))
  await scene(8).jpeg({ quality: 80 }).toFile(at('train/b/8-again.jpg'))
  kept = { folder: join(folder, 'kept'), id: 'd' }
  mkdirSync(kept.folder)
  data = await images.import({ path: join(folder, 'data') }, kept, plainContext)
  const profile = await images.profile(kept, { id: 'd', ...data }, data.recipe, plainContext)
  alerts = profile.alerts
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The names of the images that a finding of this name is about. */
async function namesBehind(name: string): Promise<string[]> {
  const finding = alerts.find((one) => one.name === name)
  if (finding?.rows === undefined) return []
  const wanted = { where: [finding.rows], offset: 0, limit: 100 }
  const { rows } = await imagesBehind(kept, data, ['image', 'label'], wanted, plainContext)
  return rows.map(([image]) => String(image))
}

test('dark, light, blurry and odd images are told, each by name', async () => {
  expect(await namesBehind('darkImages')).toEqual(['train/a/night.png'])
  expect(await namesBehind('lightImages')).toEqual(['train/a/snow.png'])
  expect(await namesBehind('blurryImages')).toContain('train/b/blurred.png')
  expect(await namesBehind('oddImages')).toEqual(['train/b/long.png'])
  expect(alerts.find(({ name }) => name === 'oddImages')?.message).toMatch(/^1 image came in an odd size/)
})

test('images that look the same are told, those of training and test above all', async () => {
  expect(await namesBehind('alikeAcross')).toEqual(['train/a/7.png', 'test/a/again.jpg'])
  expect((await namesBehind('alikeImages')).sort()).toEqual([
    'test/a/again.jpg',
    'train/a/7.png',
    'train/b/8-again.jpg',
    'train/b/8.png',
  ])
})

test('images behind a finding are searched, sorted and paged', async () => {
  const all = { where: [], offset: 0, limit: 5 }
  const behind = (wanted: Parameters<typeof imagesBehind>[3]) =>
    imagesBehind(kept, data, ['image', 'label'], wanted, plainContext)
  expect((await behind(all)).total).toBe(data.rows)
  const found = await behind({ ...all, search: 'AGAIN' })
  expect([found.total, found.rows.length]).toEqual([2, 2])
  const sorted = await behind({ ...all, sort: { column: 'image', descending: true } })
  expect(sorted.rows[0]?.[0]).toBe('train/b/long.png')
  const classA = await behind({ ...all, where: [{ is: 'among', column: 'label', values: ['a'] }] })
  expect(classA.rows.every(([, label]) => label === 'a')).toBe(true)
  expect((await behind({ ...all, where: [{ is: 'repeated' }] })).total).toBe(0)
})

test('some of each class are shown, the most frequent class first', async () => {
  const { classes } = await galleryOf(kept, data, 4, plainContext)
  expect(classes.map(({ names }) => names.length)).toEqual([4, 4])
  expect(classes[0]!.count).toBeGreaterThanOrEqual(classes[1]!.count)
  expect(classes.reduce((sum, { count }) => sum + count, 0)).toBe(data.rows)
})

test('where not all were looked at, nothing is told as of all', () => {
  const looks = lookAtImages({ pixels: new Uint8Array(32), channels: 1, height: 4, width: 4 }, 2, 2, null)
  const tell = (of: number) =>
    imageAlerts
      .darkImages({ images: [{ ...looks, of }] } as unknown as Evidence, { brightness: 0.3 })
      .map(({ message }) => message.replace('\u00a0', ' '))
  expect(tell(2)).toEqual(['2 images are dark: even the brightest parts are below 30 % of white.'])
  expect(tell(100_000)).toEqual([
    '2 images are dark: even the brightest parts are below 30 % of white. This is of the 2 that were looked at, of 100,000.',
  ])
})

test('levels, edges and hashes are what they are called', () => {
  const ramp = Float32Array.from({ length: 256 }, (_, i) => i)
  expect(levelAt(ramp, 0.5)).toBeCloseTo(0.5, 1)
  expect(levelAt(ramp, 0.99)).toBeCloseTo(0.99, 1)
  // A plane has no edges; a checkerboard has nothing else: 8 × 255 up and down.
  expect(laplacianVariance(ramp, 16, 16)).toBeCloseTo(0, 6)
  const board = Float32Array.from({ length: 256 }, (_, i) => ((i + Math.floor(i / 16)) % 2) * 255)
  expect(laplacianVariance(board, 16, 16)).toBeCloseTo(1020 ** 2, 0)
  expect(differenceHash(new Float32Array(256).fill(9), 16, 16)).toBe(null)
  const rising = Float32Array.from({ length: 256 }, (_, i) => 15 * (i % 16))
  expect([...differenceHash(rising, 16, 16)!]).toEqual([65_535, 65_535, 65_535, 65_535])
  expect(
    correlation(
      rising,
      rising.map((value) => 0.5 * value + 20),
    ),
  ).toBeCloseTo(1, 6)
  expect(correlation(rising, ramp)).toBeLessThan(0.5)
  const none = lookAtImages({ pixels: new Uint8Array(), channels: 1, height: 4, width: 4 }, 0, 0, null)
  expect(none.rows.length).toBe(0)
})
