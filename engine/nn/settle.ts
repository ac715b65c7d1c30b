/** Arguments held against the list of a layer's options. */
import { readArguments, refuseSurplus, wholeNumber, type Signature } from '../tensor/arguments.ts'
import { Tensor } from '../tensor/tensor.ts'
import { numberWithin, oneOf, pair, yesOrNo } from './checks.ts'
import type { OptionDescriptor, OptionTuple, Settled } from './options.ts'

/** A layer's name, with its options in PyTorch's order. */
export interface OptionList<List extends OptionTuple = OptionTuple> {
  readonly name: string
  readonly options: List
  /** How many have to be given. */
  readonly required: number
  /** Of the others. */
  readonly signature: Signature<Record<string, unknown>>
}

export const isOptional = (option: OptionDescriptor): boolean => 'default' in option || 'like' in option

/** A layer’s options as a list, from which its arguments, checks and pages come. */
export function optionList<const List extends OptionTuple>(name: string, ...options: List): OptionList<List> {
  const rest = options.filter(isOptional)
  const names = (some: readonly OptionDescriptor[]): string[] => some.map((option) => option.name)
  return {
    name,
    options,
    required: options.length - rest.length,
    signature: {
      name,
      positional: names(rest.filter(({ byName = false }) => !byName)),
      named: names(rest.filter(({ byName = false }) => byName)),
      nullable: names(rest.filter(({ nullable = false }) => nullable)),
    },
  }
}

/**
 * Every option of the list, given or by default.
 * Errors: a TypeError for surplus or unknown arguments, a RangeError that names the option for a value that is none.
 */
export function settle<List extends OptionTuple>(
  { name, options, required, signature }: OptionList<List>,
  values: readonly unknown[],
): Settled<List> {
  if (signature.positional.length === 0 && (signature.named ?? []).length === 0)
    refuseSurplus(name, required, values)
  const given = readArguments<Record<string, unknown>>(signature, values.slice(required))
  const settled: Record<string, unknown> = {}
  options.forEach((option, i) => {
    const value = i < required ? values[i] : given[option.name]
    const usual = option.like === undefined ? option.default : settled[option.like]
    if (value === undefined && isOptional(option)) settled[option.name] = usual
    else settled[option.name] = checked(name, option, value, usual)
  })
  // One key for each of the list, each with a value of its kind.
  return settled as Settled<List>
}

function checked(layer: string, option: OptionDescriptor, value: unknown, usual: unknown): unknown {
  const { name } = option
  if (value === null && option.nullable) return null
  switch (option.kind) {
    case 'whole':
      return wholeNumber(name, value, option.least)
    case 'index':
      if (Number.isInteger(value)) return value
      throw new RangeError(`${name} must be a whole number, not ${String(value)}.`)
    case 'number':
      return numberWithin(name, value, option.least ?? -Infinity, option.most)
    case 'flag':
      return yesOrNo(name, value)
    case 'choice':
      return option.orFunction && typeof value === 'function' ? value : oneOf(name, value, option.choices)
    case 'extents':
      return checkedExtents(option, value)
    case 'shape':
      return checkedShape(option, value)
    case 'sides': {
      const list: readonly unknown[] = Array.isArray(value) ? value : [value]
      if ((list.length === 1 || list.length === option.count) && list.every(Number.isInteger)) return value
      throw new RangeError(
        `${name} must be a whole number, or ${option.count} of them, not ${list.map(String).join(' × ')}.`,
      )
    }
    case 'text':
      if (typeof value === 'string') return value
      throw new TypeError(`${layer}: ${name} must be text, not ${typeof value}.`)
    case 'tensor':
      if (value instanceof Tensor) return value
      throw new TypeError(`${layer}: ${name} must be a tensor, not ${typeof value}.`)
    case 'fixed':
      if (value === usual) return value
      throw new RangeError(
        `${layer} cannot have ${name} ${String(value)} here yet: leave it at ${String(usual)}.`,
      )
    case 'module':
    case 'device':
      return value
  }
}

function checkedExtents(
  { name, count, least, words, orKept }: Extract<OptionDescriptor, { kind: 'extents' }>,
  value: unknown,
): unknown {
  if (typeof value === 'string' && words) {
    if (words.includes(value)) return value
    const choices = words.map((word) => `'${word}'`).join(' or ')
    throw new RangeError(`${name} must be numbers, ${choices}, not '${value}'.`)
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const each = orKept ? list.map((n) => (n === null ? least : n)) : list
  if (count === 2) pair(name, (each.length === 1 ? each[0] : each) as number, least)
  else if (
    (each.length !== 1 && each.length !== count) ||
    !each.every((n) => Number.isInteger(n) && (n as number) >= least)
  ) {
    const several = count === 1 ? '' : `, or ${count} of them`
    throw new RangeError(
      `${name} must be a whole number of at least ${least}${several}, not ${each.map(String).join(' × ')}.`,
    )
  }
  return value
}

function checkedShape(
  { name, orRest }: Extract<OptionDescriptor, { kind: 'shape' }>,
  value: unknown,
): unknown {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0) throw new RangeError(`${name} needs at least one extent.`)
  const rest = orRest ? list.indexOf(-1) : -1
  list.forEach((extent, i) => i !== rest && wholeNumber(name, extent, 1))
  return value
}
