/**
 * L-BFGS. It looks at its losses while it goes, so a step is asynchronous and cannot be captured; directions are computed on the
 * host, from one reading of loss and gradients for each evaluation.
 */
import { numberWithin, oneOf } from '../nn/checks.ts'
import { readArguments, wholeNumber, type Arguments, type Signature } from '../tensor/arguments.ts'
import { tensor } from '../tensor/creation.ts'
import { enableGrad, noGrad } from '../tensor/grad-mode.ts'
import { isTracing } from '../tensor/realize.ts'
import { cat, Tensor } from '../tensor/tensor.ts'
import { strongWolfe, type Probe } from './line-search.ts'
import { makeGroup, readGroups, readParameters, type ParamGroup, type Params } from './param-groups.ts'

export interface LBFGSOptions {
  /** What each step along the direction is multiplied by, or where a line search begins; 1 by default. */
  readonly lr?: number
  /** Directions of one step; 20 by default. */
  readonly maxIter?: number
  /** Evaluations of the closure in one step; 1.25 · maxIter by default. */
  readonly maxEval?: number
  /** Ends where no gradient is larger; 1e-7 by default. */
  readonly toleranceGrad?: number
  /** Ends where neither a weight nor the loss changes by more; 1e-9 by default. */
  readonly toleranceChange?: number
  /** Directions that are remembered; 100 by default. */
  readonly historySize?: number
  /** 'strong_wolfe' searches each direction; null, the default, takes the whole step. */
  readonly lineSearchFn?: 'strong_wolfe' | null
}

const order = [
  'lr',
  'maxIter',
  'maxEval',
  'toleranceGrad',
  'toleranceChange',
  'historySize',
  'lineSearchFn',
] as const
export const lbfgsSignature: Signature<LBFGSOptions> = { name: 'LBFGS', positional: order }

type Vector = Float32Array<ArrayBuffer>

/** All that outlives a step. */
interface Memory {
  evaluations: number
  iterations: number
  direction: Vector
  step: number
  /** Changes of the gradient, and of the weights, over the directions remembered; oldest first. */
  changes: Vector[]
  steps: Vector[]
  /** 1 / (change · step) of each. */
  curvatures: number[]
  scale: number
  gradient: Vector
  loss: number
}

/** By PyTorch's names; all of it belongs to the first parameter. */
export interface LBFGSState {
  readonly state: Readonly<Record<number, Readonly<Record<string, unknown>>>>
  readonly paramGroups: readonly Readonly<Record<string, unknown>>[]
}

const dot = (a: Vector, b: Vector): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
const largest = (a: Vector): number => a.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
const plus = (a: Vector, b: Vector, factor: number): Vector => a.map((value, i) => value + factor * b[i]!)

/**
 * A quasi-Newton method for losses without noise: whole batches (Liu & Nocedal 1989, https://doi.org/10.1007/BF01589116).
 * One group of parameters. Source: torch.optim.LBFGS.
 */
export class LBFGS {
  readonly defaults: Required<LBFGSOptions>
  readonly #group: ParamGroup<Required<LBFGSOptions>>
  #memory: Memory | null = null

  /** Errors: those of other optimizers for parameters, an Error for more than one group, RangeErrors for options. */
  constructor(params: Params<LBFGSOptions>, ...rest: Arguments<LBFGSOptions, typeof order>) {
    const given = readArguments<LBFGSOptions>(lbfgsSignature, rest)
    const maxIter = wholeNumber('maxIter', given.maxIter ?? 20, 0)
    this.defaults = {
      lr: 1,
      maxEval: Math.floor(maxIter * 1.25),
      toleranceGrad: 1e-7,
      toleranceChange: 1e-9,
      historySize: 100,
      lineSearchFn: null,
      ...given,
      maxIter,
    }
    const { lr, ...options } = this.defaults
    checkOptions(this.defaults)
    const groups = readGroups<LBFGSOptions>(params)
    if (groups.length !== 1 || Object.keys(groups[0]!).length > 1)
      throw new Error('LBFGS has one group of parameters, and no options for single ones.')
    this.#group = makeGroup<Required<LBFGSOptions>>(readParameters(groups[0]!.params), lr, options)
  }

  get paramGroups(): readonly ParamGroup<Required<LBFGSOptions>>[] {
    return [this.#group]
  }

  get learningRate(): number {
    return this.#group.lr
  }

  /** The learning rate, which can be set. */
  get lr(): number {
    return this.learningRate
  }
  set lr(value: number) {
    this.setLearningRate(value)
  }

  /** For all parameters, from the next step on. */
  setLearningRate(value: number): void {
    this.#group.lr = value
  }

  /** Forgets all gradients, or makes them zeros. */
  zeroGrad(setToNone = true): void {
    for (const parameter of this.#group.params) {
      if (setToNone) parameter.grad = null
      else if (parameter.grad) noGrad(() => parameter.grad!.zero_())
    }
  }

  /**
   * Goes along up to `maxIter` directions. `closure` forgets the gradients, computes the loss and calls backward; its first answer
   * comes back. Errors: an Error inside a captured step.
   */
  async step(closure: () => Tensor | Promise<Tensor>): Promise<Tensor> {
    if (typeof closure !== 'function')
      throw new TypeError('LBFGS needs a closure that computes the loss, and gradients with it.')
    if (isTracing()) throw new Error('LBFGS reads its losses, so its step cannot be captured.')
    const group = this.#group
    const { lr, maxIter, maxEval, toleranceGrad, toleranceChange, lineSearchFn } = group
    const first = await this.#evaluate(closure)
    let { loss, gradient } = first
    let evaluations = 1
    if (this.#memory) this.#memory.evaluations++
    if (largest(gradient) <= toleranceGrad) return first.answer
    for (let n = 1; n <= maxIter; n++) {
      const memory = this.#turn(gradient, loss)
      const sum = memory.iterations === 1 ? gradient.reduce((a, g) => a + Math.abs(g), 0) : 0
      memory.step = memory.iterations === 1 ? Math.min(1, 1 / sum) * lr : lr
      const { direction } = memory
      const slope = dot(gradient, direction)
      if (slope > -toleranceChange) break
      let asked = 0
      if (lineSearchFn === 'strong_wolfe') {
        const from = await this.#weights()
        const at = async (step: number): Promise<Probe> => {
          this.#place(plus(from, direction, step))
          const there = await this.#evaluate(closure)
          return { step, loss: there.loss, gradient: there.gradient, slope: dot(there.gradient, direction) }
        }
        const start = { step: 0, loss, gradient, slope }
        const { probe, evaluations: times } = await strongWolfe(at, start, memory.step, largest(direction))
        ;({ loss, gradient } = probe)
        memory.step = probe.step
        asked = times
        this.#place(plus(from, direction, probe.step))
      } else {
        this.#place(plus(await this.#weights(), direction, memory.step))
        // Not after the last one: the next step begins with the same question.
        if (n < maxIter) {
          ;({ loss, gradient } = await this.#evaluate(closure))
          asked = 1
        }
      }
      evaluations += asked
      memory.evaluations += asked
      if (evaluations >= maxEval || largest(gradient) <= toleranceGrad) break
      if (largest(direction) * Math.abs(memory.step) <= toleranceChange) break
      if (Math.abs(loss - memory.loss) < toleranceChange) break
    }
    return first.answer
  }

  /** The next direction, from what the last step taught. */
  #turn(gradient: Vector, loss: number): Memory {
    const memory = this.#memory
    if (!memory) {
      const direction = gradient.map((g) => -g)
      const empty = { changes: [], steps: [], curvatures: [], scale: 1, evaluations: 1, step: 0 }
      return (this.#memory = { ...empty, iterations: 1, direction, gradient, loss })
    }
    memory.iterations++
    const change = plus(gradient, memory.gradient, -1)
    const step = memory.direction.map((d) => d * memory.step)
    const along = dot(change, step)
    if (along > 1e-10) {
      if (memory.changes.length === this.#group.historySize)
        for (const list of [memory.changes, memory.steps, memory.curvatures]) list.shift()
      memory.changes.push(change)
      memory.steps.push(step)
      memory.curvatures.push(1 / along)
      memory.scale = along / dot(change, change)
    }
    let q = gradient.map((g) => -g)
    const count = memory.changes.length
    const parts = new Array<number>(count)
    for (let i = count - 1; i >= 0; i--) {
      parts[i] = dot(memory.steps[i]!, q) * memory.curvatures[i]!
      q = plus(q, memory.changes[i]!, -parts[i]!)
    }
    q = q.map((value) => value * memory.scale)
    for (let i = 0; i < count; i++) {
      const part = dot(memory.changes[i]!, q) * memory.curvatures[i]!
      q = plus(q, memory.steps[i]!, parts[i]! - part)
    }
    return Object.assign(memory, { direction: q, gradient, loss })
  }

  async #evaluate(
    closure: () => Tensor | Promise<Tensor>,
  ): Promise<{ answer: Tensor; loss: number; gradient: Vector }> {
    const answer = await enableGrad(closure)
    const flat = noGrad(() =>
      cat([
        answer.detach().reshape([1]),
        ...this.#group.params.map((p) => (p.grad ?? p.mul(0)).detach().reshape([-1])),
      ]),
    )
    const values = Float32Array.from(await flat.data())
    return { answer, loss: values[0]!, gradient: values.slice(1) }
  }

  async #weights(): Promise<Vector> {
    const flat = noGrad(() => cat(this.#group.params.map((p) => p.detach().reshape([-1]))))
    return Float32Array.from(await flat.data())
  }

  #place(weights: Vector): void {
    let from = 0
    noGrad(() => {
      for (const parameter of this.#group.params) {
        const { shape, device, dtype } = parameter
        const own = weights.slice(from, (from += parameter.numel()))
        parameter.copy_(tensor(own, { shape, device, dtype }))
      }
    })
  }

  /** By PyTorch's names: vectors as tensors, numbers as they are. Source: torch.optim.Optimizer.state_dict. */
  stateDict(): { state: Record<number, Record<string, unknown>>; paramGroups: Record<string, unknown>[] } {
    const group = this.#group
    const params = group.params.map((_, i) => i)
    const paramGroups = [{ ...group.described(), params }]
    const m = this.#memory
    if (!m) return { state: {}, paramGroups }
    const { device } = group.rate
    const vector = (values: Vector): Tensor => tensor(values.slice(), { device })
    const own = {
      func_evals: m.evaluations,
      n_iter: m.iterations,
      d: vector(m.direction),
      t: m.step,
      old_dirs: m.changes.map(vector),
      old_stps: m.steps.map(vector),
      ro: [...m.curvatures],
      H_diag: m.scale,
      prev_flat_grad: vector(m.gradient),
      prev_loss: m.loss,
    }
    return { state: { 0: own }, paramGroups }
  }

  /** Takes over what stateDict gave. Errors: an Error where something is missing or of another size; then nothing changes. */
  async loadStateDict(saved: LBFGSState): Promise<void> {
    const group = this.#group
    const size = group.params.reduce((sum, p) => sum + p.numel(), 0)
    const own = saved.state[0]
    const options = { ...this.defaults } as Record<string, unknown>
    for (const [option, name] of Object.entries(savedOptions))
      if (saved.paramGroups[0]?.[name] !== undefined) options[option] = saved.paramGroups[0][name]
    checkOptions(options as unknown as Required<LBFGSOptions>)
    const memory = own ? await readMemory(own, size) : null
    const { lr, ...rest } = options
    Object.assign(group, rest)
    group.lr = lr as number
    this.#memory = memory
  }
}

const savedOptions = {
  lr: 'lr',
  maxIter: 'max_iter',
  maxEval: 'max_eval',
  toleranceGrad: 'tolerance_grad',
  toleranceChange: 'tolerance_change',
  historySize: 'history_size',
  lineSearchFn: 'line_search_fn',
} as const

function checkOptions(options: Required<LBFGSOptions>): void {
  wholeNumber('maxIter', options.maxIter, 0)
  wholeNumber('maxEval', options.maxEval, 0)
  wholeNumber('historySize', options.historySize, 1)
  numberWithin('toleranceGrad', options.toleranceGrad, 0)
  numberWithin('toleranceChange', options.toleranceChange, 0)
  if (options.lineSearchFn !== null) oneOf('lineSearchFn', options.lineSearchFn, ['strong_wolfe'])
}

async function readMemory(own: Readonly<Record<string, unknown>>, size: number): Promise<Memory> {
  const misfit = (name: string): never => {
    throw new Error(
      `The saved optimizer state does not fit: ${name} of parameter 0 is missing or has another size.`,
    )
  }
  const number = async (name: string, value: unknown = own[name]): Promise<number> =>
    value instanceof Tensor && value.numel() === 1
      ? await value.item()
      : typeof value === 'number'
        ? value
        : misfit(name)
  const vector = async (name: string, value: unknown = own[name]): Promise<Vector> =>
    value instanceof Tensor && value.numel() === size ? Float32Array.from(await value.data()) : misfit(name)
  const list = (name: string): readonly unknown[] =>
    Array.isArray(own[name]) ? (own[name] as readonly unknown[]) : misfit(name)
  const each = <T>(name: string, read: (name: string, value: unknown) => Promise<T>): Promise<T[]> =>
    Promise.all(list(name).map((value) => read(name, value)))
  return {
    evaluations: await number('func_evals'),
    iterations: await number('n_iter'),
    direction: await vector('d'),
    step: await number('t'),
    changes: await each('old_dirs', vector),
    steps: await each('old_stps', vector),
    curvatures: await each('ro', number),
    scale: await number('H_diag'),
    gradient: await vector('prev_flat_grad'),
    loss: await number('prev_loss'),
  }
}
