/** Modules that are a function and its options: activations, losses, pooling. The whole class comes from the record. */
import { pythonText } from '../formats/python.ts'
import { toStateName } from '../formats/state-names.ts'
import { Tensor } from '../tensor/tensor.ts'
import { configure, defineModule, type ModuleInfo } from './define.ts'
import { Module } from './module.ts'
import type { After, Lead, OptionDescriptor, OptionTuple, Settled } from './options.ts'
import type { OptionList } from './settle.ts'

/** A module whose options are fields. */
export type Layer<List extends OptionTuple, Inputs extends readonly Tensor[]> = Module<Inputs> & Settled<List>

type LayerClass<List extends OptionTuple, Inputs extends readonly Tensor[]> = new (
  ...args: [...Lead<List>, ...After<List>]
) => Layer<List, Inputs>

interface Described<List extends OptionTuple, Inputs extends readonly Tensor[]> extends Omit<
  ModuleInfo<Layer<List, Inputs>>,
  'samples'
> {
  readonly forward: (options: Settled<List> & { readonly training: boolean }, ...inputs: Inputs) => Tensor
  /** What stands in the brackets when it is printed; nothing by default. */
  readonly prints?: (options: Settled<List>) => string
  readonly samples: (made: LayerClass<List, Inputs>) => ModuleInfo<Layer<List, Inputs>>['samples']
}

/** Makes the class of a layer that has no weights of its own; tensors among the options are its buffers. */
export function defineLayer<
  const List extends OptionTuple,
  const Inputs extends readonly Tensor[] = readonly [input: Tensor],
>(
  list: OptionList<List>,
  { forward, prints, samples, ...info }: Described<List, Inputs>,
): LayerClass<List, Inputs> {
  const Made = class extends Module<Inputs> {
    constructor(...args: readonly unknown[]) {
      super()
      const settled = configure(this, list, args)
      for (const { name, kind } of list.options) {
        const value: unknown = Reflect.get(settled, name)
        if (value instanceof Tensor) this.registerBuffer(name, value)
        else if (kind !== 'fixed') Reflect.set(this, name, value)
      }
    }
    forward(...inputs: Inputs): Tensor {
      return forward(this as unknown as Layer<List, Inputs>, ...inputs)
    }
    override extraRepr(): string {
      return prints?.(this as unknown as Settled<List>) ?? ''
    }
  }
  Object.defineProperty(Made, 'name', { value: list.name })
  // The fields are set from the list, by name.
  const made = Made as unknown as LayerClass<List, Inputs>
  defineModule(made, list, { ...info, samples: samples(made) } as ModuleInfo<Layer<List, Inputs>>)
  return made
}

/** A number as Python prints it: one that is the option's default, as the default is written there. */
function printed({ default: usual, decimal }: OptionDescriptor, value: unknown): string {
  const text = pythonText(value)
  return decimal && value === usual && Number.isInteger(value) ? `${text}.0` : text
}

/** Prints the named options as `name=value`, and `inplace=True` where it is. */
export const naming =
  (list: OptionList, ...names: readonly string[]) =>
  (options: object): string =>
    [
      ...list.options
        .filter(({ name }) => names.includes(name))
        .map((option) => `${toStateName(option.name)}=${printed(option, Reflect.get(options, option.name))}`),
      ...(Reflect.get(options, 'inplace') === true ? ['inplace=True'] : []),
    ].join(', ')
