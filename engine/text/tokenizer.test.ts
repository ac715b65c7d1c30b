import { describe, expect, it } from 'vitest'
import { getTokenizer, tokenizers } from './tokenizer.ts'

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
    'There is no tokenizer called spacy; there are basicEnglish, whitespace.',
  )
  expect(() => getTokenizer('toString')).toThrow(RangeError)
})
