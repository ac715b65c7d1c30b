import { describe, expect, it } from 'vitest'
import { Generator } from '../data/generator.ts'
import {
  characterNoise,
  compose,
  parseSynonyms,
  randomDeletion,
  randomSwap,
  synonymReplacement,
  wordDropout,
  type CharacterChange,
  type TextAugmentation,
} from './augment.ts'

const line = Array.from({ length: 1000 }, (_, i) => `word${i}`)
const of = (augmentation: TextAugmentation, tokens: readonly string[], seed = 1): string[] =>
  augmentation(tokens, new Generator(seed))
const synonyms = parseSynonyms('# words\nquick, fast\tspeedy\n\nbig,large')
const all: Readonly<Record<string, TextAugmentation>> = {
  dropout: wordDropout(0.2),
  deletion: randomDeletion(0.2),
  swap: randomSwap(0.2),
  synonyms: synonymReplacement(0.5, synonyms),
  characters: characterNoise(0.2),
}

describe.each(Object.entries(all))('%s', (name, augmentation) => {
  const tokens = name === 'synonyms' ? Array.from(line, (_, i) => (i % 2 ? 'quick' : 'big')) : line
  it('depends on its generator alone', () => {
    const once = of(augmentation, tokens)
    expect(of(augmentation, tokens)).toEqual(once)
    expect(of(augmentation, tokens, 2)).not.toEqual(once)
    expect(once).not.toEqual(tokens)
  })
  it('takes an empty text', () => {
    expect(of(augmentation, [])).toEqual([])
  })
})

it('drops words as often as it is told', () => {
  const share = of(wordDropout(0.2, '?'), line).filter((token) => token === '?').length / 1000
  expect(Math.abs(share - 0.2)).toBeLessThan(0.04)
  expect(of(wordDropout(0), line)).toEqual(line)
  expect(of(wordDropout(1), ['a'])).toEqual(['<unk>'])
})

it('deletes words in their order, and leaves one', () => {
  const left = of(randomDeletion(0.3), line)
  expect(Math.abs(left.length - 700)).toBeLessThan(60)
  expect(line.filter((token) => left.includes(token))).toEqual(left)
  expect(of(randomDeletion(1), ['a', 'b'])).toHaveLength(1)
})

it('swaps words without losing any', () => {
  expect(of(randomSwap(0.5), line).sort()).toEqual([...line].sort())
  expect(of(randomSwap(0.01), ['a', 'b'])).toEqual(['b', 'a'])
  expect(of(randomSwap(1), ['a'])).toEqual(['a'])
})

describe('synonyms', () => {
  it('come from a list', () => {
    expect(synonyms.get('fast')).toEqual(['quick', 'speedy'])
    expect(new Set(of(synonymReplacement(1, synonyms), ['quick', 'quick', 'quick', 'quick', 'red']))).toEqual(
      new Set(['fast', 'speedy', 'red']),
    )
    const several = synonymReplacement(1, parseSynonyms('nyc, new york'))
    expect(of(several, ['in', 'nyc'])).toEqual(['in', 'new', 'york'])
  })
  it('need two words a line', () => {
    expect(() => parseSynonyms('a, b\nc')).toThrow('Line 2 of the synonyms has no two words')
  })
})

describe('characterNoise', () => {
  it.each([
    ['swap', /^(owrd|wrod|wodr)$/],
    ['delete', /^(ord|wrd|wod|wor)$/],
    ['insert', /^(w[qeas]ord|wo[ipkl]rd|wor[etdf]d|word[sfercx])$/],
    ['substitute', /^([qeas]ord|w[ipkl]rd|wo[etdf]d|wor[sfercx])$/],
  ] as const)('%s, by keys that lie beside', (kind, looks) => {
    for (let seed = 0; seed < 30; seed++)
      expect(of(characterNoise(1, { kinds: [kind] }), ['word'], seed)[0]).toMatch(looks)
  })
  it('keeps capitals, and characters of two units whole', () => {
    expect(of(characterNoise(1, { kinds: ['substitute'] }), ['QQ'])[0]).toMatch(/^[A-Z]{2}$/)
    expect(of(characterNoise(1, { kinds: ['swap'] }), ['😀🎉'])).toEqual(['🎉😀'])
    expect(of(characterNoise(1, { keyboard: false, kinds: ['insert'] }), ['日本'])[0]).toMatch(/[a-z]/)
  })
  it('leaves short words', () => {
    expect(of(characterNoise(1, { minLength: 5 }), ['word', 'a'])).toEqual(['word', 'a'])
  })
})

it('composes', () => {
  const both = compose(synonymReplacement(1, parseSynonyms('a,b')), wordDropout(0))
  expect(of(both, ['a', 'b'])).toEqual(['b', 'a'])
  expect(of(compose(), ['a'])).toEqual(['a'])
})

it('refuses what makes no sense', () => {
  expect(() => wordDropout(1.1)).toThrow('p must be from 0 to 1, not 1.1.')
  expect(() => randomSwap(NaN)).toThrow('not NaN')
  expect(() => characterNoise(1, { minLength: 1 })).toThrow('minLength must be')
  expect(() => characterNoise(1, { kinds: [] })).toThrow('kinds must be some of swap, delete')
  expect(() => characterNoise(1, { kinds: ['x' as CharacterChange] })).toThrow(', not x.')
})
