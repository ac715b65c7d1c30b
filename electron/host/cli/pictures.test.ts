import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { drawn, speckled } from '../pictures/testing.ts'
import { performHere } from './testing.ts'

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-cli-pictures-'))
  await writeClasses(join(folder, 'colors'), 24)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const red = (seed: number) => speckled(40, 30, [210, 50, 50], seed)
const blue = (seed: number) => speckled(40, 30, [50, 50, 210], seed)

/** JPEG, PNG and WebP, some turned by their camera, and two that are none. */
async function writeClasses(root: string, each: number): Promise<void> {
  for (const [name, paint] of [
    ['red', red],
    ['blue', blue],
  ] as const) {
    mkdirSync(join(root, name), { recursive: true })
    for (let i = 0; i < each; i++) {
      const picture = paint(i)
      if (i % 3 === 0) await picture.jpeg().toFile(join(root, name, `${i}.jpg`))
      else if (i % 3 === 1)
        await picture
          .withMetadata({ orientation: 8 })
          .jpeg()
          .toFile(join(root, name, `${i}.jpeg`))
      else await picture.webp({ lossless: true }).toFile(join(root, name, `${i}.webp`))
    }
  }
  writeFileSync(join(root, 'red', 'broken.jpg'), (await red(99).jpeg().toBuffer()).subarray(0, 300))
  writeFileSync(join(root, 'blue', 'empty.png'), '')
}

/** Nothing is asked here of what is tried before a training, or trained beside it. */
const alone = ['--no-preflight', '--baselines', 'none']

const descent = (...args: string[]) => performHere(args)

test('a folder of pictures is trained on, and predicts a picture and a folder', async () => {
  const out = join(folder, 'run')
  const trained = await descent(
    'run',
    join(folder, 'colors'),
    ...['--seed', '1', '--set', 'training.epochs=6', '--set', 'data.source.pictures.size=16', '--out', out],
    ...alone,
  )
  expect(trained.code, trained.stderr).toBe(0)
  const told = trained.stdout + trained.stderr
  expect(told).toContain('48 images of 16 × 16 pixels, 2 classes.')
  expect(told).toContain('32 JPEG, 16 WebP')
  expect(told).toContain('16 pictures were turned as their cameras say (EXIF).')
  expect(told).toContain(
    '2 files were left out: blue/empty.png is empty, red/broken.jpg is damaged or cut off',
  )
  const recipe = JSON.parse(readFileSync(join(out, 'recipe.json'), 'utf8')) as {
    data: { source: { pictures: object } }
  }
  expect(recipe.data.source.pictures).toEqual({ size: '16', fit: 'crop', color: 'auto', background: 'white' })

  const model = join(out, 'model')
  const one = join(folder, 'new.png')
  await red(777).png().toFile(one)
  const single = await descent('predict', model, one)
  expect(single.code, single.stderr).toBe(0)
  expect(single.stdout.split('\n')[1]).toMatch(/^new\.png,red,/)

  const many = join(folder, 'many')
  mkdirSync(many)
  await blue(778).resize(300, 200).jpeg().toFile(join(many, 'a.jpg'))
  await red(779).tiff().toFile(join(many, 'b.tif'))
  writeFileSync(join(many, 'c.jpg'), 'text')
  const both = await descent('predict', model, many, '--out', join(folder, 'predictions.csv'))
  expect(both.code, both.stderr).toBe(0)
  expect(both.stderr).toContain('1 picture of 3 is not predicted: c.jpg is text, not a picture.')
  const [head, ...lines] = readFileSync(join(folder, 'predictions.csv'), 'utf8').trim().split('\n')
  expect(head).toBe('image,prediction,probability_blue,probability_red')
  expect(lines.map((line) => line.split(',').slice(0, 2))).toEqual([
    ['a.jpg', 'blue'],
    ['b.tif', 'red'],
  ])

  // The recipe alone gives the same again.
  const again = await descent('run', join(out, 'recipe.json'), '--out', join(folder, 'again'), ...alone)
  expect(again.code, again.stderr).toBe(0)
  const lossesOf = (at: string) =>
    readFileSync(join(at, 'metrics.csv'), 'utf8').replaceAll(/,[\d.]+\n/g, '\n')
  expect(lossesOf(join(folder, 'again')).split('\n').length).toBe(lossesOf(out).split('\n').length)
}, 120_000)

test('a folder of pictures is explored, and bad wishes are refused in a sentence', async () => {
  const explored = await descent('explore', join(folder, 'colors'))
  expect(explored.code, explored.stderr).toBe(0)
  expect(explored.stdout + explored.stderr).toContain('48 images')
  expect(explored.stdout).toMatch(/Pictures have a brightness of \d+\.\d\s% and a contrast of/)
  expect(explored.stdout).toMatch(/Least like their classes: \S+ \((red|blue)\), /)
  const data = await descent('explore', join(folder, 'colors'), '--json')
  const { images } = JSON.parse(data.stdout) as { images: { names: string[]; means: object[] }[] }
  expect(images).toHaveLength(1)
  expect(images[0]!.names).toHaveLength(48)
  expect(images[0]!.means).toEqual([
    { label: 'blue', count: 24 },
    { label: 'red', count: 24 },
  ])

  const path = join(folder, 'colors')
  const refused = async (...args: string[]) => {
    const { code, stderr } = await descent(...args)
    expect(code).toBe(1)
    return stderr
  }
  expect(await refused('run', path, '--set', 'data.source.pictures.size=3')).toContain(
    'Size must be auto, or a whole number from 8 to 512',
  )
  expect(await refused('run', join(path, 'red/0.jpg'))).toContain('is one picture, and learning takes many')
  await drawn(20, 20).png().toFile(join(folder, 'lonely.png'))
  expect(await refused('run', join(folder, 'lonely.png'))).toContain('a folder of pictures for each class')
})
