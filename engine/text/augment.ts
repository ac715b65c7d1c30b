/**
 * Texts changed a little while training, as lists of tokens. Each is a function of the tokens and of a generator, from which
 * alone its chances come. Source: EDA (Wei & Zou 2019, https://arxiv.org/abs/1901.11196).
 */
import type { Generator } from '../data/generator.ts'
import { unknownToken } from './vocabulary.ts'

export type TextAugmentation = (tokens: readonly string[], generator: Generator) => string[]

function requireShare(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} must be from 0 to 1, not ${value}.`)
}

/** Each token becomes `replacement`, `<unk>` by default, with probability p. Errors: RangeError where p is none. */
export function wordDropout(p: number, replacement: string = unknownToken): TextAugmentation {
  requireShare('p', p)
  return (tokens, generator) => tokens.map((token) => (generator.random() < p ? replacement : token))
}

/** Each token goes with probability p; one is always left. Errors: RangeError where p is none. */
export function randomDeletion(p: number): TextAugmentation {
  requireShare('p', p)
  return (tokens, generator) => {
    const kept = tokens.filter(() => generator.random() >= p)
    return kept.length > 0 || tokens.length === 0 ? kept : [tokens[generator.below(tokens.length)]!]
  }
}

/** Two tokens change places, for a share p of the tokens, but at least once where p is not 0. Errors: RangeError where p is none. */
export function randomSwap(p: number): TextAugmentation {
  requireShare('p', p)
  return (tokens, generator) => {
    const out = [...tokens]
    if (out.length < 2 || p === 0) return out
    for (let left = Math.max(1, Math.round(p * out.length)); left > 0; left--) {
      const a = generator.below(out.length)
      // Another one.
      const b = (a + 1 + generator.below(out.length - 1)) % out.length
      const moved = out[a]!
      out[a] = out[b]!
      out[b] = moved
    }
    return out
  }
}

export type Synonyms = ReadonlyMap<string, readonly string[]>

/**
 * Each token that has synonyms becomes one of them with probability p; one of several words becomes several tokens.
 * Errors: RangeError where p is none.
 */
export function synonymReplacement(p: number, synonyms: Synonyms): TextAugmentation {
  requireShare('p', p)
  return (tokens, generator) =>
    tokens.flatMap((token) => {
      const others = synonyms.get(token) ?? []
      if (others.length === 0 || generator.random() >= p) return [token]
      return others[generator.below(others.length)]!.split(/\s+/).filter((word) => word !== '')
    })
}

/**
 * Groups of words that mean the same, one group a line, the words between commas or tabs; empty lines, and those that begin
 * with #, are none. Each stands for every other of its group. Errors: SyntaxError on a line of one word.
 */
export function parseSynonyms(text: string): Synonyms {
  const groups = new Map<string, Set<string>>()
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return
    const words = [...new Set(line.split(/[,\t]/).map((word) => word.trim()))].filter((word) => word !== '')
    if (words.length < 2)
      throw new SyntaxError(
        `Line ${i + 1} of the synonyms has no two words: write those that mean the same between commas.`,
      )
    for (const word of words) {
      const group = groups.get(word) ?? new Set()
      for (const other of words) if (other !== word) group.add(other)
      groups.set(word, group)
    }
  })
  return new Map(Array.from(groups, ([word, group]) => [word, [...group]]))
}

export type CharacterChange = 'swap' | 'delete' | 'insert' | 'substitute'
const changes = ['swap', 'delete', 'insert', 'substitute'] as const satisfies readonly CharacterChange[]

export interface CharacterNoiseOptions {
  /** Which changes there are, each as likely; all by default. */
  readonly kinds?: readonly CharacterChange[]
  /** Tokens of fewer characters stay; 2 by default. */
  readonly minLength?: number
  /** Whether what comes in lies beside the character on a keyboard (QWERTY), where it has one; true by default. */
  readonly keyboard?: boolean
}

const rows = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm']
/** Keys that touch: each row is set off to the right by about half a key. */
const neighbors: ReadonlyMap<string, string> = new Map(
  rows.flatMap((keys, row) =>
    Array.from(keys, (key, i): [string, string] => {
      const near = [
        keys[i - 1],
        keys[i + 1],
        rows[row - 1]?.[i],
        rows[row - 1]?.[i + 1],
        rows[row + 1]?.[i - 1],
        rows[row + 1]?.[i],
      ]
      return [key, near.filter((other) => other !== undefined).join('')]
    }),
  ),
)

function changed(
  chars: readonly string[],
  kind: CharacterChange,
  keyboard: boolean,
  generator: Generator,
): string[] {
  const out = [...chars]
  const at = generator.below(kind === 'swap' ? out.length - 1 : out.length)
  const char = out[at]!
  const near = (keyboard && neighbors.get(char.toLowerCase())) || 'abcdefghijklmnopqrstuvwxyz'
  const drawn = near[generator.below(near.length)]!
  const other = char === char.toLowerCase() ? drawn : drawn.toUpperCase()
  const replacements: Readonly<Record<CharacterChange, [remove: number, ...insert: string[]]>> = {
    swap: [2, out[at + 1]!, char],
    delete: [1],
    insert: [1, char, other],
    substitute: [1, other],
  }
  const [remove, ...insert] = replacements[kind]
  out.splice(at, remove, ...insert)
  return out
}

/** A typing error in each token with probability p: `teh`, `wod`, `woprd`, `eord`. Errors: RangeError on options that make no sense. */
export function characterNoise(p: number, options: CharacterNoiseOptions = {}): TextAugmentation {
  const { kinds = changes, minLength = 2, keyboard = true } = options
  requireShare('p', p)
  if (!Number.isInteger(minLength) || minLength < 2)
    throw new RangeError(`minLength must be a whole number from 2 on, not ${minLength}.`)
  const unknown = kinds.find((kind) => !changes.includes(kind))
  if (unknown !== undefined || kinds.length === 0)
    throw new RangeError(
      `kinds must be some of ${changes.join(', ')}${unknown === undefined ? '' : `, not ${unknown}`}.`,
    )
  return (tokens, generator) =>
    tokens.map((token) => {
      const chars = [...token]
      if (chars.length < minLength || generator.random() >= p) return token
      return changed(chars, kinds[generator.below(kinds.length)]!, keyboard, generator).join('')
    })
}

/** One change after the other, of the same tokens and by the same generator. */
export const compose =
  (...steps: readonly TextAugmentation[]): TextAugmentation =>
  (tokens, generator) =>
    steps.reduce<string[]>((now, step) => step(now, generator), [...tokens])
