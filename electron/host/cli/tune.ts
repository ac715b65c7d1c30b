/** `descent tune`: a learning rate and a batch size, found in seconds. */
import { tmpdir } from 'node:os'
import {
  formatBytes,
  formatCount,
  formatFixed,
  formatSeconds,
  optimizers,
  type BatchSizeSearch,
  type RateSearch,
  type Tuning,
} from '../../contract/index.ts'
import { withScratch } from '../scratch.ts'
import { trainOptionsOf } from '../training/data.ts'
import { useDevice, workOf } from '../training/predict.ts'
import { tuningOf } from '../training/tuning/index.ts'
import type { TuneCommand } from './args.ts'
import { openData, prepareOpened } from './open-data.ts'
import { textTable, type Row } from './text-table.ts'

/** What was found, with the settings that take it. */
export interface Tuned extends Tuning {
  readonly device: string
  /** As `--set` takes them. */
  readonly settings: readonly string[]
}

export const tune = (command: TuneCommand): Promise<Tuned> =>
  withScratch(tmpdir(), async (scratch) => {
    const opened = await openData(command, scratch)
    const options = await trainOptionsOf(opened.recipe, await prepareOpened(opened))
    const device = await useDevice(opened.recipe.backend, await workOf(options))
    const tuned = await tuningOf(options)
    const { rate, batchSize } = tuned
    return {
      device: device.name,
      ...tuned,
      settings: [
        ...(rate.suggested === null ? [] : [`${optimizers.path}.learningRate=${rate.suggested}`]),
        `training.batchSize=${batchSize.suggested}`,
      ],
    }
  })

const rowsShown = 16

/** Every so many of the rates, with the one that was found. */
function rateTable({ points, suggested, lowest }: RateSearch): string {
  const every = Math.max(1, Math.ceil(points.length / rowsShown))
  const nearest = (rate: number): number =>
    points.reduce(
      (best, point, i) =>
        Math.abs(Math.log(point.rate / rate)) < Math.abs(Math.log(points[best]!.rate / rate)) ? i : best,
      0,
    )
  const marks = new Map<number, string>([[nearest(lowest), 'the loss is lowest']])
  if (suggested !== null) marks.set(nearest(suggested), 'the loss falls fastest')
  const rows = points.flatMap(({ rate, smoothed }, i): Row[] =>
    i % every === 0 || marks.has(i)
      ? [[rate.toExponential(1), formatFixed(smoothed, 4), marks.get(i) ?? '']]
      : [],
  )
  return textTable([['rate', 'loss', ''], ...rows], (column) => column === 2)
}

const whyEnded: Record<BatchSizeSearch['ended'], (search: BatchSizeSearch) => string> = {
  rows: () => 'Larger ones would leave fewer than 20 steps in an epoch.',
  noFaster: () => 'Larger ones are no faster.',
  memory: ({ refused }) => `${formatCount(refused?.batchSize ?? 0)} do not fit: ${refused?.message ?? ''}`,
  time: () => 'Larger ones were not tried: they take too long here.',
}

function batchTable(search: BatchSizeSearch): string {
  const rows = search.tried.map(({ batchSize, seconds, throughput, memory }): Row => [
    formatCount(batchSize),
    `${formatFixed(1000 * seconds, 2)} ms`,
    formatCount(Math.round(throughput)),
    formatBytes(memory),
    batchSize === search.suggested ? 'nearly as fast as any' : '',
  ])
  return textTable([['batch', 'step', 'examples/s', 'memory', ''], ...rows], (column) => column === 4)
}

/** For people: ends with a line break. */
export function describeTuned({ rate, batchSize, device, settings }: Tuned): string {
  const found =
    rate.suggested === null
      ? 'The loss hardly falls at any rate: look at the data and the network first (“descent run” tries both).\n'
      : ''
  const diverged =
    rate.diverged === null ? '' : `From ${rate.diverged.toExponential(1)} on the loss grows out of bounds.\n`
  return (
    `On ${device}, in ${formatSeconds(rate.seconds + batchSize.seconds)}\n\n` +
    `Learning rate, with ${formatCount(rate.stepRows)} examples a step\n${rateTable(rate)}${diverged}${found}\n` +
    `Batch size\n${batchTable(batchSize)}${whyEnded[batchSize.ended](batchSize)}\n\n` +
    `Take it by ${settings.map((setting) => `--set ${setting}`).join(' ')}\n`
  )
}
