/**
 * The trainer process: forked by the host for one job, so that a driver that crashes takes neither the window nor
 * the database with it. It leaves when its job is done or its channel closes.
 */
import type { Device } from '../../../engine/index.ts'
import type { MetricPoint } from '../../contract/index.ts'
import { TrainControl } from './control.ts'
import { preparedOf, verifySource } from '../jobs/source.ts'
import { plainContext } from '../kinds/kind.ts'
import { trainingDataOf } from './data.ts'
import { failureOf } from './failure.ts'
import { startWeightsOf } from './start-weights.ts'
import { useDevice, workOf } from './predict.ts'
import { measuredProfile } from './profile.ts'
import type { FromTrainer, Leash, ToTrainer, TrainJob } from './protocol.ts'
import { train, type TrainOptions } from './train.ts'

/** How long metric points are gathered before they are sent together. */
const metricsMs = 100

const control = new TrainControl()
let leash: Leash | null = null

/** The loop looks between two steps, so a run that is at its end may have begun the next epoch: its checkpoint says how far. */
function heed(seconds: number, epoch = 0): void {
  if (leash === null) return
  if (leash.seconds !== null && seconds >= leash.seconds) control.stop()
  else if (leash.epoch !== null && epoch >= leash.epoch) control.pause()
}

/** Resolves once the message has been handed to the operating system. */
function send(message: FromTrainer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) reject(new Error('The trainer is started by the host.'))
    else process.send(message, undefined, undefined, (error) => (error ? reject(error) : resolve()))
  })
}

/** A message whose loss shows on the channel anyway: a closed channel ends the process. */
const tell = (message: FromTrainer): void => void send(message).catch(() => undefined)

async function runTraining(options: TrainOptions, device: Device): Promise<void> {
  let waiting: MetricPoint[] = []
  let steps: MetricPoint[] = []
  const flush = (): void => {
    // Steps first: they belong to the epoch that the metrics end.
    if (steps.length > 0) tell({ type: 'steps', points: steps })
    if (waiting.length > 0) tell({ type: 'metrics', points: waiting })
    steps = []
    waiting = []
  }
  const timer = setInterval(flush, metricsMs)
  const result = await train(options, {
    control,
    onEpoch: (point) => {
      waiting.push(point)
      heed(point.seconds, point.epoch)
    },
    onSteps: (points) => void steps.push(...points),
    onStartedFrom: (startedFrom) => tell({ type: 'report', report: { startedFrom } }),
    onUnreached: (parameters) => tell({ type: 'report', report: { unreached: [...parameters] } }),
    onNotFinite: (notFinite) => tell({ type: 'report', report: { notFinite } }),
    onAdjusted: (adjusted) => tell({ type: 'report', report: { adjusted: [...adjusted] } }),
    onLoading: (loading) => tell({ type: 'report', report: { loading } }),
    onHardest: (hardest) => tell({ type: 'report', report: { hardest } }),
    onFollowed: (followed) => tell({ type: 'report', report: { followed } }),
    onNotLooked: (why) => void process.stderr.write(`Rows could not be looked at once more: ${why}\n`),
    onNotFollowed: (row) => tell({ type: 'notFollowed', row }),
    onProgress: (progress) => {
      tell({ type: 'progress', progress })
      heed(progress.seconds)
    },
    onCheckpoint: (last, best) => {
      // Metrics first: the store never knows a checkpoint of an epoch whose curve it has not got.
      flush()
      tell({ type: 'checkpoint', last, best })
    },
    onPaused: () => tell({ type: 'paused' }),
    onContinued: () => tell({ type: 'continued' }),
    onProfile: (measured, batchSize) =>
      tell({ type: 'profile', profile: measuredProfile(measured, device, batchSize) }),
  }).finally(() => {
    clearInterval(timer)
    flush()
  })
  await send({ type: 'finished', reason: result.reason, seconds: result.seconds })
}

async function work({ source, scratch, backend, resume, leash: given }: TrainJob): Promise<void> {
  leash = given
  let device: Device | null = null
  try {
    const hashes = await verifySource(source)
    if (Object.keys(hashes).length > 0) tell({ type: 'learned', hashes })
    const { recipe } = source
    const prepared = await preparedOf(source, { ...plainContext, scratch })
    const options = {
      recipe,
      data: trainingDataOf(prepared, recipe),
      resume,
      start: resume === null ? await startWeightsOf(recipe.weights, prepared.preparation.columns) : null,
    }
    device = await useDevice(backend, await workOf(options))
    tell({ type: 'device', backend: device.backend, device: device.name })
    await runTraining(options, device)
  } catch (error) {
    await send({ type: 'failed', error: failureOf(error, device) })
  }
  // A device that was opened keeps Node alive.
  process.exit(0)
}

process.on('message', (message: ToTrainer) => {
  switch (message.type) {
    case 'train':
      work(message).catch(() => process.exit(1))
      break
    case 'pause':
      control.pause()
      break
    case 'resume':
      leash = message.leash
      control.resume()
      break
    case 'stop':
      control.stop()
      break
    case 'profile':
      control.profile()
      break
    case 'checkpoint':
      control.checkpoint()
      break
    case 'adjust':
      control.adjust(message.adjustment)
      break
    case 'follow':
      control.follow(message.row, message.follow)
      break
  }
})
process.on('disconnect', () => process.exit(0))
// Ctrl-C in a terminal reaches the whole group: the host decides when a trainer stops.
process.on('SIGINT', () => undefined)
