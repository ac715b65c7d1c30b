/** The order of categories that name none. */

/** Numbers, also those in words such as “2 rooms”, by their size; else by code unit: the same on every machine. */
function numberIn(text: string): number {
  // A hyphen behind a letter or a digit, as in grade-2 or 10-19, is no minus.
  const found = /(?:(?<![\p{L}\d])-)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?/u.exec(text)
  return Number(found?.[0].replaceAll(',', '') ?? NaN)
}
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
/** By number only where all have one: an order of some by number and others by text would contradict itself. */
export function sortedBySize(names: readonly string[]): string[] {
  const sizes = new Map(names.map((name) => [name, numberIn(name)]))
  if ([...sizes.values()].some(Number.isNaN)) return names.toSorted(byText)
  return names.toSorted((a, b) => sizes.get(a)! - sizes.get(b)! || byText(a, b))
}
