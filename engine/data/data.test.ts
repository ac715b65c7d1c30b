/** Data sets, samplers and loaders against PyTorch where nothing is drawn, and by what they promise where something is. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { Tensor } from '../tensor/tensor.ts'
import {
  BatchSampler,
  ChainDataset,
  ConcatDataset,
  DataLoader,
  Dataset,
  defaultCollate,
  DistributedSampler,
  Generator,
  GroupedBatchSampler,
  IterableDataset,
  ModuleDataset,
  RandomSampler,
  randomSplit,
  SequentialSampler,
  StratifiedSampler,
  Subset,
  SubsetRandomSampler,
  TensorDataset,
  WeightedRandomSampler,
  type DataLoaderOptions,
} from './index.ts'
import { Noisy } from './testing.ts'

beforeAll(() => setDefaultDevice(createWasmDevice({ threads: 1 })))

const torch = JSON.parse(
  readFileSync(new URL('../fixtures/torch-data.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, unknown>> & {
  readonly distributed: Readonly<Record<string, readonly (readonly number[])[]>>
}

class Count extends Dataset<number> {
  readonly start: number
  readonly length: number
  constructor(start: number, length: number) {
    super()
    this.start = start
    this.length = length
  }
  at(index: number): number {
    return this.start + index
  }
}
class Stream extends IterableDataset<number> {
  readonly start: number
  readonly count: number
  constructor(start: number, count: number) {
    super()
    this.start = start
    this.count = count
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    for (let i = 0; i < this.count; i++) yield Promise.resolve(this.start + i)
  }
}

/** Numbers and texts in place of tensors. */
async function plain(value: unknown): Promise<unknown> {
  if (value instanceof Tensor) return value.toArray()
  if (Array.isArray(value)) return Promise.all(value.map(plain))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(async ([key, inner]) => [key, await plain(inner)] as const)
  return Object.fromEntries(await Promise.all(entries))
}
async function all(loader: AsyncIterable<unknown>): Promise<unknown[]> {
  const batches: unknown[] = []
  for await (const batch of loader) batches.push(await plain(batch))
  return batches
}
const concat = (): ConcatDataset<number> =>
  new ConcatDataset([new Count(0, 3), new Count(10, 2), new Count(20, 4)])
const chain = (): ChainDataset<number> => new ChainDataset([new Stream(0, 3), new Stream(10, 4)])

describe('as PyTorch', () => {
  const random = new Generator()
  it('data sets of data sets', () => {
    const whole = concat()
    expect(Array.from({ length: whole.length }, (_, i) => whole.at(i, random))).toEqual(torch['concat'])
    expect(whole.cumulativeSizes).toEqual(torch['cumulative'])
    expect(whole.at(-1, random)).toBe(23)
    const subset = new Subset(whole, [8, 0, 4])
    expect([0, 1, 2].map((i) => subset.at(i, random))).toEqual(torch['subset'])
    expect(randomSplit(new Count(0, 11), [0.5, 0.25, 0.25]).map(({ length }) => length)).toEqual(
      torch['shares'],
    )
  })

  it.each<[string, () => Dataset | IterableDataset, DataLoaderOptions]>([
    ['batches', concat, { batchSize: 4 }],
    ['dropped', concat, { batchSize: 4, dropLast: true }],
    ['streamed', chain, { batchSize: 3 }],
    ['streamedDropped', chain, { batchSize: 3, dropLast: true }],
    ['single', concat, { batchSize: null }],
    ['sampled', concat, { batchSize: 2, sampler: [5, 1, 1] }],
  ])('a loader: %s', async (name, make, options) => {
    expect(await all(new DataLoader(make(), options))).toEqual(torch[name])
  })

  it('its length', () => {
    const lengths = [{ batchSize: 4 }, { batchSize: 4, dropLast: true }, { batchSize: null }]
    expect(lengths.map((options) => new DataLoader(concat(), options).length)).toEqual(torch['lengths'])
  })

  it.each(Object.entries(torch.distributed))('%s processes', (name, expected) => {
    const [, length, numReplicas] = /(\d+) over (\d+)/.exec(name)!.map(Number) as [number, number, number]
    const dropLast = name.endsWith('dropped')
    const parts = Array.from({ length: numReplicas }, (_, rank) => [
      ...new DistributedSampler(new Count(0, length), { numReplicas, rank, shuffle: false, dropLast }),
    ])
    expect(parts).toEqual(expected)
  })

  it('collates typed arrays in their type, and refuses numbers that would lose digits', async () => {
    const batch = defaultCollate([Float32Array.of(0.5), Float32Array.of(1.5)]) as Tensor
    expect([batch.dtype, await batch.toArray()]).toEqual(['float32', [[0.5], [1.5]]])
    const bytes = defaultCollate([Uint8Array.of(255), new Uint8ClampedArray([1])]) as Tensor
    expect([bytes.dtype, await bytes.toArray()]).toEqual(['uint8', [[255], [1]]])
    const long = defaultCollate([BigInt64Array.of(-3n), BigInt64Array.of(4n)]) as Tensor
    expect([long.dtype, await long.toArray()]).toEqual(['int32', [[-3], [4]]])
    expect(() => defaultCollate([BigInt64Array.of(2n ** 31n)])).toThrow('A sample holds 2147483648')
    expect(() => defaultCollate([2n ** 40n])).toThrow('A sample holds 1099511627776')
  })

  it('collates place by place', async () => {
    const samples = [0, 1].map((i) => ({ x: Int32Array.of(i, i + 1, i + 2), rest: [i, [i, String(i)]] }))
    const batch = defaultCollate(samples) as { x: Tensor; rest: [Tensor, [Tensor, string[]]] }
    const { x, rest } = batch
    expect({
      x: await x.toArray(),
      number: await rest[0].toArray(),
      float: await rest[1][0].toArray(),
      text: rest[1][1],
    }).toEqual(torch['collated'])
    expect([x.dtype, rest[0].dtype]).toEqual(['int32', 'float32'])
  })
})

describe('what is given by position or by name', () => {
  const rows = (): TensorDataset => new TensorDataset(tensor([[0], [1], [2], [3], [4]]))
  const sequence = (): SequentialSampler => new SequentialSampler({ length: 5 })

  it('is the same, in the order of PyTorch', async () => {
    const generator = (): Generator => new Generator(7)
    const named = { batchSize: 2, shuffle: true, dropLast: true, pinMemory: false, timeout: 0 } as const
    const none = [null, null, 0, null, false, true, 0, null, null] as const
    expect(await all(new DataLoader(rows(), 2, true, ...none, generator()))).toEqual(
      await all(new DataLoader(rows(), { ...named, generator: generator() })),
    )
    expect(await all(new DataLoader(rows(), null))).toEqual([[[0]], [[1]], [[2]], [[3]], [[4]]])
    expect([...new RandomSampler(rows(), true, 9, generator())]).toEqual([
      ...new RandomSampler(rows(), { replacement: true, numSamples: 9, generator: generator() }),
    ])
    expect([...new WeightedRandomSampler([1, 2, 3], 3, false)].toSorted()).toEqual([0, 1, 2])
    expect([...new BatchSampler(sequence(), 2, { dropLast: false })]).toHaveLength(3)
    expect([...new DistributedSampler(rows(), 2, 1, false)]).toEqual([1, 3, 0])
    expect(randomSplit(rows(), [3, 2], { generator: generator() }).map(({ indices }) => indices)).toEqual(
      randomSplit(rows(), [3, 2], generator()).map(({ indices }) => indices),
    )
  })

  it('tells what a loader was made with', () => {
    const loader = new DataLoader(rows(), 2, { dropLast: true })
    expect([loader.batchSize, loader.dropLast, loader.numWorkers, loader.length]).toEqual([2, true, 0, 2])
    expect(loader.sampler).toBeInstanceOf(SequentialSampler)
    expect(new DataLoader(rows(), { batchSampler: [[0], [1, 2]] })).toMatchObject({
      batchSize: null,
      sampler: null,
    })
  })

  it('may be a list of samples', async () => {
    expect(
      await all(
        new DataLoader(
          [
            [1, 'a'],
            [2, 'b'],
            [3, 'c'],
          ],
          2,
        ),
      ),
    ).toEqual([
      [
        [1, 2],
        ['a', 'b'],
      ],
      [[3], ['c']],
    ])
    expect(randomSplit(new Count(0, 10), [1, 0]).map(({ length }) => length)).toEqual([10, 0])
  })

  it.each<[string, () => unknown, string]>([
    [
      'an unknown option',
      () => new RandomSampler(rows(), { num: 3 } as never),
      'RandomSampler has no option "num"',
    ],
    [
      'a seed for a generator',
      () => randomSplit(rows(), [3, 2], 42 as never),
      'new data.Generator(42), not 42',
    ],
    ['a device for a seed', () => new Generator('cpu' as never), 'must be a whole number, not cpu'],
    ['pinned memory', () => new DataLoader(rows(), { pinMemory: true as never }), 'has no pinMemory'],
    [
      'loading ahead without workers',
      () => new DataLoader(rows(), { prefetchFactor: 4 }),
      'prefetchFactor needs numWorkers',
    ],
    [
      'a tensor for a data set',
      () => new DataLoader(tensor([1]) as never),
      'Tensors go into a TensorDataset',
    ],
    ['a tensor of indices', () => new Subset(rows(), tensor([1]) as never), 'await values.tolist()'],
    [
      'two data sets that are no list',
      () => new ConcatDataset(rows() as never),
      'takes something to walk through',
    ],
    ['a number for a data set', () => new RandomSampler(10 as never), 'takes what has a length'],
    ['shares of less than all', () => randomSplit(rows(), [0.5, 0.2]), 'Shares must add up to 1, not 0.7'],
    ['a share below 0', () => randomSplit(rows(), [1.5, -0.5]), 'lengths[0] must be between 0 and 1'],
  ])('refuses %s', (_, make, sentence) => {
    expect(make).toThrow(sentence)
  })

  it('refuses a sampler of numbers in place of lists', async () => {
    const loader = new DataLoader(rows(), { batchSampler: sequence() as never })
    await expect(all(loader)).rejects.toThrow(
      'A batch takes something to walk through, such as a list, not 0.',
    )
  })
})

describe('samplers', () => {
  const source = { length: 20 }
  const sorted = (values: Iterable<number>): number[] => [...values].toSorted((a, b) => a - b)
  const everything = Array.from({ length: 20 }, (_, i) => i)

  it('that shuffle give everything once, in another order each epoch, the same from the same seed', () => {
    const sampler = new RandomSampler(source, { generator: new Generator(5) })
    const [first, second] = [[...sampler], [...sampler]]
    expect(sorted(first)).toEqual(everything)
    expect(second).not.toEqual(first)
    expect([...new RandomSampler(source, { generator: new Generator(5) })]).toEqual(first)
    expect(first).not.toEqual(everything)
    expect([...new RandomSampler(source, { numSamples: 45 })]).toHaveLength(45)
    expect(sorted(new SubsetRandomSampler([3, 9, 4]))).toEqual([3, 4, 9])
    expect(new Set(new RandomSampler(source, { replacement: true, numSamples: 500 })).size).toBe(20)
  })

  it('that weigh draw as often as weights say', () => {
    const drawn = [...new WeightedRandomSampler([1, 0, 3], 8000, { generator: new Generator(1) })]
    expect(drawn.filter((i) => i === 2).length / 8000).toBeCloseTo(0.75, 1)
    expect(drawn).not.toContain(1)
    expect(sorted(new WeightedRandomSampler([1, 0, 3], 2, { replacement: false }))).toEqual([0, 2])
    // Of two drawn without replacement from weights 1, 1, 8 the first is the last one four times in five.
    let first = 0
    const generator = new Generator(2)
    for (let i = 0; i < 2000; i++) {
      const [one] = new WeightedRandomSampler([1, 1, 8], 2, { replacement: false, generator })
      if (one === 2) first++
    }
    expect(first / 2000).toBeCloseTo(0.8, 1)
  })

  it('that stratify keep the proportion in every stretch', () => {
    const labels = Array.from({ length: 100 }, (_, i) => (i < 80 ? 'often' : 'seldom'))
    const order = [...new StratifiedSampler(labels)]
    expect(sorted(order)).toEqual(labels.map((_, i) => i))
    for (let from = 0; from < 100; from += 25) {
      const seldom = order.slice(from, from + 25).filter((i) => i >= 80).length
      expect(Math.abs(seldom - 5)).toBeLessThanOrEqual(1)
    }
  })

  it('that group give batches of one group', () => {
    const groups = Array.from({ length: 10 }, (_, i) => i % 3)
    const sampler = new GroupedBatchSampler(new SequentialSampler({ length: 10 }), groups, 2)
    expect([...sampler]).toEqual([[0, 3], [1, 4], [2, 5], [6, 9], [7], [8]])
    expect(sampler).toHaveLength(6)
    expect([...new GroupedBatchSampler(new SequentialSampler({ length: 10 }), groups, 2, true)]).toHaveLength(
      4,
    )
  })

  it('of several processes shuffle alike, and give everything together', () => {
    const parts = [0, 1].map((rank) => {
      const sampler = new DistributedSampler(source, { numReplicas: 2, rank })
      const first = [...sampler]
      sampler.setEpoch(1)
      expect([...sampler]).not.toEqual(first)
      return first
    })
    expect(sorted(parts.flat())).toEqual(everything)
  })

  it('follow PyTorch’s own bits nowhere, but threefry’s published ones', () => {
    // Random123's known answer for a key and a counter of zeros.
    const generator = new Generator(0, 0)
    expect([generator.next(), generator.next()]).toEqual([0x6b200159, 0x99ba4efe])
  })
})

describe('a loader', () => {
  it('gathers rows of tensors on the device', async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    const y = tensor(Int32Array.of(0, 1, 2))
    const loader = new DataLoader<[Tensor, Tensor]>(new TensorDataset(x, y), { batchSize: 2 })
    expect(await all(loader)).toEqual([
      [
        [
          [1, 2],
          [3, 4],
        ],
        [0, 1],
      ],
      [[[5, 6]], [2]],
    ])
    const part = new Subset(new TensorDataset(x, y), [2, 0])
    expect(await all(new DataLoader(part, { batchSize: 2 }))).toEqual([
      [
        [
          [5, 6],
          [1, 2],
        ],
        [2, 0],
      ],
    ])
  })

  const samplers: Readonly<Record<string, () => DataLoader>> = {
    shuffled: () =>
      new DataLoader(new Noisy(11), { batchSize: 2, shuffle: true, generator: new Generator(7) }),
    weighted: () =>
      new DataLoader(new Noisy(11), {
        batchSize: 2,
        sampler: new WeightedRandomSampler(new Array<number>(11).fill(1), 11),
      }),
    grouped: () =>
      new DataLoader(new Noisy(11), {
        batchSampler: new GroupedBatchSampler(
          new RandomSampler({ length: 11 }),
          new Array<number>(11).fill(0),
          2,
        ),
      }),
    'in order': () => new DataLoader(new Noisy(11), { batchSize: 2 }),
    streamed: () => new DataLoader(chain(), { batchSize: 2 }),
  }
  it.each(Object.keys(samplers))(
    'goes on in the middle of an epoch with the same batches: %s',
    async (name) => {
      const whole = samplers[name]!()
      const epochs = [await all(whole), await all(whole), await all(whole)]
      for (const stop of [1, 3]) {
        const interrupted = samplers[name]!()
        await all(interrupted)
        let saved = ''
        const seen: unknown[] = []
        for await (const batch of interrupted) {
          seen.push(await plain(batch))
          if (seen.length < stop) continue
          saved = JSON.stringify(interrupted.stateDict())
          break
        }
        const resumed = samplers[name]!()
        resumed.loadStateDict(JSON.parse(saved) as ReturnType<DataLoader['stateDict']>)
        expect([...seen, ...(await all(resumed))]).toEqual(epochs[1])
        expect(await all(resumed)).toEqual(epochs[2])
      }
    },
  )

  it('gives with workers what it gives without, and goes on', async () => {
    const url = new URL('./testing.ts', import.meta.url)
    const dataset = await ModuleDataset.open(url, { length: 9 })
    const options = { batchSize: 2, shuffle: true } as const
    const alone = new DataLoader(dataset, options)
    const expected = [await all(alone), await all(alone)]
    const helped = new DataLoader(dataset, { ...options, numWorkers: 2, persistentWorkers: true })
    expect([await all(helped), await all(helped)]).toEqual(expected)
    const state = { ...new DataLoader(dataset, options).stateDict(), taken: 2 }
    helped.loadStateDict(state)
    expect(await all(helped)).toEqual(expected[0]!.slice(2))
    helped.close()
  })

  it('draws the same after an epoch that was left early, with any number of workers', async () => {
    const dataset = await ModuleDataset.open(new URL('./testing.ts', import.meta.url), { length: 20 })
    const namesOf = async (numWorkers: number): Promise<string[][]> => {
      const sampler = new RandomSampler(dataset, { replacement: true, generator: new Generator(3) })
      const loader = new DataLoader(dataset, { batchSize: 2, sampler, numWorkers })
      const walk = loader[Symbol.asyncIterator]()
      await walk.next()
      await walk.return()
      return ((await all(loader)) as { readonly name: string[] }[]).map(({ name }) => name)
    }
    expect(await namesOf(2)).toEqual(await namesOf(0))
  })

  it('tells what failed in a worker', async () => {
    const dataset = await ModuleDataset.open(new URL('./testing.ts', import.meta.url), {
      length: 4,
      failsAt: 2,
    })
    const says = 'Sample 2 could not be loaded: the file is damaged.'
    await expect(all(new DataLoader(dataset, { numWorkers: 1 }))).rejects.toThrow(says)
    await expect(all(new DataLoader(dataset))).rejects.toThrow(says)
  })

  it.each<[string, () => unknown, string]>([
    ['no data set', () => new DataLoader('12' as never), 'takes a Dataset'],
    ['an unknown option', () => new DataLoader(concat(), { pinned: true } as never), 'no option "pinned"'],
    ['two orders', () => new DataLoader(concat(), { shuffle: true, sampler: [1] }), 'leave shuffle out'],
    [
      'two sizes',
      () => new DataLoader(concat(), { batchSize: 2, batchSampler: new BatchSampler([1] as never, 1) }),
      'A batchSampler says everything',
    ],
    ['a shuffled stream', () => new DataLoader(chain(), { shuffle: true }), 'takes no shuffle'],
    ['threads without a module', () => new DataLoader(concat(), { numWorkers: 1 }), 'ModuleDataset.open'],
    ['no batch', () => new DataLoader(concat(), { batchSize: 0 }), 'batchSize must be a whole number from 1'],
    ['rows that differ', () => new TensorDataset(tensor([1]), tensor([1, 2])), 'same number of rows'],
    ['nothing to join', () => new ConcatDataset([]), 'at least one data set'],
    ['parts that miss some', () => randomSplit(concat(), [3, 3]), 'add up to 6, but there are 9'],
    ['an index beyond', () => new Subset(concat(), [9]), 'There is no sample 9'],
    ['weights of nothing', () => new WeightedRandomSampler([0, 0], 1), 'cannot be drawn'],
    [
      'a rank beyond',
      () => new DistributedSampler(concat(), { numReplicas: 2, rank: 2 }),
      'rank must be below',
    ],
    ['samples unlike', () => defaultCollate([[1], [1, 2]]), 'number 1 holds'],
    ['lengths unlike', () => defaultCollate([Int8Array.of(1), Int8Array.of(1, 2)]), 'by padding'],
    ['what is no data', () => defaultCollate([null, null]), 'A batch cannot be made of null'],
    ['the length of a stream', () => new DataLoader(chain()).length, 'does not know'],
  ])('refuses %s', (_, make, says) => {
    expect(make).toThrow(says)
  })

  it('is walked through once at a time', async () => {
    const loader = new DataLoader(concat())
    const walk = loader[Symbol.asyncIterator]()
    await walk.next()
    await expect(all(loader)).rejects.toThrow('walked through already')
    await walk.return()
    expect(await all(loader)).toHaveLength(9)
  })
})
