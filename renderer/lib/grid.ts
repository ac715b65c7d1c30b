/** Moving through a grid of cells by keyboard: https://www.w3.org/WAI/ARIA/apg/patterns/grid/ */

export interface Place {
  readonly row: number
  readonly column: number
}

export interface Extent {
  readonly rows: number
  readonly columns: number
  /** Rows that are seen at once. */
  readonly page: number
}

const within = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value))

/** Where a key leads; null: nowhere, the key is somebody else's. */
export function movedBy(
  { key, ctrlKey, metaKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey'>,
  { row, column }: Place,
  { rows, columns, page }: Extent,
): Place | null {
  const mod = ctrlKey || metaKey
  const to = (nextRow: number, nextColumn: number): Place => ({
    row: within(nextRow, rows),
    column: within(nextColumn, columns),
  })
  switch (key) {
    case 'ArrowUp':
      return to(mod ? 0 : row - 1, column)
    case 'ArrowDown':
      return to(mod ? rows - 1 : row + 1, column)
    case 'ArrowLeft':
      return to(row, mod ? 0 : column - 1)
    case 'ArrowRight':
      return to(row, mod ? columns - 1 : column + 1)
    case 'PageUp':
      return to(row - page, column)
    case 'PageDown':
      return to(row + page, column)
    case 'Home':
      return to(mod ? 0 : row, 0)
    case 'End':
      return to(mod ? rows - 1 : row, columns - 1)
    default:
      return null
  }
}
