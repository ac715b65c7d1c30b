/** Corruptions of one text. `hit`: whether something happens here, drawn with the level. */

type Hit = () => boolean

const words = /\S+/gu

/** A letter is left out, doubled, exchanged with the next one, or another letter of the text stands for it. */
export function withTypos(text: string, hit: Hit, random: () => number): string {
  const signs = [...text]
  const letters = signs.filter((sign) => /\p{L}/u.test(sign))
  let into = ''
  for (let i = 0; i < signs.length; i++) {
    const sign = signs[i]!
    if (!/\p{L}/u.test(sign) || !hit()) {
      into += sign
      continue
    }
    const way = Math.floor(random() * 4)
    const other = letters[Math.floor(random() * letters.length)]!
    const next = signs[i + 1]
    if (way === 0) continue
    if (way === 1) into += sign + sign
    else if (way === 2 && next !== undefined && /\p{L}/u.test(next)) {
      into += next + sign
      i++
    } else into += other
  }
  // A text of which nothing is left would be a missing one.
  return into.trim() === '' ? text : into
}

export const otherCase = (text: string, hit: Hit): string =>
  text.replaceAll(words, (word) => {
    if (!hit()) return word
    const upper = word.toUpperCase()
    return upper === word ? word.toLowerCase() : upper
  })

export function withoutWords(text: string, hit: Hit): string {
  const all = text.match(words) ?? []
  const kept = all.filter(() => !hit())
  return (kept.length > 0 ? kept : all.slice(0, 1)).join(' ')
}
