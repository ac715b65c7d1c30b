/** How a receipt says that lines of text have their labels. Pure. */
import type { Receipt } from '../../../contract/index.ts'
import type { LabelStyle } from './label-style.ts'

/** As the receipt says; those of versions that looked for no style name none. */
export function styleIn({ delimiter, header, texts }: Receipt): LabelStyle | null {
  const separator = ([' ', '\t', ','] as const).find((one) => one === delimiter)
  if (texts?.keys) return { separator: ' ', header: false, keys: texts.keys }
  return separator === undefined
    ? null
    : {
        separator,
        header,
        ...(texts?.last && { last: true }),
        ...(texts && separator === ',' && { joined: texts.rules ? true : ('counted' as const) }),
      }
}

/** How the lines of the data were written, to be kept with a model; undefined: they are no texts, or nobody knows. */
export const labelStyleOf = (receipt: Receipt): LabelStyle | undefined =>
  receipt.kind === 'text' ? (styleIn(receipt) ?? undefined) : undefined
