/** Cutting texts into tokens as a recipe says, and as a fitted preparation keeps it: everything that a model needs to do it again. */
import { z } from 'zod'
import { text } from '../../../../engine/index.ts'
import {
  complaintAbout,
  DescentError,
  plural,
  schemaOf,
  startsOf,
  valueText,
  wordOptions,
  wordsProblem,
  type encoders,
  type OptionsOf,
  type TokenizerChoice,
} from '../../../contract/index.ts'
import { OutOfTime, within } from '../../inputs/deadline.ts'
import { readRegularFileNow, wholePath } from '../../inputs/regular-file.ts'

type Options = OptionsOf<typeof encoders, 'words'>
const asItIs = wordOptions.form.start

/** How a model cuts its texts. What is absent is as it was before it could be chosen: nothing is done. */
export interface Cutting {
  tokenizer: TokenizerChoice
  form?: Options['form'] | undefined
  lowerCase?: boolean | undefined
  stripAccents?: boolean | undefined
  pattern?: string | undefined
  specials?: string[] | undefined
  /** A tokenizer of parts of words, as tokenizer.json describes it. */
  parts?: Record<string, unknown> | undefined
}

export const cuttingShape = {
  tokenizer: schemaOf(wordOptions.tokenizer) as z.ZodType<TokenizerChoice>,
  form: z.enum(['none', ...text.unicodeForms]).optional(),
  lowerCase: z.boolean().optional(),
  stripAccents: z.boolean().optional(),
  pattern: z.string().optional(),
  specials: z.array(z.string()).optional(),
  parts: z.record(z.string(), z.unknown()).optional(),
}

/** A token, and what of the text it is: they differ where a token is a part of a word. */
export interface Piece {
  readonly token: string
  readonly shown: string
}

interface Cutter {
  readonly pieces: (line: string) => Piece[]
  /** What the tokenizer itself has for what it does not know. */
  readonly unknown?: string
  /** Whose regular expressions it obeys, in words: they may come from others, and run for ever. */
  readonly obeys?: string
}

const ofTokens = (tokenizer: text.Tokenizer): Cutter => ({
  pieces: (line) => tokenizer(line).map((token) => ({ token, shown: token })),
})

/** A description is read once, however often texts are cut. */
const known = new WeakMap<object, text.SubwordTokenizer>()
function subwords(json: Record<string, unknown>): text.SubwordTokenizer {
  const read = known.get(json) ?? text.SubwordTokenizer.fromJSON(json)
  known.set(json, read)
  return read
}

/** Where a description can have expressions of its own. */
const hasExpressions = (json: Record<string, unknown>): boolean =>
  JSON.stringify([json['normalizer'], json['pre_tokenizer']]).includes('"Regex"')

function ofParts(json: Record<string, unknown> | undefined): Cutter {
  if (json === undefined) throw new Error('A tokenizer of parts of words comes with its description.')
  const tokenizer = subwords(json)
  const model = json['model'] as { unk_token?: unknown } | undefined
  return {
    pieces: (line) => {
      const { tokens, offsets } = tokenizer.encode(line, { addSpecialTokens: false })
      return tokens.map((token, i) => ({ token, shown: line.slice(...offsets[i]!) || token }))
    },
    ...(typeof model?.unk_token === 'string' && { unknown: model.unk_token }),
    ...(hasExpressions(json) && { obeys: 'An expression of the tokenizer’s description' }),
  }
}

const cutters: Readonly<Record<TokenizerChoice, (cutting: Cutting) => Cutter>> = {
  basicEnglish: () => ofTokens(text.tokenizers.basicEnglish),
  whitespace: () => ofTokens(text.tokenizers.whitespace),
  words: () => ofTokens(text.tokenizers.words),
  character: () => ofTokens(text.tokenizers.character),
  regex: ({ pattern = wordOptions.pattern.start }) => ({
    ...ofTokens(text.regexTokenizer(pattern)),
    // Ours takes as long as a text is.
    ...(pattern !== wordOptions.pattern.start && { obeys: `The expression ${pattern}` }),
  }),
  bytePair: ({ parts }) => ofParts(parts),
  wordPiece: ({ parts }) => ofParts(parts),
  file: ({ parts }) => ofParts(parts),
}

const escaped = (literal: string): string => literal.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')

/** What is special in a text stands at odd places, what stands between at even ones. The longest special is found first. */
export function aroundSpecialsOf(specials: readonly string[]): (line: string) => string[] {
  if (specials.length === 0) return (line) => [line]
  const ordered = [...specials].sort((a, b) => b.length - a.length)
  const find = new RegExp(`(${ordered.map(escaped).join('|')})`, 'u')
  return (line) => line.split(find)
}

/** Specials are found whole; what stands between them is cut. */
function aroundSpecials(specials: readonly string[], cut: Cutter['pieces']): Cutter['pieces'] {
  if (specials.length === 0) return cut
  const split = aroundSpecialsOf(specials)
  return (line) =>
    split(line).flatMap((part, i, { length }) => {
      if (i % 2 === 1) return [{ token: part, shown: part }]
      // The space before a special is no token.
      const between = i < length - 1 ? part.trimEnd() : part
      return between === '' ? [] : cut(between)
    })
}

export interface TextCutter {
  readonly pieces: (line: string) => Piece[]
  readonly tokens: (line: string) => string[]
  /** Of many texts, faster than one by one. */
  readonly tokensOf: (lines: readonly string[]) => string[][]
  /** Runs what cuts texts of so many characters under one deadline: one for each would cost more than the cutting. */
  readonly together: <T>(characters: number, run: () => T) => T
  /** Tokens that say that something was not known; beside what the vocabulary lacks. */
  readonly unknown: string | undefined
}

/** What an honest expression takes milliseconds for. */
const [deadlineSeconds, deadlineCharacters] = [5, 100_000]

/** Errors: a DescentError where an expression does not come to an end. */
const withDeadline =
  (obeyed: string | undefined): TextCutter['together'] =>
  (characters, run) => {
    if (obeyed === undefined) return run()
    const seconds = deadlineSeconds * Math.max(1, Math.ceil(characters / deadlineCharacters))
    try {
      return within(1000 * seconds, run)
    } catch (error) {
      if (!(error instanceof OutOfTime)) throw error
      throw new DescentError(
        'badData',
        `${obeyed} takes longer than ${plural(seconds, 'second')} for ${plural(characters, 'character')} of text, and was ended: it tries too many ways to find a token. Train with a simpler one.`,
      )
    }
  }

/** Texts in their order, in lists of about so many characters. */
function* chunksOf(lines: readonly string[]): Generator<{ chunk: string[]; characters: number }> {
  let chunk: string[] = []
  let characters = 0
  for (const line of lines) {
    chunk.push(line)
    characters += line.length
    if (characters < deadlineCharacters) continue
    yield { chunk, characters }
    chunk = []
    characters = 0
  }
  if (chunk.length > 0) yield { chunk, characters }
}

/** Errors: its functions throw a DescentError where an expression does not come to an end. */
export function cutterOf(cutting: Cutting): TextCutter {
  const { form = asItIs, lowerCase = false, stripAccents = false, specials = [], tokenizer } = cutting
  const { pieces: cut, unknown, obeys } = cutters[tokenizer](cutting)
  const changes = form !== asItIs || lowerCase || stripAccents
  const normalize = text.normalizer({ form, lowerCase, stripAccents })
  const whole = aroundSpecials(specials, changes ? (line) => cut(normalize(line)) : cut)
  const together = withDeadline(obeys)
  const pieces = (line: string): Piece[] => together(line.length, () => whole(line))
  const tokens = (line: string): string[] => pieces(line).map(({ token }) => token)
  return {
    pieces,
    tokens,
    tokensOf: (lines) =>
      [...chunksOf(lines)].flatMap(({ chunk, characters }) => together(characters, () => chunk.map(tokens))),
    together,
    unknown,
  }
}

/** What of a kept cutting does not go together or cannot be obeyed: the recipe's rules, for what others may have written. */
export function cuttingProblem(
  cutting: Cutting,
): { readonly option: string; readonly message: string } | null {
  const { tokenizer, pattern = wordOptions.pattern.start, specials = [], parts } = cutting
  for (const [option, value] of Object.entries({ pattern, specials })) {
    const message = complaintAbout(wordOptions[option as 'pattern' | 'specials'], value)
    if (message !== null) return { option, message }
  }
  const problem = wordsProblem({
    ...startsOf(wordOptions),
    tokenizer,
    pattern,
    specials,
    file: 'kept',
  })
  if (problem !== null || !(tokenizer in learners)) return problem
  if (parts === undefined)
    return {
      option: 'parts',
      message: 'A tokenizer of parts of words needs its description, and it is missing.',
    }
  try {
    subwords(parts)
    return null
  } catch (error) {
    return {
      option: 'parts',
      message: `The tokenizer cannot be obeyed: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

/** “Byte pairs, NFKC, lower case”. */
export const cuttingText = ({
  tokenizer,
  form,
  lowerCase,
  stripAccents,
  pattern,
  specials,
}: Cutting): string =>
  [
    valueText(wordOptions.tokenizer, tokenizer) + (pattern === undefined ? '' : ` ${pattern}`),
    ...(form === undefined || form === asItIs ? [] : [form]),
    ...(lowerCase ? ['lower case'] : []),
    ...(stripAccents ? ['without accents'] : []),
    ...(specials?.length ? [plural(specials.length, 'special token')] : []),
  ].join(', ')

// ---- fitting ----

const mostTokenizerBytes = 32 * 2 ** 20

/** Errors: a DescentError for a file that is none, or says what cannot be obeyed. */
function readTokenizer(path: string): Record<string, unknown> {
  const refuse = (code: DescentError['code'], message: string) =>
    new DescentError(code, `The tokenizer: ${message}`, 'prepare')
  let bytes: Uint8Array
  try {
    bytes = readRegularFileNow(wholePath(path), { most: mostTokenizerBytes, what: 'a tokenizer.json' })
  } catch (error) {
    throw error instanceof DescentError ? refuse(error.code, error.message) : error
  }
  try {
    const json = text.SubwordTokenizer.parse(new TextDecoder().decode(bytes)).toJSON()
    // How long texts are is the recipe's to say.
    return { ...(json as Record<string, unknown>), truncation: null, padding: null }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw refuse('badData', `${path} cannot be obeyed: ${error.message}`)
  }
}

/** What the engine says of options that make no sense, as a sentence about the recipe. */
function obeying<T>(learn: () => T): T {
  try {
    return learn()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new DescentError('badRecipe', `The tokenizer cannot be learned: ${error.message}`, 'prepare')
  }
}

type Learn = (lines: Iterable<string>, options: Options) => Record<string, unknown> | undefined

const trained = (tokenizer: text.SubwordTokenizer): Record<string, unknown> =>
  tokenizer.toJSON() as Record<string, unknown>
const sizes = ({ maxVocabulary, minCount }: Options) => ({
  vocabSize: maxVocabulary,
  minFrequency: minCount,
})

/** What is learned of the training texts, or read; the plain ones need nothing. */
const learners: Partial<Record<TokenizerChoice, Learn>> = {
  bytePair: (lines, options) => trained(text.trainBytePair(lines, { ...sizes(options), specialTokens: [] })),
  wordPiece: (lines, options) =>
    trained(
      text.trainWordPiece(lines, {
        ...sizes(options),
        specialTokens: [text.unknownToken],
        unknownToken: text.unknownToken,
      }),
    ),
  file: (_, { file }) => readTokenizer(file),
}

/** All tokens of what was learned have a number, seen or not: of a file those that the training texts have. */
const wholeVocabulary: ReadonlySet<TokenizerChoice> = new Set(['bytePair', 'wordPiece'])

export interface FittedCutting {
  readonly cutting: Cutting
  /** Words by their number, the special ones first. */
  readonly vocabulary: string[]
}

const always = [text.unknownToken, text.paddingToken]

export function fitCutting(lines: readonly string[], options: Options): FittedCutting {
  const { tokenizer, form, lowerCase, stripAccents, pattern, specials, minCount, maxVocabulary } = options
  const plain: Cutting = {
    tokenizer,
    ...(form !== asItIs && { form }),
    ...(lowerCase && { lowerCase }),
    ...(stripAccents && { stripAccents }),
    ...(tokenizer === 'regex' && { pattern }),
    ...(specials.length > 0 && { specials: [...specials] }),
  }
  const normalize = text.normalizer({ form, lowerCase, stripAccents })
  // What stands for something is no part of a word.
  const outside = specials.length === 0 ? null : new RegExp(specials.map(escaped).join('|'), 'gu')
  function* cleaned() {
    for (const line of lines) yield normalize(outside === null ? line : line.replaceAll(outside, ' '))
  }
  const parts = obeying(() => learners[tokenizer]?.(cleaned(), options))
  const cutting: Cutting = parts === undefined ? plain : { ...plain, parts }
  const first = [...always, ...specials]
  if (parts !== undefined && wholeVocabulary.has(tokenizer)) {
    const own = subwords(parts)
    const tokens = Array.from({ length: own.size }, (_, id) => own.idToToken(id)!)
    return { cutting, vocabulary: [...new Set([...first, ...tokens])] }
  }
  const { tokensOf } = cutterOf(cutting)
  const vocabulary = text.buildVocabFromIterator(tokensOf(lines), {
    minFreq: minCount,
    maxTokens: maxVocabulary + first.length,
    specials: first,
  })
  return { cutting, vocabulary: [...vocabulary.tokens] }
}
