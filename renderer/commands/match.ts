/** Fuzzy search: the letters of the query in their order, wherever they stand; the better, the closer to words' beginnings. */

/** Larger is better; null: the label does not have these letters in this order. */
export function score(query: string, label: string): number | null {
  const wanted = plain(query).replaceAll(' ', '')
  if (wanted === '') return 0
  const text = plain(label)
  let best: number | null = null
  for (
    let start = text.indexOf(wanted[0] ?? '');
    start !== -1;
    start = text.indexOf(wanted[0] ?? '', start + 1)
  ) {
    const one = scoreFrom(wanted, text, start)
    if (one !== null && (best === null || one > best)) best = one
  }
  return best === null ? null : best - text.length / 100
}

function scoreFrom(wanted: string, text: string, start: number): number | null {
  let points = 0
  let last = -1
  let from = start
  for (const letter of wanted) {
    const next = text.indexOf(letter, from)
    if (next === -1) return null
    // The beginning of a word is what people type; a run of letters is a word half typed.
    const begins = next === 0 || !isLetter(text[next - 1] ?? '')
    points += begins ? 8 : next === last + 1 && last !== -1 ? 6 : 1
    last = next
    from = next + 1
  }
  return points
}

const isLetter = (text: string): boolean => /[\p{L}\p{N}]/u.test(text)

/** Without accents and case: “résumé” is found by “resume”. */
const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

/** Those that fit, best first; equally good ones stay in their order. An empty query keeps everything as it is. */
export function ranked<T>(query: string, items: readonly T[], words: (item: T) => readonly string[]): T[] {
  if (query.trim() === '') return [...items]
  return items
    .flatMap((item) => {
      const [label = '', ...others] = words(item)
      const scores = [score(query, label), ...others.map((other) => lower(score(query, other)))]
      const found = scores.filter((one) => one !== null)
      return found.length > 0 ? [{ item, score: Math.max(...found) }] : []
    })
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item)
}

/** What is found by its other words comes after what is found by its name. */
const lower = (points: number | null): number | null => (points === null ? null : points - 4)
