/** What is added around the tokens of one or two texts, by the names of `tokenizer.json`. */
import { byteCharacters } from './bytes.ts'
import { TokenizerRecord } from './record.ts'

/** One token of an encoded text. */
export interface EncodedToken {
  readonly id: number
  readonly token: string
  /** In the text that was given, in code units as `slice` takes them. */
  readonly start: number
  readonly end: number
  /** To which of two texts it belongs, where the model tells them apart. */
  readonly typeId: number
  /** Whether the tokenizer added it. */
  readonly special: boolean
}

export interface PostProcessor {
  /** What is done to each text's tokens, whether or not special tokens are added. */
  readonly trim: (tokens: readonly EncodedToken[]) => readonly EncodedToken[]
  /** One text or two. Nothing where it adds nothing. */
  readonly around?: (texts: readonly (readonly EncodedToken[])[]) => EncodedToken[]
}

const same = (tokens: readonly EncodedToken[]): readonly EncodedToken[] => tokens
const isSpace = (char: string): boolean => char === byteCharacters[0x20] || /\p{White_Space}/u.test(char)

/** Takes the spaces that belong to a token out of its place; but not one that the tokenizer put before the text itself. */
const trimSpaces =
  (isPrefixed: boolean): PostProcessor['trim'] =>
  (tokens) =>
    tokens.map((token, i) => {
      const chars = [...token.token]
      const first = chars.findIndex((char) => !isSpace(char))
      const leading = first < 0 ? chars.length : first
      const trailing = chars.length - 1 - chars.findLastIndex((char) => !isSpace(char))
      const ours = isPrefixed && leading > 0 && (i === 0 || token.start === 0) ? 1 : 0
      const start = Math.min(token.start + leading - ours, token.end)
      return { ...token, start, end: first < 0 ? start : Math.max(token.end - trailing, start) }
    })

const added = (id: number, token: string, typeId = 0): EncodedToken => ({
  id,
  token,
  start: 0,
  end: 0,
  typeId,
  special: true,
})
const typed = (tokens: readonly EncodedToken[], typeId: number): EncodedToken[] =>
  tokens.map((token) => ({ ...token, typeId }))

/** `["[SEP]", 102]`. */
function readPair(record: TokenizerRecord, name: string): readonly [token: string, id: number] {
  const [token, id] = record.list(name)
  if (typeof token !== 'string' || typeof id !== 'number')
    return record.refuse(name, 'a token and its number')
  return [token, id]
}

function bert(record: TokenizerRecord): PostProcessor {
  const [[end, endId], [begin, beginId]] = [readPair(record, 'sep'), readPair(record, 'cls')]
  return {
    trim: same,
    around: ([first, second]) => [
      added(beginId, begin),
      ...typed(first!, 0),
      added(endId, end),
      ...(second ? [...typed(second, 1), added(endId, end, 1)] : []),
    ],
  }
}

function roberta(record: TokenizerRecord): PostProcessor {
  const [[end, endId], [begin, beginId]] = [readPair(record, 'sep'), readPair(record, 'cls')]
  const isPrefixed = record.flag('add_prefix_space', true)
  return {
    trim: record.flag('trim_offsets', true) ? trimSpaces(isPrefixed) : same,
    around: ([first, second]) => [
      added(beginId, begin),
      ...typed(first!, 0),
      added(endId, end),
      ...(second ? [added(endId, end), ...typed(second, 0), added(endId, end)] : []),
    ],
  }
}

type Part = { readonly text: number; readonly typeId: number } | { readonly tokens: readonly EncodedToken[] }

function readSpecials(record: TokenizerRecord): ReadonlyMap<string, readonly EncodedToken[]> {
  const specials = record.entries('special_tokens').map(([name, value]) => {
    const special = new TokenizerRecord(value, `${record.at('special_tokens')}[${JSON.stringify(name)}]`)
    special.value('id')
    const ids = special.list('ids')
    const tokens = special.list('tokens')
    special.finish()
    if (ids.length !== tokens.length) special.refuse('tokens', 'as many as its ids')
    return [name, ids.map((id, i) => added(Number(id), String(tokens[i])))] as const
  })
  return new Map(specials)
}

function template(record: TokenizerRecord): PostProcessor {
  const specials = readSpecials(record)
  const readPart = (part: TokenizerRecord): Part => {
    const sequence = part.optional('Sequence')
    if (sequence) {
      const text = sequence.choice('id', ['A', 'B']) === 'A' ? 0 : 1
      const made = { text, typeId: sequence.whole('type_id', 0) }
      sequence.finish()
      part.finish()
      return made
    }
    const special = part.record('SpecialToken')
    const name = special.string('id')
    const typeId = special.whole('type_id', 0)
    const tokens = specials.get(name) ?? special.refuse('id', 'one of special_tokens')
    special.finish()
    part.finish()
    return { tokens: typed(tokens, typeId) }
  }
  const single = record.records('single').map(readPart)
  const pair = record.records('pair').map(readPart)
  return {
    trim: same,
    around: (texts) =>
      (texts.length === 1 ? single : pair).flatMap((part) =>
        'text' in part ? typed(texts[part.text] ?? [], part.typeId) : part.tokens,
      ),
  }
}

function sequence(record: TokenizerRecord): PostProcessor {
  const steps = record.records('processors').map(readPostProcessor)
  const adding = steps.filter((step) => step.around)
  if (adding.length > 1) record.refuse('processors', 'at most one that adds tokens')
  const trim: PostProcessor['trim'] = (tokens) => steps.reduce((now, step) => step.trim(now), tokens)
  return { trim, ...(adding[0]?.around ? { around: adding[0].around } : {}) }
}

const kinds: Readonly<Record<string, (record: TokenizerRecord) => PostProcessor>> = {
  BertProcessing: bert,
  RobertaProcessing: roberta,
  TemplateProcessing: template,
  ByteLevel(record) {
    const isPrefixed = record.flag('add_prefix_space', true)
    record.value('use_regex')
    return { trim: record.flag('trim_offsets', true) ? trimSpaces(isPrefixed) : same }
  },
  Sequence: sequence,
}

/** Errors: TypeError on what is not known. */
export function readPostProcessor(record: TokenizerRecord): PostProcessor {
  return record.made(kinds, 'post-processor')
}
