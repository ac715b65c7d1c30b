/** From IDX files to steps: bytes on the device, picked, shifted, flipped and normalised there. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { capture, tensor, type Device, type Tensor } from '../../../index.ts'
import { decodeIdxImages, decodeIdxLabels, gunzip, PackedImages, transforms } from '../../../vision/index.ts'
import type { DataPathCase } from '../../cases.ts'
import { idxFile, normalisation } from '../idx-files.ts'
import type { Prepared } from '../serve.ts'
import { makeStep } from './train.ts'
import { tunedOnce } from './tuned.ts'

async function load(folder: string): Promise<{ images: PackedImages; labels: Tensor; count: number }> {
  const bytes = async (kind: 'images' | 'labels'): Promise<Uint8Array> => {
    const file = idxFile(folder, kind)
    return gunzip(new Uint8Array(readFileSync(join(folder, file))), file)
  }
  const images = decodeIdxImages(await bytes('images'))
  const labels = decodeIdxLabels(await bytes('labels'))
  return {
    images: new PackedImages(images),
    labels: tensor(Int32Array.from(labels)),
    count: images.shape[0],
  }
}

/** Rows in a new order for every epoch, a batch at a time, without end; rows that fill no batch wait for another epoch. */
function* shuffled(count: number, batch: number): Generator<Int32Array<ArrayBuffer>, never> {
  const order = Int32Array.from({ length: count }, (_, i) => i)
  for (;;) {
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(Math.random() * (i + 1))
      ;[order[i], order[j]] = [order[j]!, order[i]!]
    }
    for (let at = 0; at + batch <= count; at += batch) yield order.slice(at, at + batch)
  }
}

export async function prepareDataPath(device: Device, { train: c, folder }: DataPathCase): Promise<Prepared> {
  const { images, labels, count } = await load(folder)
  const train = makeStep(c)
  const { mean, std } = normalisation
  const augmented = (index: Tensor): Tensor => {
    const picked = transforms.toFloat(images.batch(index))
    const moved = transforms.randomHorizontalFlip(transforms.randomShift(picked, 2))
    return transforms.normalize(moved, [mean], [std])
  }
  const onBatch = (index: Tensor): Tensor => train(augmented(index), labels.indexSelect(0, index))
  const step = capture(onBatch)
  const readyStep = capture((x: Tensor, y: Tensor) => train(x, y))
  const indices = shuffled(count, c.batch)
  const first = tensor(indices.next().value)
  const [readyX, readyY] = [augmented(first), labels.indexSelect(0, first)]
  const tune = tunedOnce(device, onBatch, [first])
  let loss: Tensor | undefined
  let readySeconds = 0
  return {
    prelude: async (iterations) => {
      await tune(iterations)
      const start = performance.now()
      for (let i = 0; i < iterations; i++) readyStep(readyX, readyY)
      await device.synchronize()
      readySeconds = (performance.now() - start) / 1000
    },
    run: (iterations) => {
      for (let i = 0; i < iterations; i++) {
        const index = tensor(indices.next().value)
        loss = step(index)
        index.dispose()
      }
      return device.synchronize()
    },
    readySeconds: () => readySeconds,
    result: () => loss!.item(),
  }
}
