/**
 * How much longer than what they are given texts may become, and how long it may take: whoever types an expression, or gets
 * a recipe from somebody, is not to fill the machine's memory with one.
 */
import { formatCount, isObject } from '../../../../contract/index.ts'

/** What a text that is padded or formatted may be wide. */
export const mostWidth = 1000
/** So many times as long as what it is made of may a text become. */
export const mostGrowth = 1000
/** What a cell that is computed may hold. */
export const longestText = 10_000
/** So many characters of each are compared by functions that take the product of both lengths. */
export const mostCompared = 1000

/** Those whose time is the product of what they are given. */
export const comparing: ReadonlySet<string> = new Set([
  'levenshtein',
  'editdist3',
  'damerau_levenshtein',
  'jaro_similarity',
  'jaro_winkler_similarity',
])

/** What a node says that is written out; null: it is computed. */
function written(node: unknown): string | number | null {
  const value = isObject(node) && node.class === 'CONSTANT' && isObject(node.value) ? node.value.value : null
  return typeof value === 'string' || typeof value === 'number' ? value : null
}

const lengthOf = (node: unknown): number => {
  const text = written(node)
  // What is computed is taken for a few words.
  return text === null ? 100 : String(text).length
}

interface Growth {
  /** So many times as long may the text become. */
  readonly by: number
  /** What cannot be, in words; absent: nothing. */
  readonly refused?: string
}

const tooWide = `A text is padded and formatted to at most ${formatCount(mostWidth)} characters, written as a number`

function padded([, width]: readonly unknown[]): Growth {
  const wide = written(width)
  return typeof wide === 'number' && wide <= mostWidth ? { by: 1 } : { by: 1, refused: tooWide }
}

const formatted =
  (sign: '{' | '%') =>
  ([form]: readonly unknown[]): Growth => {
    const text = written(form)
    if (typeof text !== 'string')
      return { by: 1, refused: 'The form of a text is written out, in single quotes' }
    const plain = text.replaceAll(sign + sign, '')
    // Widths of their own, {:{}} and %*d, come out of cells.
    const ofCells = sign === '{' ? /\{[^}]*\{/ : /%[^%a-z]*\*/i
    const specs = plain.match(sign === '{' ? /\{[^}]*\}?/g : /%[-+ #0-9.$,_']*/g) ?? []
    const wide = specs
      .flatMap((spec) => spec.match(/\d+/g) ?? [])
      .some((digits) => Number(digits) > mostWidth)
    return { by: Math.max(1, specs.length), ...((wide || ofCells.test(plain)) && { refused: tooWide }) }
  }

const growths: Readonly<Record<string, (args: readonly unknown[]) => Growth>> = {
  lpad: padded,
  rpad: padded,
  format: formatted('{'),
  printf: formatted('%'),
  replace: ([, from, to]) => {
    const shortest = typeof written(from) === 'string' ? Math.max(1, lengthOf(from)) : 1
    return { by: Math.max(1, lengthOf(to) / shortest) }
  },
  regexp_replace: ([, , to]) => ({ by: Math.max(1, lengthOf(to)) }),
  array_to_string: ([, between]) => ({ by: 1 + lengthOf(between) }),
}

export const growthOf = (name: string, args: readonly unknown[]): Growth =>
  (Object.hasOwn(growths, name) ? growths[name] : undefined)?.(args) ?? { by: 1 }
