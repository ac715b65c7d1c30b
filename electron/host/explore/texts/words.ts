/** Texts cut for counting, whatever they will be cut by for a network. */

/** Letters and digits that stand together; of scripts without spaces two neighboring signs, which is nearly a word. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu)) {
    if (!unspaced.test(word)) {
      words.push(word)
      continue
    }
    const signs = [...word]
    if (signs.length === 1) words.push(word)
    for (let i = 0; i + 1 < signs.length; i++) words.push(signs[i]! + signs[i + 1]!)
  }
  return words
}

const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

const scripts = [
  ['Latin', /\p{Script=Latin}/gu],
  ['Chinese characters', /\p{Script=Han}/gu],
  ['Japanese kana', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['Hangul', /\p{Script=Hangul}/gu],
  ['Cyrillic', /\p{Script=Cyrillic}/gu],
  ['Arabic', /\p{Script=Arabic}/gu],
  ['Hebrew', /\p{Script=Hebrew}/gu],
  ['Greek', /\p{Script=Greek}/gu],
  ['Devanagari', /\p{Script=Devanagari}/gu],
  ['Thai', /\p{Script=Thai}/gu],
] as const
const letters = /\p{L}/gu
const other = 'Other'

/** Letters by script. */
export function scriptsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  let all = text.match(letters)?.length ?? 0
  for (const [name, pattern] of scripts) {
    if (all <= 0) break
    const count = text.match(pattern)?.length ?? 0
    if (count > 0) counts.set(name, count)
    all -= count
  }
  if (all > 0) counts.set(other, all)
  return counts
}
