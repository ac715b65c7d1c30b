import { describe, expect, it } from 'vitest'
import { normalized, normalizer } from './normalize.ts'
import { tokenizers } from './tokenizer.ts'

describe('normalizer', () => {
  it.each([
    [{}, 'Cafe\u0301 Ｆﬁ²', 'Cafe\u0301 Ｆﬁ²'],
    [{ form: 'NFC' }, 'Cafe\u0301 Ｆﬁ²', 'Café Ｆﬁ²'],
    [{ form: 'NFKC' }, 'Cafe\u0301 Ｆﬁ²', 'Café Ffi2'],
    [{ form: 'NFD' }, 'é', 'e\u0301'],
    [{ lowerCase: true }, 'ÄÖ Σ ΟΔΟΣ', 'äö σ οδος'],
    [{ stripAccents: true }, 'Ångström, naïve, Việt', 'Angstrom, naive, Viet'],
    // Hangul comes apart with the accents and is put together again.
    [{ stripAccents: true }, '한국어', '한국어'],
    [{ form: 'NFKC', lowerCase: true, stripAccents: true }, 'É\u{1d400}', 'eA'],
  ] as const)('%j of %j', (options, text, result) => {
    expect(normalizer(options)(text)).toBe(result)
  })

  it('says which forms there are', () => {
    expect(() => normalizer({ form: 'NFX' as 'NFC' })).toThrow(
      'There is no Unicode form called NFX; there are none, NFC, NFD, NFKC, NFKD.',
    )
  })
})

it('comes before any tokenizer', () => {
  const tokenize = normalized(tokenizers.character, { form: 'NFC', stripAccents: true })
  expect(tokenize('né\u0301e')).toEqual(['n', 'e', 'e'])
})
