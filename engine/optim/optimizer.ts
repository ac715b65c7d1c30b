/** Optimizers, as in torch.optim. Learning rates and counts of steps live on the device, as captured steps need. */
import { pythonText } from '../formats/python.ts'
import { toFieldName } from '../formats/state-names.ts'
import { enableGrad, noGrad } from '../tensor/grad-mode.ts'
import { tensor } from '../tensor/creation.ts'
import { noteGuard, realizeNodes } from '../tensor/realize.ts'
import { Scope, withScope } from '../tensor/scope.ts'
import { formatShape, numel, sameShape } from '../tensor/shape.ts'
import { readArguments, yesOrNo, type Arguments } from '../tensor/arguments.ts'
import { cat, Tensor } from '../tensor/tensor.ts'
import {
  makeGroup,
  readGroups,
  readParameters,
  type GroupSpec,
  type ParamGroup,
  type Params,
  type RateOption,
} from './param-groups.ts'

/** What a parameter's next value is computed from beside itself, by PyTorch's names, such as `exp_avg`. */
export type ParameterState = Record<string, Tensor>

export interface SavedGroup {
  readonly lr: number
  /** Numbers of its parameters, counted through all groups. */
  readonly params: readonly number[]
  readonly [option: string]: unknown
}

/** All there is to resume from, beside the parameters. */
export interface OptimizerState {
  /** Of each parameter that has been moved, by its number. `step`: how often, [] float32. */
  readonly state: Readonly<Record<number, Readonly<Record<string, Tensor | number>>>>
  readonly paramGroups: readonly SavedGroup[]
}

const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom')
/** The name, in saved states, of the number of steps. */
const stepName = 'step'
/** What PyTorch's schedules keep in a group. */
const scheduledNames = ['max_lr', 'min_lr', 'max_momentum', 'base_momentum', 'swa_lr'] as const

/** By name, one number for each parameter of a group, in one tensor: a kernel computes them for all at once. */
export type GroupTensors = Readonly<Record<string, Tensor>>

/** A group with what the optimizer keeps of it. */
interface Member<Options extends object> {
  readonly group: ParamGroup<Options>
  /** [parameters] float32 each. */
  readonly columns: GroupTensors
}

/** A parameter by its number in saved states, with its place in its group. */
interface Numbered<Options extends object> {
  readonly parameter: Tensor
  readonly member: Member<Options>
  readonly column: number
}

interface ZeroOptions {
  /** Whether gradients are forgotten, the default, or become zeros. */
  readonly setToNone?: boolean
}
const zeroOrder = ['setToNone'] as const

/** What moves parameters by their gradients: groups of them with options of their own, and a state that resumes exactly. Source: torch.optim.Optimizer. */
export abstract class Optimizer<Options extends RateOption = RateOption> {
  /** For groups that say nothing else. */
  readonly defaults: Required<Options>
  readonly #members: Member<Options>[] = []
  /** By name; each is filled with its `firstValue` until the parameter is first moved. */
  readonly #states = new Map<Tensor, ParameterState>()
  readonly #moved = new Set<Tensor>()
  readonly #scope = new Scope('optimizer', this.constructor.name, 'optimizer')

  /** Errors: those of addParamGroup. */
  constructor(params: Params<Options>, defaults: Required<Options>) {
    this.defaults = defaults
    for (const group of readGroups<Options>(params)) this.addParamGroup(group)
  }

  /** Options of each group can be changed; `lr` also for captured steps. */
  get paramGroups(): readonly ParamGroup<Options>[] {
    return this.#members.map(({ group }) => group)
  }

  /** Of the first group. */
  get learningRate(): number {
    return this.paramGroups[0]!.lr
  }

  /** The learning rate of the first group; setting it sets that of all groups. */
  get lr(): number {
    return this.learningRate
  }
  set lr(value: number) {
    this.setLearningRate(value)
  }

  /** For all groups. */
  setLearningRate(value: number): void {
    for (const group of this.paramGroups) group.lr = value
  }

  /**
   * Further parameters, such as a layer that was thawed. Errors: an Error for a parameter that another group has, and those
   * for options that are unknown or out of range.
   */
  addParamGroup({ params, name, ...given }: GroupSpec<Options>): void {
    const parameters = readParameters(params)
    const theirs = new Set(this.paramGroups.flatMap((group) => group.params))
    if (parameters.params.some((p) => theirs.has(p)))
      throw new Error('Some parameters appear in more than one parameter group.')
    const unknown = Object.keys(given).find((key) => !(key in this.defaults))
    if (unknown !== undefined)
      throw new TypeError(
        `A parameter group has no option "${unknown}". It has: params, ${Object.keys(this.defaults).join(', ')}.`,
      )
    const { lr = 0, ...options } = { ...this.defaults, ...defined(given) } as Required<Options>
    this.check({ ...options, lr } as Required<Options>)
    const group = makeGroup<Options>(parameters, lr, options as Required<Omit<Options, 'lr'>>, name)
    const { length } = group.params
    const columns = this.columnNames(group).map((column): [string, Tensor] => [
      column,
      tensor(new Float32Array(length).fill(this.firstNumber(group, column)), { device: group.rate.device }),
    ])
    this.#members.push({ group, columns: Object.fromEntries(columns) })
    // Now, and not when it is first moved, so that captured steps find it there.
    for (const parameter of group.params) if (parameter.requiresGrad) this.#stateOf(parameter, group)
  }

  #stateOf(parameter: Tensor, group: ParamGroup<Options>): ParameterState {
    let state = this.#states.get(parameter)
    if (!state) this.#states.set(parameter, (state = {}))
    for (const name of this.stateNames(group))
      state[name] ??= filledLike(parameter, this.firstValue(group, name))
    return state
  }

  /** What a parameter's state is filled with until it is first moved. */
  protected firstValue(_group: ParamGroup<Options>, _name: string): number {
    return 0
  }

  /** What a column holds for a parameter until it is first moved. */
  protected firstNumber(_group: ParamGroup<Options>, _column: string): number {
    return 0
  }

  /** Errors: a RangeError for an option out of range. */
  protected abstract check(options: Required<Options>): void

  /** What each parameter's state consists of, beside the count of its steps. */
  protected abstract stateNames(group: ParamGroup<Options>): readonly string[]

  /** Numbers that an update wants of each parameter of the group: `step` is how often it was moved, this time included. */
  protected columnNames(_: ParamGroup<Options>): readonly string[] {
    return []
  }

  /** Columns that are state, beside the count of steps: they are saved, by PyTorch's names. */
  protected savedColumns(_: ParamGroup<Options>): readonly string[] {
    return []
  }

  /** Taken for the count of a parameter whose saved state has none; null: that cannot be. */
  protected countWhereUnsaved(): number | null {
    return null
  }

  /**
   * Once before the parameters of a group move: gives what computes each one's next value. `moving`: [parameters] of 1 for
   * those that do, null where all do.
   */
  protected abstract begin(
    group: ParamGroup<Options>,
    columns: GroupTensors,
    moving: Tensor | null,
  ): (parameter: Tensor, grad: Tensor, state: ParameterState, index: number) => Tensor

  /** Forgets all gradients, or makes them zeros where setToNone is false. */
  zeroGrad(...rest: Arguments<ZeroOptions, typeof zeroOrder>): void {
    const { setToNone = true } = readArguments<ZeroOptions>({ name: 'zeroGrad', positional: zeroOrder }, rest)
    yesOrNo('setToNone', setToNone)
    for (const parameter of this.paramGroups.flatMap((group) => group.params)) {
      if (setToNone) parameter.grad = null
      else if (parameter.grad) noGrad(() => parameter.grad!.zero_())
    }
  }

  /** Moves every parameter that has a gradient. `closure` computes the loss, and gradients with it; its answer comes back. */
  step<Loss = undefined>(closure?: () => Loss): Loss | undefined {
    const loss = closure ? enableGrad(closure) : undefined
    noGrad(() =>
      withScope(this.#scope, () => {
        for (const member of this.#members) this.#move(member)
      }),
    )
    return loss
  }

  #move({ group, columns }: Member<Options>): void {
    noteGuard(group)
    const steps = columns[stepName]
    const moves = group.params.map((parameter) => parameter.grad !== null)
    if (!moves.includes(true)) return
    const moving =
      steps && moves.includes(false)
        ? tensor(Float32Array.from(moves, Number), { device: steps.device })
        : null
    if (steps) steps.copy_(steps.add(moving ?? 1))
    const next = this.begin(group, columns, moving)
    group.params.forEach((parameter, i) => {
      const { grad } = parameter
      if (grad === null) return
      this.#moved.add(parameter)
      const { maximize } = group as { readonly maximize?: boolean }
      parameter.copy_(next(parameter, maximize ? grad.neg() : grad, this.#stateOf(parameter, group), i))
    })
  }

  // ---- state ----

  #savedOf({ group, columns }: Member<Options>): readonly string[] {
    return [...(columns[stepName] ? [stepName] : []), ...this.savedColumns(group)]
  }

  /** Every parameter once, in order, with the group and the place it has there. */
  #numbered(): Numbered<Options>[] {
    const seen = new Set<Tensor>()
    return this.#members.flatMap((member) =>
      member.group.params.flatMap((parameter, column) => {
        if (seen.has(parameter)) return []
        seen.add(parameter)
        return [{ parameter, member, column }]
      }),
    )
  }

  /** By PyTorch's names. The tensors themselves, but for single numbers, such as `step`, which are copies. Source: torch.optim.Optimizer.state_dict. */
  stateDict(): { state: Record<number, ParameterState>; paramGroups: SavedGroup[] } {
    const numbered = this.#numbered()
    const numbers = new Map(numbered.map(({ parameter }, i) => [parameter, i]))
    const counts: Tensor[] = []
    const state: Record<number, ParameterState> = {}
    numbered.forEach(({ parameter, member, column }, i) => {
      if (!this.#moved.has(parameter)) return
      const numbersOf = this.#savedOf(member).map((name): [string, Tensor] => [
        name,
        member.columns[name]!.select(0, column).clone(),
      ])
      counts.push(...numbersOf.map(([, number]) => number))
      const own = { ...Object.fromEntries(numbersOf), ...this.#states.get(parameter) }
      if (Object.keys(own).length > 0) state[i] = own
    })
    // Together, and now: a captured step would write over what they are counted from.
    realizeNodes(counts.map((count) => count.node))
    const paramGroups = this.paramGroups.map((group): SavedGroup => ({
      ...group.described(),
      lr: group.lr,
      params: group.params.map((parameter) => numbers.get(parameter)!),
    }))
    return { state, paramGroups }
  }

  /**
   * Takes over what stateDict gave, here or in PyTorch: state and options, learning rates among them. Parameters count in
   * order. Errors: an Error where groups or shapes differ; then nothing is changed.
   */
  loadStateDict(saved: OptimizerState): void {
    const groups = this.paramGroups
    if (saved.paramGroups.length !== groups.length)
      misfit(`it has ${saved.paramGroups.length} parameter groups, not ${groups.length}`)
    groups.forEach((group, i) => {
      const { length } = saved.paramGroups[i]!.params
      if (length !== group.params.length)
        misfit(`its parameter group ${i} has ${length} parameters, not ${group.params.length}`)
    })
    const places = new Map<number, Tensor>()
    groups.forEach((group, i) =>
      group.params.forEach((p, j) => places.set(saved.paramGroups[i]!.params[j]!, p)),
    )
    const found = new Map<Tensor, Readonly<Record<string, Tensor | number>>>()
    for (const [number, state] of Object.entries(saved.state)) {
      const parameter = places.get(Number(number))
      if (parameter) found.set(parameter, state)
    }
    const options = groups.map((group, i) => this.#optionsOf(group, saved.paramGroups[i]!))
    this.#restore(found, () =>
      groups.forEach((group, i) => {
        const { lr, initial_lr: initial } = saved.paramGroups[i]!
        Object.assign(group, options[i])
        group.lr = lr
        if (typeof initial === 'number') group.initialLr = initial
        for (const name of scheduledNames) {
          const value = saved.paramGroups[i]![name]
          if (typeof value === 'number') group.scheduled[name] = value
        }
      }),
    )
  }

  /** The options that a saved group has. Errors: those for options out of range. */
  #optionsOf(group: ParamGroup<Options>, saved: SavedGroup): Record<string, unknown> {
    const options = group.settings()
    for (const [key, value] of Object.entries(saved)) {
      const field = toFieldName(key)
      if (field in options && value !== undefined) options[field] = value
    }
    this.check({ ...options, lr: saved.lr } as unknown as Required<Options>)
    return options
  }

  /** A single number of a saved state; null: it is missing. */
  #savedNumber(state: Readonly<Record<string, Tensor | number>>, name: string): Tensor | number | null {
    return state[name] ?? (name === stepName ? this.countWhereUnsaved() : null)
  }

  /** Checks everything, then changes it. */
  #restore(
    found: ReadonlyMap<Tensor, Readonly<Record<string, Tensor | number>>>,
    setOptions: () => void,
  ): void {
    const numbered = this.#numbered()
    const wanted = numbered.flatMap(({ parameter, member }, i) => {
      const state = found.get(parameter)
      if (!state) return []
      const { group } = member
      const values = this.stateNames(group).map((name) => {
        const value = state[name]
        if (!(value instanceof Tensor) || !sameShape(value.shape, parameter.shape)) {
          const got = value instanceof Tensor ? formatShape(value.shape) : 'nothing'
          misfit(`${name} of parameter ${i} should be ${formatShape(parameter.shape)}, got ${got}`)
        }
        return [name, value] as const
      })
      for (const name of this.#savedOf(member)) {
        const number = this.#savedNumber(state, name)
        if (typeof number !== 'number' && !(number instanceof Tensor && number.numel() === 1))
          misfit(`parameter ${i} has no ${name}`)
      }
      return [{ parameter, group, values }]
    })
    setOptions()
    const numberOf = (parameter: Tensor, name: string, { group, columns }: Member<Options>): Tensor => {
      const state = found.get(parameter)
      const first = name === stepName ? 0 : this.firstNumber(group, name)
      return countOf((state && this.#savedNumber(state, name)) ?? first, columns[name]!)
    }
    noGrad(() => {
      this.#moved.clear()
      for (const { parameter, member } of numbered) if (!found.has(parameter)) this.#empty(parameter, member)
      for (const { parameter, group, values } of wanted) {
        this.#moved.add(parameter)
        const own = this.#stateOf(parameter, group)
        for (const [name, value] of values) own[name]!.copy_(value)
      }
      for (const member of this.#members)
        for (const name of this.#savedOf(member))
          member.columns[name]!.copy_(cat(member.group.params.map((p) => numberOf(p, name, member))))
    })
  }

  #empty(parameter: Tensor, { group }: Member<Options>): void {
    for (const [name, value] of Object.entries(this.#states.get(parameter) ?? {}))
      value.fill_(this.firstValue(group, name))
  }

  /** All state as it was before the first step, in the same tensors, as captured steps need. Options and rates stay as they are. */
  reset(): void {
    // Which parameters have moved stays known: a captured step does not tell it again.
    noGrad(() => {
      for (const { parameter, member } of this.#numbered()) this.#empty(parameter, member)
      for (const { group, columns } of this.#members)
        for (const [name, column] of Object.entries(columns))
          column.fill_(name === stepName ? 0 : this.firstNumber(group, name))
    })
  }

  /**
   * State under flat names, for a checkpoint: `exp_avg.3` is the third parameter's, and `step` [parameters] counts all their
   * moves, as other single numbers stand together. What groups there are, and their options, belongs to whoever makes the optimizer.
   */
  checkpoint(): Record<string, Tensor> {
    const tensors: Record<string, Tensor> = {}
    const numbered = this.#numbered()
    numbered.forEach(({ parameter }, i) => {
      if (!this.#moved.has(parameter)) return
      for (const [name, value] of Object.entries(this.#states.get(parameter) ?? {}))
        tensors[`${name}.${i}`] = value
    })
    const names = new Set(this.#members.flatMap((member) => this.#savedOf(member)))
    for (const name of names) tensors[name] = this.#wholeColumn(name, numbered)
    return tensors
  }

  /** Its numbers of all parameters, in order: the column itself where there is one group. */
  #wholeColumn(name: string, numbered: readonly Numbered<Options>[]): Tensor {
    const only = this.#members.length === 1 ? this.#members[0]!.columns[name] : undefined
    if (only?.numel() === numbered.length) return only
    return cat(
      numbered.map(
        ({ parameter, member, column }) =>
          member.columns[name]?.narrow(0, column, 1).clone() ?? parameter.newFull([1], 0, 'float32'),
      ),
    )
  }

  /** Takes over what checkpoint gave. Errors: an Error where something is missing, unknown or of another shape. */
  loadCheckpoint(saved: Readonly<Record<string, Tensor>>): void {
    const numbered = this.#numbered()
    const columns = new Set(this.#members.flatMap((member) => this.#savedOf(member)))
    columns.add(stepName)
    const found = new Map<Tensor, Record<string, Tensor | number>>()
    for (const [key, value] of Object.entries(saved)) {
      if (columns.has(key)) {
        if (value.numel() === numbered.length) continue
        misfit(`${key} should be [${numbered.length}], got ${formatShape(value.shape)}`)
      }
      const [, name = '', number = ''] = /^(.+)\.(\d+)$/.exec(key) ?? []
      const place = numbered[Number(number)]
      if (number === '' || !place || !this.stateNames(place.member.group).includes(name))
        misfit(`${key} is unknown`)
      const state = found.get(place.parameter) ?? {}
      found.set(place.parameter, { ...state, [name]: value })
    }
    numbered.forEach(({ parameter }, i) => {
      const state = found.get(parameter)
      for (const name of columns) if (state && saved[name]) state[name] = saved[name].slice(0, i, i + 1)
    })
    this.#restore(found, () => {})
  }

  // ---- in print ----

  /** As PyTorch prints it. */
  toString(): string {
    const groups = this.paramGroups.map((group, i) => {
      const lines = Object.entries(group.described()).toSorted(([a], [b]) => (a < b ? -1 : 1))
      return `Parameter Group ${i}\n${lines.map(([name, value]) => `    ${name}: ${pythonText(value)}\n`).join('')}`
    })
    return `${this.constructor.name} (\n${groups.join('\n')})`
  }

  [inspect](): string {
    return this.toString()
  }
}

function misfit(why: string): never {
  throw new Error(`The saved optimizer state does not fit: ${why}.`)
}

const defined = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null))

const filledLike = ({ shape, dtype, device }: Tensor, value: number): Tensor =>
  tensor(new Float32Array(numel(shape)).fill(value), { shape, dtype, device })

/** As [1], beside the others. */
const countOf = (step: Tensor | number, beside: Tensor): Tensor =>
  typeof step === 'number' ? beside.newFull([1], step, 'float32') : step.to('float32').reshape([1])
