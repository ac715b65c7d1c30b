/** Labels that one cell lists: with a separator between them, or in brackets, as JSON and Python write lists. */

/** Stands as the separator of lists in brackets: `["red","round"]`, `['red', 'round']`. */
export const inBrackets = '['

const bracketed = /^[[({]([^]*)[\])}]$/
const items = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^,\s][^,]*)/g

function jsonItems(text: string): string[] | null {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value)
      ? value.flatMap((one) => (one === null || typeof one === 'object' ? [] : [String(one)]))
      : null
  } catch {
    return null
  }
}

/** null: the cell is in no brackets. */
function bracketItems(text: string): string[] | null {
  const inner = bracketed.exec(text.trim())?.[1]
  if (inner === undefined) return null
  return (
    jsonItems(text) ??
    [...inner.matchAll(items)].map(([, double, single, bare = '']) =>
      (double ?? single ?? bare).replaceAll(/\\(.)/gs, '$1'),
    )
  )
}

/** Whether a cell is a list in brackets. */
export const isInBrackets = (text: string): boolean => bracketItems(text) !== null

/** The labels of a cell, in its order; a list may be empty. */
export const labelsListed = (text: string, separator: string): string[] =>
  (separator === inBrackets ? (bracketItems(text) ?? [text]) : text.split(separator)).flatMap((part) =>
    part.trim() === '' ? [] : [part.trim()],
  )

/** A cell that lists them. */
export const listLabels = (labels: readonly string[], separator: string): string =>
  separator === inBrackets ? JSON.stringify(labels) : labels.join(separator)

/** “between “;””, for sentences. */
export const separatorInWords = (separator: string): string =>
  separator === inBrackets
    ? 'in brackets'
    : separator === ' '
      ? 'with spaces between them'
      : `with “${separator}” between them`
