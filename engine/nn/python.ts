/** A module as a line of PyTorch's source. */
import { pythonText } from '../formats/python.ts'
import { toStateName } from '../formats/state-names.ts'
import { Tensor } from '../tensor/tensor.ts'
import { optionsOf, recordOf } from './define.ts'
import { Module, type AnyModule } from './module.ts'
import type { OptionDescriptor } from './options.ts'
import { isOptional } from './settle.ts'

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

function literal(option: OptionDescriptor, value: unknown): string {
  if (value instanceof Module) return pythonOf(value)
  // Its values are state, as those of parameters are.
  if (value instanceof Tensor) return `torch.ones(${pythonText(value.shape)})`
  if (typeof value === 'function')
    throw new Error(`${option.name} is a function of one’s own, which PyTorch's source cannot spell.`)
  return typeof value === 'string' ? `'${value}'` : pythonText(value)
}

/**
 * The constructor's call, such as `nn.Conv2d(1, 6, kernel_size=5, padding=2)`, with what differs from the defaults.
 * Errors: an Error for a module without a record, and for a function among the options.
 */
export function pythonOf(module: AnyModule): string {
  const { name, list, python } = recordOf(module)
  const options = optionsOf(module)
  const given = list.options.flatMap((option): string[] => {
    const value = options[option.name]
    const usual = option.like === undefined ? option.default : options[option.like]
    if (option.kind === 'device' || (isOptional(option) && same(value, usual))) return []
    const text = literal(option, value)
    const isNamed = isOptional(option) || option.spelled
    return [isNamed ? `${toStateName(option.name)}=${text}` : text]
  })
  return `${python === undefined ? 'nn.' : ''}${name}(${given.join(', ')})`
}
