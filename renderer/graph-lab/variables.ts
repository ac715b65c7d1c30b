/** Values of variables as text and back. */
import type { LabVariable } from '../../electron/contract/index.ts'

export const valueText = (value: LabVariable['value']): string =>
  Array.isArray(value) ? value.join(', ') : String(value)

/** null: neither a number nor numbers with commas between. */
export function readValue(text: string): LabVariable['value'] | null {
  const parts = text
    .trim()
    .replace(/^\[|\]$/g, '')
    .replaceAll('−', '-')
    .split(',')
    .map((part) => part.trim())
  const numbers = parts.map((part) => (part === '' ? NaN : Number(part)))
  if (numbers.length === 0 || numbers.length > 64 || !numbers.every(Number.isFinite)) return null
  return numbers.length === 1 ? numbers[0]! : numbers
}

/** What the names that are free now have: what they had, or 1. Values of names that went are kept for their return. */
export const variablesFor = (
  free: readonly string[],
  known: ReadonlyMap<string, LabVariable['value']>,
): LabVariable[] => free.map((name) => ({ name, value: known.get(name) ?? 1 }))

/** Line and column of a place, from 1. */
export function lineAndColumn(source: string, at: number): { line: number; column: number } {
  const before = source.slice(0, at).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}
