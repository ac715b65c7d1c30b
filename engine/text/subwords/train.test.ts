import { describe, expect, it } from 'vitest'
import { SubwordTokenizer } from './tokenizer.ts'
import { trainBytePair, trainWordPiece } from './train.ts'

const corpus = [
  'low lower lowest',
  'new newer newest',
  'wide wider widest',
  'low new wide, 日本 日本語',
].flatMap((line) => [line, line])

describe('trainBytePair', () => {
  it('gives any text back, byte by byte', () => {
    const tokenizer = trainBytePair(corpus, { vocabSize: 300 })
    for (const text of ['low 👩‍👩‍👧 \u0000 語 ﬁ\n\n', '', ' the Größe'])
      expect(tokenizer.decode(tokenizer.encode(text).ids)).toBe(text)
    expect(tokenizer.tokenize('low lowest')).toEqual(['low', 'Ġlowest'])
  })

  it('knows an unknown character where characters are not bytes', () => {
    const tokenizer = trainBytePair(corpus, { byteLevel: false, vocabSize: 60 })
    expect(tokenizer.tokenize('low é 日本')).toEqual(['▁low', '▁', '<unk>', '▁日本'])
    expect(tokenizer.decode(tokenizer.encode('newest wide').ids)).toBe('newest wide')
  })

  it('joins nothing that is rare, and stops at the size', () => {
    const rare = trainBytePair(['ab ab cd'], { byteLevel: false })
    expect(rare.tokenize('ab cd')).toEqual(['▁ab', '▁', 'c', 'd'])
    expect(trainBytePair(corpus, { vocabSize: 270 }).size).toBe(270)
    expect(trainBytePair([], { byteLevel: false }).size).toBe(2)
  })

  it('normalizes as it is told, also when it is read again', () => {
    const options = {
      byteLevel: false,
      normalization: { form: 'NFKC', lowerCase: true, stripAccents: true },
    } as const
    const saved: unknown = JSON.parse(JSON.stringify(trainBytePair(['cafe cafe'], options)))
    expect(SubwordTokenizer.fromJSON(saved).tokenize('CAFÉ ｃafe')).toEqual(['▁cafe', '▁cafe'])
  })

  it('does not depend on the order of the texts', () => {
    expect(trainBytePair(corpus.toReversed()).toJSON()).toEqual(trainBytePair(corpus).toJSON())
  })

  it('finds special tokens whole', () => {
    const tokenizer = trainBytePair(corpus, { specialTokens: ['<sep>'] })
    expect(tokenizer.tokenize('low<sep>new')).toEqual(['low', '<sep>', 'new'])
    expect(tokenizer.decode(tokenizer.encode('low<sep>').ids)).toBe('low')
  })

  it.each([
    [{ vocabSize: 0 }, 'vocabSize must be a whole number from 1 on, not 0.'],
    [{ minFrequency: 1.5 }, 'minFrequency must be'],
    [{ specialTokens: ['a', 'a'] }, 'The special token "a" is given twice.'],
    [{ specialTokens: [''] }, 'must not be empty'],
    [{ byteLevel: false, specialTokens: [] }, 'what is unknown, <unk>, must be one of the special tokens'],
  ])('refuses %j', (options, message) => {
    expect(() => trainBytePair(corpus, options)).toThrow(message)
  })
})

describe('trainWordPiece', () => {
  const tokenizer = trainWordPiece(corpus, { vocabSize: 60 })

  it('learns beginnings and what continues them', () => {
    expect(tokenizer.tokenize('lowest, newer')).toEqual(['lowest', ',', 'newer'])
    expect(tokenizer.tokenize('newed xyz')).toEqual(['newe', '##d', '[UNK]'])
  })

  it('puts words together again', () => {
    expect(tokenizer.decode(tokenizer.encode('newed wide, newest').ids)).toBe('newed wide, newest')
  })
})
