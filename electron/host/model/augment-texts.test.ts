import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDevice, setDefaultDevice, tensor } from '../../../engine/index.ts'
import { augmentations, begin, encoders, type Augmentation } from '../../contract/index.ts'
import type { TextColumn } from '../datasets/frame.ts'
import { fitEncoder, writeEncoded } from '../prepare/encoders/index.ts'
import type { Units } from '../prepare/encoders/rewriting.ts'
import type { Preparation } from '../prepare/preparation.ts'
import { changingTexts, drawnTokens } from './augment-texts.ts'
import { onDevice } from './input.ts'

const folder = mkdtempSync(join(tmpdir(), 'descent-augment-'))
beforeAll(async () => setDefaultDevice(await openDevice('wasm')))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const plainValues = Array.from(
  { length: 20 },
  (_, i) => `the quick brown fox number ${i} jumps over a lazy dog`,
)
type Given = Parameters<typeof begin<typeof encoders, 'words'>>[2]
function prepared(given: Given = {}, values: readonly string[] = plainValues) {
  const column: TextColumn = { kind: 'text', name: 'said', values: [...values] }
  const rows = Int32Array.from(values.keys())
  const encoder = fitEncoder(column, rows, begin(encoders, 'words', { maxTokens: 12, ...given }), {
    targets: [],
  })
  return {
    preparation: { columns: [{ name: 'said', kind: 'text', steps: [], encoder }] } as unknown as Preparation,
    features: [column],
    encoder,
    vocabulary: (encoder as unknown as { vocabulary: string[] }).vocabulary,
  }
}
const wordsOf = (units: Units | null): string[] => units?.words.map(({ word }) => word) ?? []
const only = (given: Augmentation, of: Given = {}, values = plainValues) =>
  changingTexts(prepared(of, values), [given])[0]!

describe('augmented texts', () => {
  it('follow from seed, epoch and row alone', () => {
    const texts = only(begin(augmentations, 'wordSwap', { probability: 1, words: 0.3 }))
    expect(texts.drawn(3, 2, 7)).toEqual(texts.drawn(3, 2, 7))
    for (const other of [texts.drawn(3, 3, 7), texts.drawn(3, 2, 8)])
      expect(other).not.toEqual(texts.drawn(3, 2, 7))
    expect(wordsOf(texts.drawn(3, 2, 7)).sort()).toEqual(wordsOf(texts.plain(3)).sort())
  })

  it('hide, leave out and misspell about as many words as is said, and leave signs whole', () => {
    const share = (given: Augmentation, of: Given, count: (word: string, known: Set<string>) => boolean) => {
      const texts = only(given, of)
      let [all, found] = [0, 0]
      for (let row = 0; row < 20; row++)
        for (let epoch = 0; epoch < 20; epoch++) {
          const known = new Set(wordsOf(texts.plain(row)))
          for (const word of wordsOf(texts.drawn(row, epoch, 1) ?? texts.plain(row)))
            if (count(word, known)) found++
          all += known.size
        }
      return found / all
    }
    const hidden = share(begin(augmentations, 'wordDropout', { words: 0.2 }), {}, (word) => word === '<unk>')
    expect(hidden).toBeCloseTo(0.2, 1)
    const left = share(begin(augmentations, 'wordDeletion', { words: 0.5, probability: 1 }), {}, () => true)
    expect(left).toBeCloseTo(0.5, 1)
    const odd = share(
      begin(augmentations, 'characterNoise', { words: 0.5, probability: 1 }),
      {},
      (word, known) => !known.has(word),
    )
    expect(odd).toBeGreaterThan(0.3)
    const both = changingTexts(prepared(), [
      begin(augmentations, 'wordDropout', { words: 1 }),
      begin(augmentations, 'characterNoise', { words: 1, probability: 1 }),
    ])[0]!
    expect(new Set(wordsOf(both.drawn(0, 0, 0)))).toEqual(new Set(['<unk>']))
  })

  it('become the tokens of an epoch on the device, and validation stays as it is', async () => {
    const { vocabulary, ...data } = prepared()
    const texts = changingTexts(data, [begin(augmentations, 'wordDropout', { words: 0.5 })])
    const rows = Int32Array.of(4, -1, 9)
    const plain = new Int32Array(36).fill(5)
    const drawn = drawnTokens(texts, rows, { 'tokens.said': plain }, 3)
    const input = {
      name: 'tokens.said',
      kind: 'tokens',
      length: 12,
      vocabulary: vocabulary.length,
      padding: 1,
    } as const
    const stored = onDevice([input], { rows: 3, inputs: { 'tokens.said': plain } }, [], drawn)
    const read = async () => [...(await stored.batch(tensor(Int32Array.of(0, 1, 2)))[0]!.data())]
    const before = await read()
    expect(before).toEqual([...plain])
    const seen: number[][] = []
    for (const epoch of [0, 1, 0]) {
      await stored.begin(epoch)
      seen.push(await read())
    }
    expect(seen[0]).toEqual(seen[2])
    expect(seen[0]).not.toEqual(seen[1])
    // One that was made up stays as it was made.
    expect(seen[0]!.slice(12, 24)).toEqual(before.slice(12, 24))
    const unknown = vocabulary.indexOf('<unk>')
    expect(seen[0]!.slice(0, 11).map((code) => (code === unknown ? '<unk>' : vocabulary[code]))).toEqual(
      wordsOf(texts[0]!.drawn(4, 0, 3)),
    )
    expect(seen[0]![11]).toBe(vocabulary.indexOf('<pad>'))
  })

  it('are words that are cut again where tokens are parts of words', () => {
    const texts = only(begin(augmentations, 'characterNoise', { words: 0.5, probability: 1 }), {
      tokenizer: 'bytePair',
      maxVocabulary: 300,
    })
    const pieces = texts.rewriter.pieces(texts.drawn(0, 1, 0)!)
    expect(pieces.every(({ known }) => known)).toBe(true)
    const hidden = only(begin(augmentations, 'wordDropout', { words: 1 }), { tokenizer: 'bytePair' })
    expect(hidden.rewriter.pieces(hidden.drawn(0, 0, 0)!).every(({ shown }) => shown === '<unk>')).toBe(true)
  })

  it('take synonyms from a list, which is read safely', () => {
    const path = join(folder, 'synonyms.txt')
    writeFileSync(path, '# animals\nfox, vixen\ndog\thound\n')
    const given = begin(augmentations, 'synonyms', { path, words: 1, probability: 1 })
    expect(wordsOf(only(given).drawn(0, 0, 0)).join(' ')).toBe(
      'the quick brown vixen number 0 jumps over a lazy hound',
    )
    writeFileSync(path, 'fox\n')
    expect(() => only(given)).toThrow('Line 1 of the synonyms has no two words')
    expect(() => only({ ...given, path: join(folder, 'none.txt') })).toThrow('The synonyms: There is no file')
    // It would be another list wherever the program stands.
    expect(() => only({ ...given, path: 'synonyms.txt' })).toThrow('is not a whole path')
  })

  it('name the list that they draw from by what it says', () => {
    const path = join(folder, 'kept.txt')
    const given = begin(augmentations, 'synonyms', { path })
    const listed = (list: string) => {
      writeFileSync(path, list)
      return only(given).lists
    }
    const first = listed('fox, vixen')
    expect(first).toEqual([{ path, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }])
    expect(listed('fox, vixen')).toEqual(first)
    expect(listed('fox, reynard')).not.toEqual(first)
  })

  const odd = [
    '  to  be,\tor [URL]. Not\n',
    'see[URL], [URL]!',
    ' a <unk> b ',
    '我喜欢喝茶。\u3000他 喜欢咖啡',
  ]
  it.each(['character', 'bytePair', 'wordPiece', 'basicEnglish', 'words'] as const)(
    'are cut by %s as validation is where chance left them, with all that stands between words',
    async (tokenizer) => {
      const given = { tokenizer, specials: ['[URL]'], maxTokens: 60 }
      const { encoder, ...data } = prepared(given, odd)
      const plain = new Int32Array(odd.length * 60)
      writeEncoded(data.features[0]!, encoder, { data: plain, stride: 60, offset: 0 })
      const rows = Int32Array.from(odd.keys())
      const tokens = async (augment: Augmentation) =>
        await drawnTokens(changingTexts(data, [augment]), rows, { 'tokens.said': plain }, 1)[0]!.tokens(0)
      expect(await tokens(begin(augmentations, 'wordDropout', { words: 0, probability: 1 }))).toEqual(plain)
      expect(await tokens(begin(augmentations, 'wordDropout', { words: 1, probability: 0 }))).toEqual(plain)
      // What is cut again, but has no word hidden, is what it was as well.
      const [texts] = changingTexts(data, [begin(augmentations, 'wordDropout', { words: 0 })])
      const again = new Int32Array(60)
      texts!.rewriter.write(texts!.plain(0), again, 0)
      expect(again).toEqual(plain.slice(0, 60))
    },
  )

  it('keep what stands between words, and signs beside punctuation are signs', () => {
    const dropped = only(
      begin(augmentations, 'wordDropout', { words: 1, probability: 1 }),
      { tokenizer: 'character', specials: ['[URL]'], maxTokens: 60 },
      ['to  be [URL].'],
    )
    expect(wordsOf(dropped.plain(0))).toEqual(['to', 'be', '[URL]', '.'])
    expect(dropped.plain(0).words.map(({ before }) => before)).toEqual(['', '  ', ' ', ''])
    const noisy = only(
      begin(augmentations, 'characterNoise', { words: 1, probability: 1 }),
      { tokenizer: 'character', specials: ['[URL]'], maxTokens: 60 },
      ['to  be [URL].'],
    )
    const made = noisy.drawn(0, 0, 0)!
    expect(wordsOf(made)[2]).toBe('[URL]')
    const shown = noisy.rewriter.pieces(made).map((piece) => piece.shown)
    expect(shown.filter((one) => one === ' ')).toHaveLength(2)
    expect(shown).toContain('[URL]')
  })

  it('of scripts without spaces change word by word', () => {
    const value = '我喜欢喝茶。他喜欢咖啡！'
    const texts = only(
      begin(augmentations, 'wordDropout', { words: 0.5, probability: 1 }),
      { tokenizer: 'character', maxTokens: 60 },
      [value],
    )
    const { words, after } = texts.plain(0)
    expect(words.length).toBeGreaterThan(5)
    expect(words.map(({ before, word }) => before + word).join('') + after).toBe(value)
    const drawn = Array.from({ length: 10 }, (_, epoch) => wordsOf(texts.drawn(0, epoch, 1)))
    expect(drawn.some((made) => made.includes('<unk>') && made.some((word) => word !== '<unk>'))).toBe(true)
  })

  it('that are there several times, as rare classes are, are drawn each by itself', async () => {
    const texts = changingTexts(prepared(), [
      begin(augmentations, 'wordDropout', { words: 0.5, probability: 1 }),
    ])
    const tokens = await drawnTokens(
      texts,
      Int32Array.of(4, 4, 4),
      { 'tokens.said': new Int32Array(36) },
      3,
    )[0]!.tokens(0)
    const rows = [0, 1, 2].map((place) => tokens.slice(12 * place, 12 * place + 12).join(' '))
    expect(new Set(rows).size).toBe(3)
  })

  it('are cut only where chance changes them, and others get their turn meanwhile', async () => {
    let cut = 0
    const many = Array.from({ length: 1000 }, (_, i) => i)
    const [texts] = changingTexts(prepared(), [begin(augmentations, 'wordDropout', { probability: 0.1 })])
    const counted = { ...texts!, rewriter: { ...texts!.rewriter, write: () => void cut++ } }
    const [drawn] = drawnTokens(
      [counted],
      Int32Array.from(many, (i) => i % 20),
      { 'tokens.said': new Int32Array(12_000) },
      1,
    )
    let turns = 0
    const turn = setInterval(() => turns++, 0)
    await drawn!.tokens(0)
    clearInterval(turn)
    expect(cut).toBeGreaterThan(20)
    expect(cut).toBeLessThan(200)
    expect(turns).toBeGreaterThan(0)
  })
})
