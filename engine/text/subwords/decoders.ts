/** Tokens → text again, by the names of `tokenizer.json`: what each token adds. */
import { characterBytes, fromExactUtf8, fromUtf8, utf8 } from './bytes.ts'
import { metaspaceOf } from './pre-tokenizers.ts'
import type { TokenizerRecord } from './record.ts'

/** What stands in the text for each token. */
export type Decoder = (tokens: readonly string[]) => string[]

/** Spaces that English has none of before its signs. */
const cleanUp = (text: string): string =>
  [
    [' .', '.'],
    [' ?', '?'],
    [' !', '!'],
    [' ,', ','],
    [" ' ", "'"],
    [" n't", "n't"],
    [" 'm", "'m"],
    [' do not', " don't"],
    [" 's", "'s"],
    [" 've", "'ve"],
    [" 're", "'re"],
  ].reduce((now, [from, to]) => now.replaceAll(from!, to!), text)

function tokenBytes(token: string): readonly number[] {
  const bytes = Array.from(token, (char) => characterBytes.get(char))
  // A token that was added is written as it is.
  return bytes.every((byte) => byte !== undefined) ? bytes : [...utf8(token)]
}

const byteLevel: Decoder = (tokens) => [fromUtf8(tokens.flatMap(tokenBytes))]

const byteOf = (token: string): number | undefined =>
  /^<0x[0-9A-Fa-f]{2}>$/.test(token) ? Number(token.slice(1, -1)) : undefined

/** Bytes that are no text together become U+FFFD each. */
const byteFallback: Decoder = (tokens) => {
  const out: string[] = []
  let run: number[] = []
  const flush = (): void => {
    if (run.length === 0) return
    const text = fromExactUtf8(run)
    out.push(...(text === undefined ? run.map(() => '\ufffd') : [text]))
    run = []
  }
  for (const token of tokens) {
    const byte = byteOf(token)
    if (byte !== undefined) run.push(byte)
    else {
      flush()
      out.push(token)
    }
  }
  flush()
  return out
}

function wordPiece(record: TokenizerRecord): Decoder {
  const prefix = record.string('prefix', '##')
  const isCleaned = record.flag('cleanup', true)
  return (tokens) =>
    tokens.map((token, i) => {
      const glued = token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`
      const text = i === 0 ? token : glued
      return isCleaned ? cleanUp(text) : text
    })
}

function metaspace(record: TokenizerRecord): Decoder {
  const { sign, scheme } = metaspaceOf(record)
  record.flag('split', true)
  return (tokens) =>
    tokens.map((token, i) => token.replaceAll(sign, i === 0 && scheme !== 'never' ? '' : ' '))
}

/** Takes the content off, so many times at most at the beginning and at the end. */
function strip(record: TokenizerRecord): Decoder {
  const content = record.string('content')
  if (content === '') record.refuse('content', 'a character')
  const [start, stop] = [record.whole('start'), record.whole('stop')]
  return (tokens) =>
    tokens.map((token) => {
      let [from, to] = [0, token.length]
      for (let i = 0; i < start && token.startsWith(content, from); i++) from += content.length
      for (let i = 0; i < stop && to - content.length >= from && token.endsWith(content, to); i++)
        to -= content.length
      return token.slice(from, to)
    })
}

const kinds: Readonly<Record<string, (record: TokenizerRecord) => Decoder>> = {
  ByteLevel(record) {
    // Settings of encoding, which are written here, too.
    for (const name of ['add_prefix_space', 'trim_offsets', 'use_regex']) record.value(name)
    return byteLevel
  },
  WordPiece: wordPiece,
  Metaspace: metaspace,
  BPEDecoder(record) {
    const suffix = record.string('suffix', '</w>')
    return (tokens) => tokens.map((token, i) => token.replaceAll(suffix, i === tokens.length - 1 ? '' : ' '))
  },
  ByteFallback: () => byteFallback,
  Fuse: () => (tokens) => [tokens.join('')],
  Strip: strip,
  Replace(record) {
    const pattern = record.pattern('pattern')
    const content = record.string('content')
    return (tokens) => tokens.map((token) => token.replace(pattern, () => content))
  },
  Sequence(record) {
    const steps = record.records('decoders').map(readDecoder)
    return (tokens) => steps.reduce<string[]>((now, step) => step(now), [...tokens])
  },
}

/** Errors: TypeError on what is not known. */
export function readDecoder(record: TokenizerRecord): Decoder {
  return record.made(kinds, 'decoder')
}
