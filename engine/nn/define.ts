/**
 * A module is one record, beside its class: its options (options.ts), how PyTorch's source and ONNX spell it, and samples by
 * which it is held to PyTorch. Its shape rule is forward itself, of tensors that are never computed (graph/shapes.ts); its
 * multiply-adds are those of the ops that this shows.
 */
import type { SampleInput } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { OnnxRule } from './onnx.ts'
import type { AnyModule, Module } from './module.ts'
import type { OptionTuple, Settled } from './options.ts'
import { settle, type OptionList } from './settle.ts'

export interface ModuleSample<M> {
  readonly make: () => M
  readonly inputs: readonly SampleInput[]
  /** How it is called where inputs are not simply handed over: here, and in Python of m and x0, x1, … */
  readonly call?: { readonly ours: (module: M, x: readonly Tensor[]) => unknown; readonly python: string }
  /** It stands where there is no slope, or draws at random while training: then this is left out. */
  readonly without?: readonly ('training' | 'slopes' | 'onnx')[]
}

export interface ModuleInfo<M> {
  /** As in the headings of PyTorch's list of modules. */
  readonly family: string
  /** A sentence for whoever chooses. */
  readonly help: string
  /** Where PyTorch has none: the source of its class in Python. */
  readonly python?: string
  /** Its nodes, or why it has none. */
  readonly onnx: OnnxRule<M> | { readonly absent: string }
  readonly samples: readonly ModuleSample<M>[]
}

export interface ModuleRecord<M = AnyModule> extends ModuleInfo<M> {
  readonly name: string
  readonly type: abstract new (...args: never) => M
  readonly list: OptionList
}

const registry = new Map<unknown, ModuleRecord>()

/**
 * The records of all layers and losses, by class: their options, samples and names in PyTorch and ONNX, for forms, exports, tests and
 * documentation.
 */
export const allModules = (): readonly ModuleRecord[] => [...registry.values()]

export function defineModule<M extends AnyModule>(
  type: abstract new (...args: never) => M,
  list: OptionList,
  info: ModuleInfo<M>,
): void {
  if (registry.has(type)) throw new Error(`Module ${list.name} is defined twice`)
  // A record is only ever asked about modules of its own class.
  registry.set(type, { ...info, name: list.name, type, list } as unknown as ModuleRecord)
}

/** The record of a module's class. Errors: an Error for a class that has none, such as a container or one's own. */
export function recordOf(module: AnyModule): ModuleRecord {
  const record = registry.get(module.constructor)
  if (!record) throw new Error(`${module.constructor.name} has no record.`)
  return record
}

const made = new WeakMap<object, Readonly<Record<string, unknown>>>()

/** The options of a module that is being made, each checked, which are kept for its record. Errors: as settle. */
export function configure<List extends OptionTuple>(
  module: Module<never, unknown>,
  list: OptionList<List>,
  values: readonly unknown[],
): Settled<List> {
  const settled = settle(list, values)
  made.set(module, settled)
  return settled
}

/** For a copy of a module. */
export function copyOptions(from: object, to: object): void {
  const options = made.get(from)
  if (options) made.set(to, options)
}

/** With what options a module was made, by name: those given, and the defaults of the others; none of a module without a record. */
export const optionsOf = (module: object): Readonly<Record<string, unknown>> => made.get(module) ?? {}
