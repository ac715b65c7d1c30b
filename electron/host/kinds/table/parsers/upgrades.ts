/** How earlier versions wrote down the style of a column's numbers. This is stored data: the names in here never change. */
import { z } from 'zod'
import type { Numerals } from '../../../../contract/index.ts'

const none = { unit: '', parentheses: false }

/** `plain` 1234.5 · `decimalComma` 1.234,5 · `thousands` 1,234.5: all that there was. */
export const styles = {
  plain: { parser: 'numerals', decimal: '.', grouping: 'none', ...none },
  decimalComma: { parser: 'numerals', decimal: ',', grouping: '.', ...none },
  thousands: { parser: 'numerals', decimal: '.', grouping: ',', ...none },
} as const satisfies Record<string, Numerals>

export const styleSchema = z.enum(['plain', 'decimalComma', 'thousands'])
export type NumberStyle = z.infer<typeof styleSchema>
