import { describe, expect, it } from 'vitest'
import { getTokenizer, regexTokenizer, tokenizers } from './tokenizer.ts'

describe('basicEnglish', () => {
  // What torchtext.data.get_tokenizer('basic_english') gives for these lines.
  it.each([
    ['Hello, World!', ['hello', ',', 'world', '!']],
    ['You can\'t "do" that...', ['you', 'can', "'", 't', 'do', 'that', '.', '.', '.']],
    ['a;b:c (d)?', ['a', 'b', 'c', '(', 'd', ')', '?']],
    ['one<br />two', ['one', 'two']],
    ['  \t\n ', []],
    ['Größe — 日本語', ['größe', '—', '日本語']],
  ])('%j', (line, tokens) => {
    expect(tokenizers.basicEnglish(line)).toEqual(tokens)
  })
})

it('cuts at white space alone', () => {
  expect(tokenizers.whitespace(' What is\tIt ?\n')).toEqual(['What', 'is', 'It', '?'])
})

it('finds tokenizers by name', () => {
  expect(getTokenizer('whitespace')).toBe(tokenizers.whitespace)
  expect(() => getTokenizer('spacy')).toThrow(
    'There is no tokenizer called spacy; there are basicEnglish, whitespace, character, words.',
  )
  expect(() => getTokenizer('toString')).toThrow(RangeError)
})

it('takes for one character what a reader does', () => {
  const parts = ['e\u0301', ' ', '👩‍👩‍👧', '🇩🇪', 'नि', '한', '\r\n']
  expect(tokenizers.character(parts.join(''))).toEqual(parts)
  expect(tokenizers.character('')).toEqual([])
})

describe('words', () => {
  it.each([
    ["It’s 3.5 km, isn't it?", ['It’s', '3.5', 'km', ',', "isn't", 'it', '?']],
    ['Größe — наука', ['Größe', '—', 'наука']],
    ['我喜欢机器学习', ['我', '喜欢', '机器', '学习']],
    ['ฉันรักภาษาไทย', ['ฉัน', 'รัก', 'ภาษา', 'ไทย']],
    ['مرحبا بالعالم', ['مرحبا', 'بالعالم']],
  ])('%j', (line, tokens) => {
    expect(tokenizers.words(line)).toEqual(tokens)
  })
})

describe('regexTokenizer', () => {
  it('finds tokens, or what stands between them', () => {
    expect(regexTokenizer('\\p{L}+|\\d')('Ein 12-Zöller')).toEqual(['Ein', '1', '2', 'Zöller'])
    expect(regexTokenizer(/\s*,\s*/, { gaps: true })(',a , b c,,d')).toEqual(['a', 'b c', 'd'])
    expect(regexTokenizer(/[A-C]+/gi)('abxC')).toEqual(['ab', 'C'])
  })

  it('gives no empty tokens', () => {
    expect(regexTokenizer('x*')('axxb')).toEqual(['xx'])
    expect(regexTokenizer('', { gaps: true })('ab')).toEqual(['ab'])
  })

  it('refuses what is no expression', () => {
    expect(() => regexTokenizer('(')).toThrow(SyntaxError)
  })
})
