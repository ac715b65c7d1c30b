import { describe, expect, it } from 'vitest'
import { Generator } from '../../data/generator.ts'
import { SubwordTokenizer } from './tokenizer.ts'

const vocab = { '[UNK]': 0, play: 1, '##ing': 2, '##ed': 3, café: 4, '##x': 5, '[MASK]': 6 }
const words = {
  version: '1.0',
  added_tokens: [{ id: 6, content: '[MASK]', special: true }],
  normalizer: { type: 'NFC' },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  model: { type: 'WordPiece', unk_token: '[UNK]', vocab },
}
const changed = (changes: object): unknown => ({ ...words, ...changes })

describe('SubwordTokenizer', () => {
  it('tells where tokens stand in the text as it was typed', () => {
    const text = '😀 cafe\u0301x [MASK]playing'
    const { tokens, offsets } = SubwordTokenizer.fromJSON(words).encode(text)
    expect(tokens).toEqual(['[UNK]', 'café', '##x', '[MASK]', 'play', '##ing'])
    expect(offsets.map(([start, end]) => text.slice(start, end))).toEqual([
      '😀',
      'cafe\u0301',
      'x',
      '[MASK]',
      'play',
      'ing',
    ])
  })

  it('is a tokenizer as the others are', () => {
    expect(['played', ''].map(SubwordTokenizer.fromJSON(words).tokenize)).toEqual([['play', '##ed'], []])
  })

  it('knows tokens by number and numbers by token', () => {
    const tokenizer = SubwordTokenizer.fromJSON(words)
    expect([tokenizer.size, tokenizer.tokenToId('play'), tokenizer.idToToken(6)]).toEqual([7, 1, '[MASK]'])
    expect([tokenizer.tokenToId('constructor'), tokenizer.idToToken(7)]).toEqual([undefined, undefined])
    expect(tokenizer.decode([6, 1, 4])).toBe('play café')
    expect(tokenizer.decode([6, 1], { skipSpecialTokens: false })).toBe('[MASK] play')
    expect(() => tokenizer.decode([7])).toThrow('The tokenizer has no token of the number 7.')
  })

  it('reads what was written before models had a type', () => {
    const { type: _, ...model } = words.model
    expect(SubwordTokenizer.fromJSON(changed({ model })).tokenize('playing')).toEqual(['play', '##ing'])
  })

  const bytePair = (model: object): unknown => ({
    model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: [], ...model },
  })

  it('joins the best pair first, of equals the leftmost', () => {
    const merges = [
      ['a', 'b'],
      ['ab', 'ab'],
      ['a', 'a'],
    ]
    const ids = { a: 0, b: 1, ab: 2, aa: 3, abab: 4 }
    const tokenizer = SubwordTokenizer.fromJSON(bytePair({ vocab: ids, merges }))
    expect(tokenizer.tokenize('aaababab')).toEqual(['aa', 'abab', 'ab'])
    expect(tokenizer.tokenize('aaa')).toEqual(['aa', 'a'])
  })

  it('takes a long text without spaces in good time', () => {
    const tokenizer = SubwordTokenizer.fromJSON(bytePair({ merges: ['a b'] }))
    expect(tokenizer.encode('ab'.repeat(50_000)).ids).toHaveLength(50_000)
  })

  it.each([
    ['null', null, 'the file must be an object'],
    ['another version', changed({ version: '2.0' }), 'version must be 1.0, not 2.0'],
    ['an unknown field', changed({ magic: 1 }), 'magic is a setting that is not known here'],
    ['no model', changed({ model: null }), 'model must be an object'],
    [
      'an unknown normalizer',
      changed({ normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Nmt' }] } }),
      'normalizer.normalizers[1] is a normalizer of a kind that is not read here: Nmt. Those that are: NFC',
    ],
    [
      'a table that is none',
      changed({ normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAA' } }),
      'normalizer.precompiled_charsmap must be a table of SentencePiece in base64',
    ],
    ['a name of JavaScript', changed({ normalizer: { type: 'toString' } }), 'not read here: toString'],
    ['an unknown pre-tokenizer', changed({ pre_tokenizer: { type: 'UnicodeScripts' } }), 'UnicodeScripts'],
    [
      'an unknown model',
      changed({ model: { type: 'X' } }),
      'model is a model of a kind that is not read here: X',
    ],
    ['an unknown decoder', changed({ decoder: { type: 'CTC' } }), 'not read here: CTC'],
    [
      'an unknown setting',
      changed({ normalizer: { type: 'NFC', fast: true } }),
      'normalizer.fast is a setting',
    ],
    [
      'an expression of another kind',
      changed({ pre_tokenizer: { type: 'Split', pattern: { Regex: '(?>a)' }, behavior: 'Isolated' } }),
      'pre_tokenizer.pattern.Regex is an expression that is not understood here: (?>a)',
    ],
    [
      'another behavior',
      changed({ pre_tokenizer: { type: 'Punctuation', behavior: 'Kept' } }),
      'pre_tokenizer.behavior must be one of Removed, Isolated',
    ],
    ['a number twice', changed({ model: { ...words.model, vocab: { a: 1, b: 1 } } }), 'to both "a" and "b"'],
    ['an unknown token of no number', changed({ model: { ...words.model, unk_token: 'x' } }), 'not "x"'],
    ['a merge of unknown tokens', bytePair({ merges: ['a c'] }), 'model.merges[0] needs "c"'],
    ['a merge of three', bytePair({ merges: ['a b c'] }), 'model.merges[0] must be two tokens'],
    ['dropout', bytePair({ dropout: 0.1 }), 'model.dropout must be null'],
    [
      'scores that are none',
      { model: { type: 'Unigram', vocab: [['a']] } },
      'vocab[0] must be a token and its score',
    ],
  ])('refuses %s by its place', (_, json, message) => {
    expect(() => SubwordTokenizer.fromJSON(json)).toThrow(TypeError)
    expect(() => SubwordTokenizer.fromJSON(json)).toThrow(message)
  })

  it('says that a file is no JSON', () => {
    expect(() => SubwordTokenizer.parse('{')).toThrow('tokenizer.json is no JSON')
  })

  it('either obeys a description that others have changed, or refuses it in a sentence', () => {
    const random = new Generator(20261130)
    const below = (limit: number): number => Math.floor(random.random() * limit)
    const odd = ['null', '-1', '1e999', '{}', '[]', '"toString"', '"__proto__"', '"("', '"a"', '0', 'true']
    const sound = [words, bytePair({ merges: ['a b'] })].map((json) => JSON.stringify(json))
    const outcomes = { obeyed: 0, refused: 0 }
    for (let n = 0; n < 500; n++) {
      const text = sound[n % 2]!
      // A value for another: it stays JSON, and what it says becomes wrong.
      const values = [...text.matchAll(/(?<=[:,[])(?:"[^"]*"|-?\d+|true|false|null)(?=[,\]}])/g)]
      const { index, 0: value } = values[below(values.length)]!
      const changed = text.slice(0, index) + odd[below(odd.length)]! + text.slice(index + value.length)
      try {
        const tokenizer = SubwordTokenizer.parse(changed)
        for (const id of tokenizer.encode('playing café abab').ids)
          expect(tokenizer.idToToken(id)).toBeTypeOf('string')
        outcomes.obeyed++
      } catch (error) {
        expect((error as Error).message, changed).toMatch(/tokenizer|is not in the vocabulary/i)
        expect((error as Error).stack, changed).not.toMatch(/Cannot read|is not a function|is not iterable/)
        outcomes.refused++
      }
    }
    expect(outcomes.obeyed).toBeGreaterThan(10)
    expect(outcomes.refused).toBeGreaterThan(100)
  })

  it('says which word is unknown where nothing stands for it', () => {
    const model = { type: 'WordLevel', vocab: { a: 0 } }
    expect(() => SubwordTokenizer.fromJSON({ model }).encode('b')).toThrow('The word "b" is not in')
  })
})
