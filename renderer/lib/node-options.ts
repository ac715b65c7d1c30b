/** Options of layers as people type them, and back. */
import { startCase } from '../../electron/contract/index.ts'
import type { NodeOption } from '../../electron/contract/index.ts'

export type OptionJson = NonNullable<NodeOption['default']> | null

/** `outFeatures` → `Out features`. */
export const optionLabel = (name: string): string =>
  startCase(name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase())

/** As null is typed. */
const nothing = 'none'

/** “3”, “3, 5”, “same”, “none”. */
export const optionText = (value: OptionJson | undefined): string => {
  if (value === undefined) return ''
  if (value === null) return nothing
  return Array.isArray(value) ? value.map(optionText).join(', ') : String(value)
}

/** What stands where nothing is typed. */
export const defaultText = ({ like, default: usual }: NodeOption): string =>
  like === undefined ? optionText(usual) : `as ${optionLabel(like).toLowerCase()}`

type Read = { readonly value: OptionJson | undefined } | { readonly problem: string }

const isWhole = ({ kind }: NodeOption): boolean => kind !== 'number'
const isList = ({ kind }: NodeOption): boolean => kind === 'extents' || kind === 'shape' || kind === 'sides'

function complaintAboutNumber(option: NodeOption, value: number): string | null {
  const { least, most } = option
  if (!Number.isFinite(value))
    return isList(option) ? 'Enter numbers with commas between.' : 'Enter a number.'
  if (isWhole(option) && !Number.isInteger(value)) return 'Enter a whole number.'
  if (least !== undefined && value < least) return `At least ${least}.`
  return most !== undefined && value > most ? `At most ${most}.` : null
}

const numberOf = (text: string): number => (text === '' ? NaN : Number(text.replace('−', '-')))

/** An empty text is the default, or null where there is none. */
export function readOption(option: NodeOption, typed: string): Read {
  const text = typed.trim()
  const { required, nullable, words = [], count } = option
  if (text === '' && !required) return { value: undefined }
  if (text === nothing && nullable) return { value: null }
  if (words.includes(text)) return { value: text }
  const parts = isList(option) ? text.split(/[\s,;×]+/).filter((part) => part !== '') : [text]
  const values = parts.map((part) => (part === nothing && nullable ? null : numberOf(part)))
  const problem = values.map((value) => value !== null && complaintAboutNumber(option, value)).find(Boolean)
  if (problem) return { problem }
  if (values.length === 0) return { problem: 'Enter a number.' }
  if (count !== undefined && values.length !== 1 && values.length !== count)
    return { problem: `Enter 1 or ${count} numbers.` }
  return { value: values.length === 1 && option.kind !== 'shape' ? values[0]! : values }
}
