/** Averages of weights over a training, as in torch.optim.swa_utils. */
import { BatchNorm } from '../nn/normalization.ts'
import { numberWithin, oneOf } from '../nn/checks.ts'
import { Module, type AnyModule } from '../nn/module.ts'
import { readArguments, wholeNumber, type Arguments, type Signature } from '../tensor/arguments.ts'
import { tensor } from '../tensor/creation.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { isFloating } from '../tensor/dtype.ts'
import { Tensor } from '../tensor/tensor.ts'
import {
  eachGroup,
  LRScheduler,
  type Rated,
  type ScheduleOptions,
  type Scheduled,
} from './lr-scheduler/scheduler.ts'

/** The next average of one tensor. `count`, [] int32: how many models are in it already. */
export type Averaging = (averaged: Tensor, current: Tensor, count: Tensor) => Tensor

const mean: Averaging = (averaged, current, count) =>
  averaged.add(current.sub(averaged).div(count.to('float32').add(1)))

/** decay · averaged + (1 − decay) · current: an exponential moving average, which forgets. Source: torch.optim.swa_utils.get_ema_avg_fn. */
export function getEmaAvgFn(decay = 0.999): Averaging {
  numberWithin('decay', decay, 0, 1)
  return (averaged, current) => averaged.mul(decay).add(current.mul(1 - decay))
}

export interface AveragedOptions {
  /** How averages are made; by default all models weigh the same. */
  readonly avgFn?: Averaging
  /** Averages the buffers too, such as running statistics; false by default: they are copied from the model. */
  readonly useBuffers?: boolean
}

const averagedOrder = ['avgFn', 'useBuffers'] as const
const averagedSignature: Signature<AveragedOptions> = { name: 'AveragedModel', positional: averagedOrder }

type InputsOf<M> = M extends Module<infer Inputs, infer _> ? Inputs : never
type OutputOf<M> = M extends Module<infer _, infer Output> ? Output : never

/**
 * A copy of a model whose weights are averages of the model's, for evaluating (Izmailov et al. 2018,
 * https://arxiv.org/abs/1803.05407). Call `updateParameters` after steps, also inside captured ones. Source:
 * torch.optim.swa_utils.AveragedModel.
 */
export class AveragedModel<M extends AnyModule> extends Module<InputsOf<M>, OutputOf<M>> {
  readonly module: M
  /** [] int32: how many models were averaged. */
  readonly nAveraged: Tensor
  private readonly avgFn: Averaging
  private readonly useBuffers: boolean
  constructor(model: M, ...rest: Arguments<AveragedOptions, typeof averagedOrder>) {
    super()
    const { avgFn = mean, useBuffers = false } = readArguments<AveragedOptions>(averagedSignature, rest)
    this.module = model.deepCopy()
    this.avgFn = avgFn
    this.useBuffers = useBuffers
    const device = model.parameters()[0]?.device
    this.nAveraged = this.registerBuffer(
      'nAveraged',
      tensor(Int32Array.of(0), { shape: [], ...(device && { device }) }),
    )
  }

  forward(...inputs: InputsOf<M>): OutputOf<M> {
    return this.module.forward(...(inputs as readonly unknown[])) as OutputOf<M>
  }

  /** Takes the model's weights into the averages; the first ones are copied. */
  updateParameters(model: M): void {
    const of = (module: AnyModule): Tensor[] => [
      ...module.parameters(),
      ...(this.useBuffers ? module.buffers() : []),
    ]
    const current = of(model)
    const count = this.nAveraged
    noGrad(() => {
      of(this.module).forEach((averaged, i) => {
        const now = current[i]!.detach()
        const next = this.avgFn(averaged.detach(), now, count)
        const kept = isFloating(averaged.dtype) ? next : next.to(averaged.dtype)
        averaged.copy_(count.eq(0).choose(now, kept))
      })
      // Statistics that are not averaged are the model's own, as they stand now: PyTorch does so since version 2.
      if (!this.useBuffers) {
        const now = model.buffers()
        this.module.buffers().forEach((buffer, i) => buffer.copy_(now[i]!.detach()))
      }
      count.add_(1)
    })
  }
}

/** What a loader gives: inputs, or lists that begin with them. */
type Batches = Iterable<unknown> | AsyncIterable<unknown>

/**
 * Measures the statistics of all BatchNorm layers anew, over the batches of a loader: averaged weights have others than those
 * they were averaged from. Of a batch that is a list, the first is the input. Source: torch.optim.swa_utils.update_bn.
 */
export async function updateBn(loader: Batches, model: AnyModule): Promise<void> {
  const layers = model
    .modules()
    .filter(
      (module): module is BatchNorm & AnyModule => module instanceof BatchNorm && module.runningMean !== null,
    )
  if (layers.length === 0) return
  const momenta = layers.map(({ momentum }) => momentum)
  const training = model.modules().map((module) => [module, module.training] as const)
  noGrad(() => {
    for (const layer of layers) {
      layer.runningMean!.zero_()
      layer.runningVar!.fill_(1)
      layer.numBatchesTracked?.zero_()
      // Makes the statistics means of all batches.
      Reflect.set(layer, 'momentum', null)
    }
  })
  model.train()
  try {
    for await (const batch of loader) {
      const input: unknown = Array.isArray(batch) ? batch[0] : batch
      if (!(input instanceof Tensor))
        throw new TypeError('updateBn needs batches that are tensors, or lists that begin with one.')
      noGrad(() => model.forward(input))
      for (const { runningMean } of layers) runningMean!.realize()
    }
  } finally {
    layers.forEach((layer, i) => Reflect.set(layer, 'momentum', momenta[i]))
    for (const [module, mode] of training) module.training = mode
  }
}

export interface SWALROptions extends ScheduleOptions {
  /** The rate to stay at, of all groups or of each. */
  readonly swaLr?: number | readonly number[]
  /** Epochs until it is reached; 10 by default. */
  readonly annealEpochs?: number
  /** 'cos' by default. */
  readonly annealStrategy?: 'cos' | 'linear'
}
const order = ['swaLr', 'annealEpochs', 'annealStrategy', 'lastEpoch'] as const
const signature: Signature<SWALROptions> = { name: 'SWALR', positional: order }

/** From the rate as it stands to a constant one, at which weights are averaged. Source: torch.optim.swa_utils.SWALR. */
export class SWALR extends LRScheduler {
  readonly #epochs: number
  readonly #shape: (done: number) => number
  constructor(optimizer: Scheduled, ...rest: Arguments<SWALROptions, typeof order>) {
    const {
      swaLr,
      annealEpochs = 10,
      annealStrategy = 'cos',
      lastEpoch,
    } = readArguments<SWALROptions>(signature, rest)
    const rates = eachGroup('swaLr', optimizer, swaLr).map((rate) => numberWithin('swaLr', rate, 0))
    const strategy = oneOf('annealStrategy', annealStrategy, ['cos', 'linear'])
    wholeNumber('annealEpochs', annealEpochs, 0)
    super(optimizer, lastEpoch)
    optimizer.paramGroups.forEach((group, i) => ((group.scheduled ??= {})['swa_lr'] = rates[i]!))
    this.#epochs = annealEpochs
    this.#shape = strategy === 'cos' ? (done) => (1 - Math.cos(Math.PI * done)) / 2 : (done) => done
    this.step()
  }

  protected override next(group: Rated, _: number, epoch: number): number {
    const target = group.scheduled?.['swa_lr'] ?? group.lr
    const step = this.#epochs === 0 ? Math.max(1, epoch) : epoch
    const at = (steps: number): number =>
      this.#shape(Math.max(0, Math.min(1, steps / Math.max(1, this.#epochs))))
    const before = at(step - 1)
    const initial = before === 1 ? target : (group.lr - before * target) / (1 - before)
    const now = at(step)
    return target * now + initial * (1 - now)
  }

  protected override settings(): Record<string, unknown> {
    return { anneal_epochs: this.#epochs }
  }

  protected override restore(): void {}
}
