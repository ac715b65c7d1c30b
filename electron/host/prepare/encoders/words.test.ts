import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { text } from '../../../../engine/index.ts'
import { begin, encoders, familySchema } from '../../../contract/index.ts'
import type { TextColumn } from '../../datasets/frame.ts'
import { evidenceOf, fitEncoder, fittedEncoderSchema, readingOf, shownOf, writeEncoded } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'descent-words-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const column = (values: string[]): TextColumn => ({ kind: 'text', name: 'text', values })
const none = { targets: [] }
type Given = Parameters<typeof begin<typeof encoders, 'words'>>[2]
const fitted = (values: string[], rows: number, given: Given = {}) =>
  fitEncoder(
    column(values),
    Int32Array.from({ length: rows }, (_, row) => row),
    begin(encoders, 'words', given),
    none,
  )
const vocabularyOf = (encoder: ReturnType<typeof fitted>) =>
  (encoder as unknown as { vocabulary: string[] }).vocabulary
const shown = (encoder: ReturnType<typeof fitted>, line: string) =>
  shownOf(() => column([line]), encoder)!
    .pieces(0)
    .map((piece) => (piece.known ? piece.shown : `?${piece.shown}`))

const english = ['The café sells tea.', 'Tea and coffee, the best!', 'unseen words here']

describe('texts as tokens', () => {
  it('is as it always was where nothing is chosen, and reads what was kept then', () => {
    const encoder = fitted(english, 2)
    expect(Object.keys(encoder).sort()).toEqual(['encoder', 'maxTokens', 'tokenizer', 'vocabulary'])
    expect(vocabularyOf(encoder).slice(0, 4)).toEqual(['<unk>', '<pad>', 'tea', 'the'])
    expect(fittedEncoderSchema.parse(JSON.parse(JSON.stringify(encoder)))).toEqual(encoder)
    expect(readingOf(encoder)).toEqual({ tokenizer: 'basicEnglish', length: 50, padding: '<pad>' })
  })

  it.each<[Given, string, string[]]>([
    [{ tokenizer: 'whitespace' }, 'The café!', ['The', '?café!']],
    [{ tokenizer: 'words', lowerCase: true }, 'the CAFÉ!', ['the', 'café', '!']],
    [{ tokenizer: 'words', lowerCase: true, stripAccents: true }, 'The cafe\u0301', ['the', 'cafe']],
    [{ tokenizer: 'words', form: 'NFC' }, 'cafe\u0301', ['café']],
    [{ tokenizer: 'character' }, 'tax', ['t', 'a', '?x']],
    [{ tokenizer: 'regex', pattern: '[A-Z]\\p{L}+' }, 'The tea Tea', ['The', 'Tea']],
    [{ specials: ['[URL]'] }, 'tea [URL] [url]', ['tea', '[URL]', '?[url]']],
    [{ specials: ['[E-MAIL]', 'a/b'] }, 'tea[E-MAIL] a/b', ['tea', '[E-MAIL]', 'a/b']],
  ])('%o cuts %s', (given, line, pieces) => {
    expect(shown(fitted(english, 2, given), line)).toEqual(pieces)
  })

  it('cuts scripts without spaces into words', () => {
    const encoder = fitted(['我喜欢喝茶。', '他喜欢咖啡。'], 2, { tokenizer: 'words' })
    expect(shown(encoder, '我喜欢咖啡')).toEqual(['我', '喜欢', '咖啡'])
    const arabic = fitted(['أحب الشاي كثيرا'], 1, { tokenizer: 'words' })
    expect(shown(arabic, 'أحب القهوة')).toEqual(['أحب', '?القهوة'])
  })

  it.each(['bytePair', 'wordPiece'] as const)(
    'learns parts by %s of the training rows alone, keeps them, and knows new words by them',
    (tokenizer) => {
      const values = [
        ...Array.from({ length: 40 }, () => 'lower lowest newer newest wider'),
        'zzzz zzzz zzzz',
      ]
      const encoder = fitted(values, 40, { tokenizer, maxVocabulary: 300 })
      expect(vocabularyOf(encoder).some((token) => token.includes('zz'))).toBe(false)
      const kept = fittedEncoderSchema.parse(JSON.parse(JSON.stringify(encoder)))
      const pieces = shown(kept, 'lowest widest')
      expect(pieces.join('')).toBe('lowestwidest')
      expect(pieces.some((piece) => piece.startsWith('?'))).toBe(false)
      const data = new Int32Array(50)
      expect(writeEncoded(column(['lowest widest']), kept, { data, stride: 50, offset: 0 })).toEqual([])
      expect([...data.slice(0, pieces.length)].every((code) => code > 1)).toBe(true)
      expect(data[pieces.length]).toBe(1)
    },
  )

  it('reads a tokenizer.json, and keeps it with what it learned', () => {
    const trained = text.trainWordPiece(Array.from({ length: 9 }, () => 'the cat sat on the mat'))
    const file = join(folder, 'tokenizer.json')
    writeFileSync(
      file,
      JSON.stringify({
        ...(trained.toJSON() as object),
        padding: {
          strategy: { Fixed: 64 },
          direction: 'Right',
          pad_to_multiple_of: null,
          pad_id: 0,
          pad_type_id: 0,
          pad_token: '[PAD]',
        },
      }),
    )
    const encoder = fitted(['the cat', 'a dog'], 1, { tokenizer: 'file', file })
    // How long a text is, the recipe says and not the file.
    expect(shown(encoder, 'the cat')).toEqual(['the', 'cat'])
    expect(shown(encoder, 'the 茶')).toEqual(['the', '?茶'])
    expect(evidenceOf(() => column(['the 茶']), encoder).texts).toMatchObject({ unknown: 0.5, vocabulary: 4 })
  })

  it('says what of a tokenizer cannot be had or obeyed', () => {
    const refused = (file: string) => () => fitted(english, 2, { tokenizer: 'file', file })
    expect(refused(join(folder, 'none.json'))).toThrow(/The tokenizer: There is no file at/)
    expect(refused('tokenizer.json')).toThrow('is not a whole path')
    expect(refused(folder)).toThrow('is a folder, not a tokenizer.json')
    const broken = join(folder, 'broken.json')
    writeFileSync(broken, '{"version": "1.0", "model": {"type": "Magic"}}')
    expect(refused(broken)).toThrow(/broken\.json cannot be obeyed: .*Magic/)
    const schema = familySchema(encoders)
    const problem = (given: object) =>
      schema.safeParse({ encoder: 'words', ...given }).error?.issues.map(({ message }) => message)
    expect(problem({ tokenizer: 'file' })).toEqual(['Name the tokenizer.json that says how texts are cut.'])
    expect(problem({ tokenizer: 'regex', pattern: '[' })).toEqual([
      '“[” is no regular expression with Unicode: correct it.',
    ])
    expect(problem({ specials: ['<pad>'] })?.[0]).toContain('<pad> has its place')
    expect(problem({})).toBeUndefined()
  })

  it('refuses what a file of others says of cutting by the rules of a recipe, in a sentence', () => {
    const kept = fitted(english, 2)
    const problem = (given: object) =>
      fittedEncoderSchema.safeParse({ ...kept, ...given }).error?.issues.map(({ message }) => message)
    expect(problem({})).toBeUndefined()
    expect(problem({ tokenizer: 'regex', pattern: '([' })).toEqual([
      '“([” is no regular expression with Unicode: correct it.',
    ])
    expect(problem({ specials: [''] })).toHaveLength(1)
    expect(problem({ specials: ['<pad>'] })?.[0]).toContain('<pad> has its place')
    expect(problem({ specials: Array.from({ length: 101 }, (_, i) => `[${i}]`) })).toHaveLength(1)
    expect(problem({ tokenizer: 'bytePair' })?.[0]).toContain('needs its description')
    expect(problem({ tokenizer: 'wordPiece', parts: { model: 5 } })?.[0]).toContain(
      'The tokenizer cannot be obeyed: ',
    )
  })

  const line = `${'a'.repeat(60)}!`
  it('ends an expression that takes for ever', () => {
    const hostile = '(\\w+\\s?)+$$x'
    const sentence = /The expression .* takes longer than 5 seconds .*Train with a simpler one/
    const kept = fittedEncoderSchema.parse({ ...fitted(english, 2), tokenizer: 'regex', pattern: hostile })
    const data = new Int32Array(50)
    expect(() => writeEncoded(column([line]), kept, { data, stride: 50, offset: 0 })).toThrow(sentence)
  })

  it('ends one of a tokenizer’s description, too', { tags: 'thorough' }, () => {
    const parts = text.trainBytePair(['some words here']).toJSON() as Record<string, unknown>
    const split = { type: 'Split', pattern: { Regex: '(\\w+\\s?)+$' }, behavior: 'Isolated', invert: false }
    const described = fittedEncoderSchema.parse({
      ...fitted(english, 2),
      tokenizer: 'file',
      parts: { ...parts, pre_tokenizer: split },
    })
    expect(() => shown(described, line)).toThrow(/An expression of the tokenizer’s description takes longer/)
  })
})
