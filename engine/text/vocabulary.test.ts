import { describe, expect, it } from 'vitest'
import { numericalize } from './numericalize.ts'
import { buildVocabFromIterator, Vocabulary } from './vocabulary.ts'

const lines = ['b a c a', 'b a d', '', 'é'].map((line) => line.split(' ').filter((token) => token !== ''))

describe('buildVocabFromIterator', () => {
  it('puts the specials first, then frequent tokens, equally frequent ones alphabetically', () => {
    expect(buildVocabFromIterator(lines).tokens).toEqual(['<unk>', '<pad>', 'a', 'b', 'c', 'd', 'é'])
  })

  it('leaves rare tokens out', () => {
    expect(buildVocabFromIterator(lines, { minFreq: 2 }).tokens).toEqual(['<unk>', '<pad>', 'a', 'b'])
    expect(buildVocabFromIterator(lines, { maxTokens: 3 }).tokens).toEqual(['<unk>', '<pad>', 'a'])
  })

  it('lists a special that is also a token once', () => {
    const { tokens } = buildVocabFromIterator([['<pad>', 'x', '<pad>']], { specials: ['<pad>'] })
    expect(tokens).toEqual(['<pad>', 'x'])
  })

  it('puts the specials last where it is told to, and names what is unknown', () => {
    const options = { specials: ['[UNK]'], specialFirst: false, maxTokens: 3, unknown: '[UNK]' } as const
    const vocabulary = buildVocabFromIterator(lines, options)
    expect(vocabulary.tokens).toEqual(['a', 'b', '[UNK]'])
    expect(vocabulary.lookup('nowhere')).toBe(2)
    expect(Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary))).lookup('nowhere')).toBe(2)
    expect(() => Vocabulary.fromJSON({ tokens: [], unknown: 1 })).toThrow('by a string')
    expect(() => new Vocabulary(['<unk>'], '[UNK]').lookup('b')).toThrow('which has no [UNK] to stand for it')
  })

  it('takes any iterable, and nothing at all', () => {
    const generated = buildVocabFromIterator(
      (function* () {
        yield ['x']
      })(),
      { specials: [] },
    )
    expect(generated.tokens).toEqual(['x'])
    expect(buildVocabFromIterator([], { specials: [] }).size).toBe(0)
  })

  it('says which option makes no sense', () => {
    expect(() => buildVocabFromIterator(lines, { minFreq: 0 })).toThrow(
      'minFreq must be a whole number from 1 on, not 0.',
    )
    expect(() => buildVocabFromIterator(lines, { maxTokens: NaN })).toThrow('maxTokens must be')
    expect(() => buildVocabFromIterator(lines, { maxTokens: 1 })).toThrow('2 specials alone')
    expect(() => buildVocabFromIterator(lines, { specials: ['x', 'x'] })).toThrow('"x" is twice')
  })
})

describe('Vocabulary', () => {
  const vocabulary = buildVocabFromIterator(lines)

  it('gives what it does not know the number of <unk>', () => {
    expect(vocabulary.lookupAll(['a', 'nowhere', '<pad>'])).toEqual([2, 0, 1])
    expect(() => new Vocabulary(['a']).lookup('b')).toThrow(
      'The token "b" is not in the vocabulary, which has no <unk> to stand for it.',
    )
  })

  it('comes back from JSON', () => {
    const back = Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)))
    expect(back.tokens).toEqual(vocabulary.tokens)
    expect(back.lookup('é')).toBe(6)
  })

  it.each([null, 7, [], {}, { tokens: 'a' }, { tokens: ['a', 1] }])('refuses %j', (data) => {
    expect(() => Vocabulary.fromJSON(data)).toThrow('a list of strings called tokens')
  })

  it('refuses a token listed twice', () => {
    expect(() => Vocabulary.fromJSON({ tokens: ['a', 'b', 'a'] })).toThrow('The token "a" is twice')
  })

  it('knows tokens that are names of JavaScript objects only where they were seen', () => {
    expect(vocabulary.has('constructor')).toBe(false)
    expect(buildVocabFromIterator([['__proto__']]).lookup('__proto__')).toBe(2)
  })
})

describe('numericalize', () => {
  const vocabulary = buildVocabFromIterator(lines)

  it('cuts and fills every line to one length', () => {
    expect([...numericalize([['b', 'a', 'c', 'a'], ['x'], []], vocabulary, 3)]).toEqual([
      3, 2, 4, 0, 1, 1, 1, 1, 1,
    ])
    expect(numericalize([], vocabulary, 3)).toHaveLength(0)
  })

  it('says what it cannot do', () => {
    expect(() => numericalize(lines, vocabulary, 0)).toThrow('from 1 on, not 0')
    expect(() => numericalize(lines, new Vocabulary(['a']), 3)).toThrow('has no <pad>')
  })
})
