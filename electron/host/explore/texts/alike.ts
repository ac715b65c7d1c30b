/** Texts that are nearly the same: by the words that they share, found by MinHash (Broder 1997) and then counted. */
import { wordsOf } from './words.ts'

/** From so large a share of common word pairs on (Jaccard), texts are nearly the same. */
const alikeFrom = 0.8
const bands = 10
const rowsOfBand = 3
/** Texts of so few words share their pairs by chance: only equal ones count. */
const fewestWords = 5
/** Texts of one bucket that are compared with each other. */
const mostOfBucket = 50

const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value ^ (value >>> 15)
}
const mixed = (value: number, salt: number): number => {
  const mix = Math.imul(value ^ Math.imul(salt + 1, 0x9e3779b1), 0x85ebca6b)
  return (mix ^ (mix >>> 13)) >>> 0
}

/** Words and neighboring pairs of them, as numbers. */
const pairsOf = (words: readonly string[]): Set<number> =>
  new Set(words.map((word, i) => hash(i === 0 ? ` ${word}` : `${words[i - 1]} ${word}`)))

function share(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let common = 0
  for (const one of a) if (b.has(one)) common++
  return common / Math.max(1, a.size + b.size - common)
}

/** Of each text the first that is as good as the same; its own place where there is none before it. */
export function alikeTexts(texts: readonly string[]): Int32Array {
  const words = texts.map(wordsOf)
  const sets = words.map(pairsOf)
  const parent = Int32Array.from(texts.keys())
  const rootOf = (at: number): number => {
    let root = at
    while (parent[root] !== root) root = parent[root] = parent[parent[root]!]!
    return root
  }
  const join = (a: number, b: number): void => {
    const [one, two] = [rootOf(a), rootOf(b)]
    parent[Math.max(one, two)] = Math.min(one, two)
  }
  const equal = new Map<string, number>()
  words.forEach((list, at) => {
    const key = list.length === 0 ? texts[at]!.trim() : list.join(' ')
    const first = equal.get(key)
    if (first === undefined) equal.set(key, at)
    else join(first, at)
  })
  const compared = [...equal.values()].filter((at) => words[at]!.length >= fewestWords)
  for (let band = 0; band < bands; band++) {
    const buckets = new Map<string, number[]>()
    for (const at of compared) {
      const signature = Array.from({ length: rowsOfBand }, (_, row) => {
        let least = 0xffffffff
        for (const pair of sets[at]!) least = Math.min(least, mixed(pair, band * rowsOfBand + row))
        return least
      })
      const key = signature.join()
      const bucket = buckets.get(key) ?? []
      if (bucket.length < mostOfBucket) bucket.push(at)
      buckets.set(key, bucket)
    }
    for (const bucket of buckets.values())
      for (let i = 1; i < bucket.length; i++)
        for (let j = 0; j < i; j++)
          if (
            rootOf(bucket[i]!) !== rootOf(bucket[j]!) &&
            share(sets[bucket[i]!]!, sets[bucket[j]!]!) >= alikeFrom
          )
            join(bucket[i]!, bucket[j]!)
  }
  return Int32Array.from(texts.keys(), rootOf)
}
