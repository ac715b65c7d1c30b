/** Options of layers as people type them, and back. */
import { startCase } from '../../electron/contract/index.ts'
import type { NodeOption } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'

const words = strings.model.nodeOption

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

/** “out features 64, bias false”. */
export const optionsText = (options: Readonly<Record<string, OptionJson>>): string =>
  Object.entries(options)
    .map(([name, value]) => `${optionLabel(name).toLowerCase()} ${optionText(value)}`)
    .join(', ')

/** What stands where nothing is typed. */
export const defaultText = ({ like, default: usual }: NodeOption): string =>
  like === undefined ? optionText(usual) : words.as(optionLabel(like).toLowerCase())

type Read = { readonly value: OptionJson | undefined } | { readonly problem: string }

const isWhole = ({ kind }: NodeOption): boolean => kind !== 'number'
const isList = ({ kind }: NodeOption): boolean => kind === 'extents' || kind === 'shape' || kind === 'sides'

function complaintAboutNumber(option: NodeOption, value: number): string | null {
  const { least, most } = option
  if (!Number.isFinite(value)) return isList(option) ? words.enterList : words.enterNumber
  if (isWhole(option) && !Number.isInteger(value)) return words.enterWhole
  if (least !== undefined && value < least) return words.atLeast(least)
  return most !== undefined && value > most ? words.atMost(most) : null
}

const numberOf = (text: string): number => (text === '' ? NaN : Number(text.replace('−', '-')))

/** An empty text is the default, or null where there is none. */
export function readOption(option: NodeOption, typed: string): Read {
  const text = typed.trim()
  const { required, nullable, words: allowed = [], count } = option
  if (text === '' && !required) return { value: undefined }
  if (text === nothing && nullable) return { value: null }
  if (option.kind === 'text') return { value: text }
  if (allowed.includes(text)) return { value: text }
  const parts = isList(option) ? text.split(/[\s,;×]+/).filter((part) => part !== '') : [text]
  const values = parts.map((part) => (part === nothing && nullable ? null : numberOf(part)))
  const problem = values.map((value) => value !== null && complaintAboutNumber(option, value)).find(Boolean)
  if (problem) return { problem }
  if (values.length === 0) return { problem: words.enterNumber }
  if (count !== undefined && values.length !== 1 && values.length !== count)
    return { problem: words.enterSome(count) }
  return { value: values.length === 1 && option.kind !== 'shape' ? values[0]! : values }
}
