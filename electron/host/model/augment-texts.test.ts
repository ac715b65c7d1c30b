import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDevice, setDefaultDevice, tensor } from '../../../engine/index.ts'
import { augmentations, begin, encoders, type Augmentation } from '../../contract/index.ts'
import type { TextColumn } from '../datasets/frame.ts'
import { fitEncoder } from '../prepare/encoders/index.ts'
import type { Preparation } from '../prepare/preparation.ts'
import { changingTexts, drawnTokens } from './augment-texts.ts'
import { onDevice } from './input.ts'

const folder = mkdtempSync(join(tmpdir(), 'descent-augment-'))
beforeAll(async () => setDefaultDevice(await openDevice('wasm')))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const values = Array.from({ length: 20 }, (_, i) => `the quick brown fox number ${i} jumps over a lazy dog`)
const column: TextColumn = { kind: 'text', name: 'said', values }
type Given = Parameters<typeof begin<typeof encoders, 'words'>>[2]
function prepared(given: Given = {}) {
  const rows = Int32Array.from(values.keys())
  const encoder = fitEncoder(column, rows, begin(encoders, 'words', { maxTokens: 12, ...given }), {
    targets: [],
  })
  return {
    preparation: { columns: [{ name: 'said', kind: 'text', steps: [], encoder }] } as unknown as Preparation,
    features: [column],
    vocabulary: (encoder as unknown as { vocabulary: string[] }).vocabulary,
  }
}
const only = (given: Augmentation, of: Given = {}) => changingTexts(prepared(of), [given])[0]!

describe('augmented texts', () => {
  it('follow from seed, epoch and row alone', () => {
    const texts = only(begin(augmentations, 'wordSwap', { probability: 1, words: 0.3 }))
    expect(texts.drawn(3, 2, 7)).toEqual(texts.drawn(3, 2, 7))
    for (const other of [texts.drawn(3, 3, 7), texts.drawn(3, 2, 8)])
      expect(other).not.toEqual(texts.drawn(3, 2, 7))
    expect([...texts.drawn(3, 2, 7)].sort()).toEqual([...texts.plain(3)].sort())
  })

  it('hide, leave out and misspell about as many words as is said, and leave signs whole', () => {
    const share = (given: Augmentation, of: Given, count: (word: string, known: Set<string>) => boolean) => {
      const texts = only(given, of)
      let [all, found] = [0, 0]
      for (let row = 0; row < 20; row++)
        for (let epoch = 0; epoch < 20; epoch++) {
          const known = new Set(texts.plain(row))
          for (const word of texts.drawn(row, epoch, 1)) if (count(word, known)) found++
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
    expect(new Set(both.drawn(0, 0, 0))).toEqual(new Set(['<unk>']))
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
      stored.begin(epoch)
      seen.push(await read())
    }
    expect(seen[0]).toEqual(seen[2])
    expect(seen[0]).not.toEqual(seen[1])
    // One that was made up stays as it was made.
    expect(seen[0]!.slice(12, 24)).toEqual(before.slice(12, 24))
    const unknown = vocabulary.indexOf('<unk>')
    expect(seen[0]!.slice(0, 11).map((code) => (code === unknown ? '<unk>' : vocabulary[code]))).toEqual(
      texts[0]!.drawn(4, 0, 3),
    )
    expect(seen[0]![11]).toBe(vocabulary.indexOf('<pad>'))
  })

  it('are words that are cut again where tokens are parts of words', () => {
    const texts = only(begin(augmentations, 'characterNoise', { words: 0.5, probability: 1 }), {
      tokenizer: 'bytePair',
      maxVocabulary: 300,
    })
    const pieces = texts.rewriter.pieces(texts.drawn(0, 1, 0))
    expect(pieces.every(({ known }) => known)).toBe(true)
    const hidden = only(begin(augmentations, 'wordDropout', { words: 1 }), { tokenizer: 'bytePair' })
    expect(hidden.rewriter.pieces(hidden.drawn(0, 0, 0)).every(({ shown }) => shown === '<unk>')).toBe(true)
  })

  it('take synonyms from a list, which is read safely', () => {
    const path = join(folder, 'synonyms.txt')
    writeFileSync(path, '# animals\nfox, vixen\ndog\thound\n')
    const given = begin(augmentations, 'synonyms', { path, words: 1, probability: 1 })
    expect(only(given).drawn(0, 0, 0).join(' ')).toBe(
      'the quick brown vixen number 0 jumps over a lazy hound',
    )
    writeFileSync(path, 'fox\n')
    expect(() => only(given)).toThrow('Line 1 of the synonyms has no two words')
    expect(() => only({ ...given, path: join(folder, 'none.txt') })).toThrow('The synonyms: There is no file')
  })
})
