/** What a person says about a file, from the options' words to what the reader takes, and back for the receipt. */
import {
  complaintAbout,
  delimiterWords,
  DescentError,
  readingNames,
  readingOptions,
  startsOf,
  type EncodingName,
  type Reading,
  type ReadingName,
  type Receipt,
} from '../../../../contract/index.ts'
import { alignedName } from './dialect.ts'
import type { Decision } from './decision.ts'
import type { GivenLayout, Layout } from './layout.ts'
import type { SourceFacts } from './source-file.ts'

const auto = 'auto'

/** With the start values of what is not said. */
export const readingOf = (asked: Partial<Reading>): Reading => {
  const all = startsOf(readingOptions)
  return Object.fromEntries(
    readingNames.map((name) => [name, asked[name] ?? all[name]]),
  ) as unknown as Reading
}

const delimiterOf = (word: string): string =>
  Object.hasOwn(delimiterWords, word)
    ? delimiterWords[word as keyof typeof delimiterWords]
    : word === '\\t'
      ? '\t'
      : word

/** The options' word for nothing. */
const nothing = 'none'
const quoteOf = (word: string): string => (word === nothing ? '' : word)
const escapeOf = (word: string, quote: string | undefined): string =>
  ({ [nothing]: '', backslash: '\\' })[word] ?? quote ?? '"'

function headerOf(word: string): GivenLayout['header'] {
  if (word === nothing) return 'absent'
  if (word === 'first') return word
  const lines = word.split(',').map(Number)
  return [...new Set(lines)].sort((a, b) => a - b)
}

export interface Given {
  readonly layout: GivenLayout
  readonly encoding: EncodingName | null
  readonly decimal: '.' | ',' | null
}

/** Errors: a DescentError for what the options do not allow. */
export function givenOf(asked: Partial<Reading>): Given {
  const reading = readingOf(asked)
  for (const name of readingNames) {
    const complaint = complaintAbout(readingOptions[name], reading[name])
    if (complaint !== null) throw new DescentError('badData', complaint, name)
  }
  const said = <T>(name: ReadingName, to: (word: string) => T): T | undefined =>
    reading[name] === auto ? undefined : to(reading[name])
  const quote = said('quote', quoteOf)
  return {
    layout: {
      delimiter: said('delimiter', delimiterOf),
      quote,
      escape: said('escape', (word) => escapeOf(word, quote)),
      comment: said('comment', (word) => (word === nothing ? '' : word)),
      header: said('header', headerOf),
      skip: said('skip', Number),
    },
    encoding: said('encoding', (word) => word as EncodingName) ?? null,
    decimal: said('decimal', (word) => word as '.' | ',') ?? null,
  }
}

const wordFor = (delimiter: string): string =>
  Object.entries(delimiterWords).find(([, each]) => each === delimiter)?.[0] ?? delimiter

/** All decisions about a file, by the options that would change them. */
export function decisionsOf(layout: Layout, source: SourceFacts): Receipt['layout'] {
  const { delimiter, quote, escape, comment, header, skip } = layout.decisions
  const told = <Value>(option: ReadingName, decision: Decision<Value>, value: string) => ({
    option,
    value,
    evidence: decision.evidence,
    given: decision.given === true,
  })
  return [
    told('delimiter', delimiter, delimiter.value === alignedName ? alignedName : wordFor(delimiter.value)),
    told('quote', quote, quote.value === '' ? nothing : quote.value),
    told('escape', escape, escape.value === '\\' ? 'backslash' : escape.value === '' ? nothing : 'doubled'),
    told('comment', comment, comment.value ?? nothing),
    told('header', header, header.value.length === 0 ? nothing : header.value.join(',')),
    told('skip', skip, String(skip.value)),
    told('encoding', source.encoding, source.encoding.value),
  ]
}
