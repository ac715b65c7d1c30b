import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { manualSeed, openDevice, setDefaultDevice } from '../../../engine/index.ts'
import {
  begin,
  parameterRules,
  startedFromInWords,
  templates,
  weightStarts,
  type Model,
} from '../../contract/index.ts'
import type { Preparation } from '../prepare/preparation.ts'
import { networkToTrain, requireStart } from './network.ts'
import { startWeightsOf } from './start-weights.ts'

const folder = mkdtempSync(join(tmpdir(), 'descent-vectors-'))
beforeAll(async () => setDefaultDevice(await openDevice('wasm')))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const vocabulary = ['<unk>', '<pad>', 'the', 'cat', 'dog']
const columns = [
  {
    name: 'said',
    kind: 'text',
    steps: [],
    encoder: { encoder: 'words', tokenizer: 'basicEnglish', vocabulary, maxTokens: 6 },
  },
] as unknown as Preparation['columns']
const file = (text: string): string => {
  const path = join(folder, `vectors-${text.length}.txt`)
  writeFileSync(path, text)
  return path
}
const starting = (path: string) => startWeightsOf(begin(weightStarts, 'wordVectors', { path }), columns)
const inputs = [{ name: 'tokens.said', kind: 'tokens', length: 6, vocabulary: 5, padding: 1 } as const]
const spec = (model: Model) => ({ model, inputs, outputs: 2, task: 'classification' as const })
const cnn = (embedding: number) => begin(templates, 'text-cnn', { embedding, filters: 2, widths: [2] })

it('gives words their vectors, leaves others as they were drawn, and says how many it found', async () => {
  const start = (await starting(file('the 1 2\ncat 3 4\nbird 5 6\n')))!
  const built = (given: typeof start | null) => {
    manualSeed(4)
    return networkToTrain({ ...spec(cnn(2)), rules: [], start: given })
  }
  const table = async (of: ReturnType<typeof built>) => [...(await of.network.parameters()[0]!.data())]
  const [drawn, given] = [await table(built(null)), await table(built(start))]
  expect(given.slice(4, 8)).toEqual([1, 2, 3, 4])
  expect(given.slice(0, 4)).toEqual(drawn.slice(0, 4))
  expect(given.slice(8)).toEqual(drawn.slice(8))
  const told = built(start).startedFrom!
  expect(told).toMatchObject({ taken: 1, words: { found: 2, of: 4, without: ['<unk>', 'dog'] } })
  expect(told.anew).toContain('fc.weight')
  expect(startedFromInWords(told)).toMatch(
    /^2 of 4 tokens of the vocabulary have a vector in .*; 2 are drawn at random, such as <unk>, dog\.$/,
  )
})

it('learns them further, or keeps them where a rule freezes their layer', async () => {
  const start = await starting(file('the 1 2\ncat 3 4\n'))
  const moves = (rules: Parameters<typeof networkToTrain>[0]['rules']) =>
    networkToTrain({ ...spec(cnn(2)), rules, start }).network.parameters()[0]!.requiresGrad
  expect(moves([])).toBe(true)
  expect(moves([begin(parameterRules, 'freeze', { parameters: ['embedding'] })])).toBe(false)
})

it('says what does not go together', async () => {
  const start = await starting(file('the 1 2\ncat 3 4\n'))
  const training = { parameters: [] } as never
  await expect(requireStart(spec(cnn(3)), { training }, start)).rejects.toThrow(
    'the vectors of the file have 2 numbers, and the network gives a word 3 (embedding.weight). Set the network’s width of a word to 2',
  )
  await expect(starting(file('le 1 2\nchat 3 4\n'))).rejects.toThrow('has a vector of none of the 5 tokens')
  await expect(starting(file('the 1 2\ncat 3 x\n'))).rejects.toThrow(/cannot be read as word vectors: line 2/)
  await expect(starting(join(folder, 'none.txt'))).rejects.toThrow('The first weights: There is no file')
  await expect(startWeightsOf(begin(weightStarts, 'wordVectors', { path: folder }), [])).rejects.toThrow(
    'word vectors are for texts that are read word by word',
  )
})
