/** What a caller sent, made fit to be part of a sentence. */
export function shown(text: string, limit = 100): string {
  // Characters are counted, not UTF-16 units; four units are more than a character has.
  const start = text
    .slice(0, 4 * limit)
    .toWellFormed()
    .replace(/[\t-\r]+/g, ' ')
    .replace(/\p{Cc}/gu, '�')
  const characters = [...start]
  return characters.length > limit || text.length > 4 * limit
    ? `${characters.slice(0, limit).join('')}…`
    : start
}
