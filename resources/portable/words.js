/**
 * Texts as words, as signature.json says they are cut: what comes before, tokenizers, and parts of words (byte pairs and WordPiece, in
 * the format of tokenizer.json). What is not known here is refused by name. words.py does the same as far as Python goes.
 */

const fields = (text) => text.split(/\s+/).filter((one) => one !== '')
const segments = (granularity) => {
  const segmenter = new Intl.Segmenter('und', { granularity })
  return (text) => Array.from(segmenter.segment(text), ({ segment }) => segment)
}
const plain = {
  whitespace: fields,
  basicEnglish: (text) =>
    fields(
      text
        .toLowerCase()
        .replaceAll('"', '')
        .replace(/<br \/>|[;:]/g, ' ')
        .replaceAll("'", " '  ")
        .replace(/[.,()!?]/g, ' $& '),
    ),
  character: segments('grapheme'),
  words: (text) => segments('word')(text).filter((one) => one.trim() !== ''),
}

// ---- parts of words ----

class Unknown extends Error {}
const unknown = (what) => {
  throw new Unknown(what)
}
/** Settings that nobody here obeys, but where they say what is done anyhow. */
function only(record, what, names) {
  for (const name of Object.keys(record)) if (!names.includes(name)) unknown(`${what} with ${name}`)
}
const flag = (record, name, start) => record[name] ?? start

const marks = /\p{M}/gu
const han =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu
const lower = (text) => Array.from(text, (char) => char.toLowerCase()).join('')
const inTurn = (steps) => (text) => steps.reduce((now, step) => step(now), text)

/** By the names of tokenizer.json. Source: BERT's BasicTokenizer. */
function bertNormalizer(record) {
  only(record, 'BertNormalizer', ['type', 'clean_text', 'handle_chinese_chars', 'strip_accents', 'lowercase'])
  const isLower = flag(record, 'lowercase', true)
  return inTurn([
    ...(flag(record, 'clean_text', true)
      ? [(text) => text.replace(/(?![\t\n\r])[\p{C}\ufffd]/gu, '').replace(/\p{White_Space}/gu, ' ')]
      : []),
    ...(flag(record, 'handle_chinese_chars', true) ? [(text) => text.replace(han, ' $& ')] : []),
    ...(flag(record, 'strip_accents', isLower)
      ? [(text) => text.normalize('NFD').replace(/\p{Mn}/gu, '')]
      : []),
    ...(isLower ? [lower] : []),
  ])
}
const forms = ['NFC', 'NFD', 'NFKC', 'NFKD']
const normalizers = {
  ...Object.fromEntries(forms.map((form) => [form, () => (text) => text.normalize(form)])),
  Lowercase: () => lower,
  StripAccents: () => (text) => text.replace(marks, ''),
  BertNormalizer: bertNormalizer,
  Sequence: (record) => inTurn(record.normalizers.map(normalizerOf)),
}
function made(kinds, record, what) {
  if (!Object.hasOwn(kinds, record.type)) unknown(`${what} ${record.type}`)
  return kinds[record.type](record)
}
const normalizerOf = (record) =>
  record === null || record === undefined ? (text) => text : made(normalizers, record, 'the normalizer')

/** Source: bytes_to_unicode and the expression of GPT-2's encoder.py. */
let hidden = 0
const byteCharacters = Array.from({ length: 256 }, (_, byte) =>
  String.fromCharCode(
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae ? byte : 256 + hidden++,
  ),
)
const utf8 = (text) => Array.from(new TextEncoder().encode(text))
const gpt2 =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu

function byteLevel(record) {
  only(record, 'ByteLevel', ['type', 'add_prefix_space', 'trim_offsets', 'use_regex'])
  return (text) => {
    const whole = flag(record, 'add_prefix_space', true) && !text.startsWith(' ') ? ` ${text}` : text
    const cut = flag(record, 'use_regex', true) ? (whole.match(gpt2) ?? []) : [whole]
    return cut.map((one) =>
      utf8(one)
        .map((byte) => byteCharacters[byte])
        .join(''),
    )
  }
}
const taking = (expression) => () => (text) => text.match(expression) ?? []
const preTokenizers = {
  ByteLevel: byteLevel,
  BertPreTokenizer: taking(/[\p{P}$+<=>^`|~]|[^\p{P}$+<=>^`|~\p{White_Space}]+/gu),
  Whitespace: taking(/[\p{L}\p{M}\p{Nd}\p{Pc}]+|[^\p{L}\p{M}\p{Nd}\p{Pc}\p{White_Space}]+/gu),
  WhitespaceSplit: taking(/\P{White_Space}+/gu),
  Sequence: (record) => {
    const steps = record.pretokenizers.map(preTokenizerOf)
    return (text) => steps.reduce((pieces, step) => pieces.flatMap(step), [text])
  },
}
const preTokenizerOf = (record) =>
  record === null || record === undefined
    ? (text) => [text]
    : made(preTokenizers, record, 'the pre-tokenizer')

/** Of a heap, as a list: the first by `before` is taken out. */
function push(heap, one, before) {
  let at = heap.push(one) - 1
  for (let up = (at - 1) >> 1; at > 0 && before(one, heap[up]); at = up, up = (at - 1) >> 1)
    [heap[at], heap[up]] = [heap[up], heap[at]]
}
function pop(heap, before) {
  const [first] = heap
  const last = heap.pop()
  if (heap.length === 0) return first
  heap[0] = last
  for (let at = 0; ;) {
    let best = at
    for (const child of [2 * at + 1, 2 * at + 2])
      if (child < heap.length && before(heap[child], heap[best])) best = child
    if (best === at) return first
    ;[heap[at], heap[best]] = [heap[best], heap[at]]
    at = best
  }
}
const sooner = (a, b) => a.rank < b.rank || (a.rank === b.rank && a.at < b.at)

/** The best merge first, of equals the leftmost, until there is none. */
function joined(symbols, merges) {
  const count = symbols.length
  const next = symbols.map((_, i) => i + 1)
  const before = symbols.map((_, i) => i - 1)
  const heap = []
  const offer = (at) => {
    const other = at < 0 ? count : next[at]
    if (other >= count) return
    const [left, right] = [symbols[at], symbols[other]]
    const merge = merges.get(left)?.get(right)
    if (merge) push(heap, { ...merge, at, left, right }, sooner)
  }
  for (let i = 0; i < count; i++) offer(i)
  while (heap.length > 0) {
    const { at, left, right, whole } = pop(heap, sooner)
    const other = next[at]
    if (symbols[at] !== left || other >= count || symbols[other] !== right) continue
    symbols[at] = whole
    symbols[other] = null
    next[at] = next[other]
    if (next[at] < count) before[next[at]] = at
    offer(before[at])
    offer(at)
  }
  return symbols.filter((one) => one !== null)
}

function bytePair(model) {
  only(model, 'BPE', ['type', 'dropout', 'unk_token', 'continuing_subword_prefix', 'end_of_word_suffix', 'fuse_unk', 'byte_fallback', 'ignore_merges', 'vocab', 'merges']) // prettier-ignore
  if ((model.dropout ?? 0) !== 0) unknown('BPE with dropout')
  const known = new Set(Object.keys(model.vocab))
  const prefix = model.continuing_subword_prefix ?? ''
  const suffix = model.end_of_word_suffix ?? ''
  const none = model.unk_token ?? null
  const merges = new Map()
  model.merges.forEach((pair, rank) => {
    const [a, b] = typeof pair === 'string' ? pair.split(' ') : pair
    const whole = a + (prefix !== '' && b.startsWith(prefix) ? b.slice(prefix.length) : b)
    if (!merges.has(a)) merges.set(a, new Map())
    merges.get(a).set(b, { rank, whole })
  })
  return (piece) => {
    if (model.ignore_merges && known.has(piece)) return [piece]
    const symbols = []
    let from = 0
    for (const char of piece) {
      const to = from + char.length
      const token = `${from > 0 ? prefix : ''}${char}${to === piece.length ? suffix : ''}`
      from = to
      const bytes = utf8(token).map((byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
      if (known.has(token)) symbols.push(token)
      else if (model.byte_fallback && bytes.every((one) => known.has(one))) symbols.push(...bytes)
      else if (none !== null && !(model.fuse_unk && symbols.at(-1) === none)) symbols.push(none)
    }
    return joined(symbols, merges)
  }
}

function wordPiece(model) {
  only(model, 'WordPiece', ['type', 'unk_token', 'continuing_subword_prefix', 'max_input_chars_per_word', 'vocab']) // prettier-ignore
  const known = new Set(Object.keys(model.vocab))
  const prefix = model.continuing_subword_prefix ?? '##'
  const longest = model.max_input_chars_per_word ?? 100
  return (piece) => {
    const chars = Array.from(piece)
    const tokens = []
    if (chars.length > longest) return [model.unk_token]
    for (let at = 0; at < chars.length;) {
      let end = chars.length
      const token = () => (at > 0 ? prefix : '') + chars.slice(at, end).join('')
      while (end > at && !known.has(token())) end--
      if (end === at) return [model.unk_token]
      tokens.push(token())
      at = end
    }
    return tokens
  }
}
const models = { BPE: bytePair, WordPiece: wordPiece }

const escaped = (literal) => literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
/** The longest first. */
const anyOf = (list) =>
  new RegExp(`(${list.toSorted((a, b) => b.length - a.length).map(escaped).join('|')})`, 'u') // prettier-ignore
/** What is found whole, and what `cut` makes of the rest. */
function around(list, cut, take = (one) => [one]) {
  const found = list.filter((one) => one !== '')
  if (found.length === 0) return (text) => (text === '' ? [] : cut(text))
  const expression = anyOf(found)
  return (text) =>
    text.split(expression).flatMap((one, i) => (i % 2 === 1 ? take(one) : one === '' ? [] : cut(one)))
}

function partsOf(parts) {
  only(parts, 'tokenizer.json', ['version', 'truncation', 'padding', 'added_tokens', 'normalizer', 'pre_tokenizer', 'post_processor', 'decoder', 'model']) // prettier-ignore
  if ((parts.truncation ?? null) !== null) unknown('tokenizer.json with truncation')
  const { model, added_tokens: added = [] } = parts
  const normalize = normalizerOf(parts.normalizer)
  const pieces = preTokenizerOf(parts.pre_tokenizer)
  const tokens = made(models, model, 'the model')
  const remembered = new Map()
  // As the tokenizer calls them by their numbers.
  const names = new Map([
    ...Object.entries(model.vocab).map(([token, id]) => [id, token]),
    ...added.map(({ content, id }) => [id, content]),
  ])
  const numbers = new Map([...Object.entries(model.vocab), ...added.map(({ content, id }) => [content, id])])
  for (const one of added)
    for (const name of ['single_word', 'lstrip', 'rstrip'])
      if (one[name]) unknown(`added tokens with ${name}`)
  if (names.size !== numbers.size) unknown('added tokens that share a number')
  const isNormalized = ({ normalized, special = false }) => normalized ?? !special
  const of = (piece) => {
    const known = remembered.get(piece)
    if (known) return known
    const made = piece === '' ? [] : tokens(piece)
    if (remembered.size >= 10_000) remembered.clear()
    if (piece.length <= 64) remembered.set(piece, made)
    return made
  }
  const inner = new Map(added.filter(isNormalized).map(({ content }) => [normalize(content), content]))
  const cut = around([...inner.keys()], (text) => pieces(text).flatMap(of), (one) => [inner.get(one)]) // prettier-ignore
  return around(
    added.filter((one) => !isNormalized(one)).map(({ content }) => content),
    (text) => cut(normalize(text)),
  )
}

// ---- what a column says ----

const withParts = ({ parts }) => (parts ? partsOf(parts) : unknown('parts of words without a description'))
const tokenizers = {
  ...Object.fromEntries(Object.entries(plain).map(([name, cut]) => [name, () => cut])),
  regex: ({ pattern }) => {
    const expression = new RegExp(pattern, 'gu')
    return (text) => (text.match(expression) ?? []).filter((one) => one !== '')
  },
  bytePair: withParts,
  wordPiece: withParts,
  file: withParts,
}
const settings = ['tokenizer', 'length', 'padding', 'form', 'lowerCase', 'stripAccents', 'pattern', 'specials', 'parts'] // prettier-ignore

function cutterOf(reading) {
  const { tokenizer, form = 'none', lowerCase = false, stripAccents = false, specials = [] } = reading
  for (const name of Object.keys(reading)) if (!settings.includes(name)) unknown(`the setting ${name}`)
  if (!Object.hasOwn(tokenizers, tokenizer)) unknown(`a tokenizer called ${tokenizer}`)
  if (form !== 'none' && !forms.includes(form)) unknown(`a Unicode form called ${form}`)
  const cut = tokenizers[tokenizer](reading)
  const normalize = (text) => {
    const cased = lowerCase ? text.toLowerCase() : text
    if (!stripAccents) return form === 'none' ? cased : cased.normalize(form)
    return cased
      .normalize('NFD')
      .replace(/\p{Mn}/gu, '')
      .normalize(form === 'none' ? 'NFC' : form)
  }
  if (specials.length === 0) return (text) => cut(normalize(text))
  const expression = anyOf(specials)
  return (text) =>
    text.split(expression).flatMap((part, i, { length }) => {
      if (i % 2 === 1) return [part]
      // The space before a special is no token.
      const between = i < length - 1 ? part.trimEnd() : part
      return between === '' ? [] : cut(normalize(between))
    })
}

/** A reading is understood once, however many texts there are. */
const understood = new WeakMap()
function cutterFor(reading) {
  const known = understood.get(reading) ?? cutterOf(reading)
  understood.set(reading, known)
  return known
}

/** What of a text's reading is not known here, in words; null: all is. */
export function unreadable(reading) {
  try {
    cutterFor(reading)
    return null
  } catch (error) {
    if (error instanceof Unknown) return error.message
    throw error
  }
}

/** A text as so many words. Errors: an Error that names what is not known here. */
export function wordsOf(text, reading) {
  const what = unreadable(reading)
  if (what !== null) throw new Error(`This reader does not know ${what}.`)
  const words = cutterFor(reading)(text).slice(0, reading.length)
  return [...words, ...new Array(reading.length - words.length).fill(reading.padding)]
}
