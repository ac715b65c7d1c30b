/** The first few of many names. */
export const listed = (names: readonly string[]): string =>
  names.slice(0, 5).join(', ') + (names.length > 5 ? `, … (${names.length} in all)` : '')
