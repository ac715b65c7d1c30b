/** Edges where PyTorch 1.13 has an answer of its own, which stands beside each; and what is refused where it refuses. */
import { beforeAll, expect, it } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { checkpoint } from '../autograd/index.ts'
import * as nn from '../nn/index.ts'
import { lrScheduler, SGD, swaUtils } from '../optim/index.ts'
import { DistributedSampler } from '../data/samplers.ts'
import { grad } from '../tensor/autograd.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { manualSeed } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { arange, full, ones, zeros } from './creation.ts'
import { dsplit, hsplit, vsplit } from './arrangement.ts'
import { pow } from './arithmetic.ts'
import { kron } from './products.ts'
import { rsub } from './special.ts'
import { broadcastShapes } from './shapes.ts'

const F = nn.functional
const { CosineAnnealingLR, StepLR } = lrScheduler
const { AveragedModel } = swaUtils
const sgd = (): SGD => new SGD([leaf(1)], 0.1)
const whole = (...numbers: readonly number[]): Tensor => tensor(numbers, { dtype: 'int32' })
const truths = (): Tensor => tensor([true, false])
const leaf = (...numbers: readonly number[]): Tensor => tensor(numbers, { requiresGrad: true })
/** [type, numbers]. */
const said = async (x: Tensor): Promise<unknown> => [x.dtype, await x.tolist()]
const slope = async (x: Tensor, y: Tensor): Promise<unknown> => {
  y.sum().backward()
  return x.grad!.tolist()
}

beforeAll(() => setDefaultDevice(createWasmDevice({ threads: 1 })))

it.each<[string, () => Tensor, unknown]>([
  ['truth + 1', () => truths().add(1), ['int32', [2, 1]]],
  ['truth · 2.5', () => truths().mul(2.5), ['float32', [2.5, 0]]],
  ['truth squared', () => truths().pow(2), ['int32', [1, 0]]],
  ['truth // 1', () => truths().floorDivide(1), ['int32', [1, 0]]],
  ['truth & 3', () => truths().bitwiseAnd(3), ['int32', [1, 0]]],
  ['truth beyond 32 bits', () => truths().mul(1e10), ['float32', [1e10, 0]]],
  ['truth + what only a float holds', () => truths().add(3e9), ['float32', [3e9, 3e9]]],
  ['truth + the most of 32 bits', () => truths().add(2 ** 31 - 1), ['float32', [2 ** 31, 2 ** 31]]],
  ['truth against a great number', () => truths().eq(2 ** 40), ['bool', [0, 0]]],
  ['truth below a great number', () => truths().lt(3e9), ['bool', [1, 1]]],
  ['truth above a small number', () => truths().gt(-(2 ** 40)), ['bool', [1, 1]]],
  ['2 to the truth', () => pow(2, truths()), ['int32', [2, 1]]],
  ['truth % 2', () => truths().remainder(2), ['int32', [1, 0]]],
  ['truth fmod 2', () => truths().fmod(2), ['int32', [1, 0]]],
  ['truth filled by places', () => truths().indexFill(0, whole(1), 1), ['bool', [1, 1]]],
  ['truth filled by a number in a tensor', () => truths().maskedFill(truths(), tensor(0)), ['bool', [0, 0]]],
  ['% a tensor of ∞', () => tensor([5, -5]).remainder(tensor(Infinity)), ['float32', [5, Infinity]]],
  [
    '% tensors, some ∞',
    () => tensor([5, 5, 5]).remainder(tensor([-Infinity, 3, Infinity])),
    ['float32', [-Infinity, 2, 5]],
  ],
  ['fmod a tensor of ∞', () => tensor([5, -5]).fmod(tensor([Infinity, 3])), ['float32', [5, -2]]],
  ['whole fmod ∞', () => whole(5, -5).fmod(Infinity), ['float32', [5, -5]]],
  [
    'a loss without a bound',
    () => F.huberLoss(tensor([3]), tensor([1]), { delta: Infinity }),
    ['float32', 2],
  ],
  ['truth filled', () => truths().maskedFill(truths(), 0), ['bool', [0, 0]]],
  ['true everywhere', () => full([2], true), ['bool', [1, 1]]],
  ['1 / whole', () => whole(1, 2, 4).reciprocal(), ['float32', [1, 0.5, 0.25]]],
  ['whole · whole', () => whole(1, 2, 3).matmul(whole(4, 5, 6)), ['int32', 32]],
  ['% ∞', () => tensor([5, -5, 0, Infinity]).remainder(Infinity), ['float32', [5, Infinity, 0, NaN]]],
  ['% −∞', () => tensor([5, -5]).remainder(-Infinity), ['float32', [-Infinity, -5]]],
  ['fmod ∞', () => tensor([5, -5, NaN]).fmod(Infinity), ['float32', [5, -5, NaN]]],
  ['a step at NaN', () => tensor([NaN, 0]).heaviside(tensor(0.5)), ['float32', [0, 0.5]]],
  ['the middle of nothing', () => zeros([0]).median(), ['float32', NaN]],
  ['filled from the end', () => ones([3]).indexFill(0, whole(-1), 7), ['float32', [1, 1, 7]]],
  ['x[1:3]', () => arange(5).index('1:3'), ['int32', [1, 2]]],
  ['x[:-1]', () => arange(5).index(':-1'), ['int32', [0, 1, 2, 3]]],
  ['x[::2]', () => arange(5).index('::2'), ['int32', [0, 2, 4]]],
  ['rows and x[:, 1:]', () => arange(4).reshape(2, 2).index(':', '1:'), ['int32', [[1], [3]]]],
])('%s is as PyTorch has it', async (_, make, expected) => {
  expect(await said(make())).toEqual(expected)
})

it('gradients at edges are PyTorch’s', async () => {
  const [a, b, c] = [leaf(1, 2, 4), leaf(1, 1, 0), leaf(1, 2)]
  expect(await slope(a, a.var({ dim: 0, correction: 3 }))).toEqual([-Infinity, -Infinity, Infinity])
  expect(await slope(b, b.median())).toEqual([0.5, 0.5, 0])
  const lowest = leaf(-Infinity, -Infinity, 1)
  expect(await slope(lowest, lowest.median())).toEqual([0.5, 0.5, 0])
  const none = zeros([0], { requiresGrad: true })
  expect(await slope(none, none.median())).toEqual([])
  for (const by of [Infinity, -Infinity, tensor(Infinity), tensor([-Infinity, -Infinity])]) {
    const [x, y] = [leaf(5, -5), leaf(5, -5)]
    expect(await slope(x, x.remainder(by))).toEqual([1, 1])
    expect(await slope(y, y.fmod(by))).toEqual([1, 1])
  }
  const [divisor, other, base] = [leaf(Infinity, 3), leaf(Infinity, 3), leaf(2, 3)]
  expect(await slope(divisor, tensor([-5, 5]).remainder(divisor))).toEqual([1, -1])
  expect(await slope(other, tensor([-5, 5]).fmod(other))).toEqual([0, -1])
  expect(await slope(base, base.pow(truths()))).toEqual([1, 0])
  const far = leaf(3)
  expect(await slope(far, F.huberLoss(far, tensor([1]), { delta: Infinity }))).toEqual([2])
  const loss = F.crossEntropy(c.reshape(1, 2), whole(0), { ignoreIndex: 0 })
  expect([await loss.item(), await slope(c, loss)]).toEqual([NaN, [0, 0]])
})

it('takes the second time backward, and a schedule’s length, as PyTorch writes them', async () => {
  const x = leaf(2)
  const y = x.square().sum()
  y.backward(null, true)
  y.backward()
  expect(await x.grad!.tolist()).toEqual([8])
  const one = sgd()
  expect(new CosineAnnealingLR(one, { TMax: 1 }).stateDict()).toMatchObject({ T_max: 1 })
})

it('whole numbers multiply exactly beyond the elements of a shape, block by block', async () => {
  const n = 1300
  const [left, right] = [arange(n).reshape(n, 1).expand([n, n]), ones([n, n], { dtype: 'int32' })]
  const product = left.matmul(right)
  expect(await product.sum(1).tolist()).toEqual(Array.from({ length: n }, (_, i) => i * n * n | 0)) // prettier-ignore
})

it('takes any whole number for the seed of a share, as PyTorch does', () => {
  const of = (rank: number): number[] => [...new DistributedSampler({ length: 4 }, 2, rank, true, -1)]
  expect([...of(0), ...of(1)].toSorted()).toEqual([0, 1, 2, 3])
})

it('nothing is divided into nothings, and shapes broadcast without tensors', () => {
  expect(zeros([0]).chunk(3)).toHaveLength(3)
  expect(broadcastShapes([2, 1], [3], [])).toEqual([2, 3])
})

it('clips by a norm that is given by position', async () => {
  const x = leaf(3, 4)
  x.square().sum().mul(0.5).backward()
  await nn.utils.clipGradNorm_([x], 1, Infinity).item()
  expect((await x.grad!.tolist()) as number[]).toEqual([expect.closeTo(0.75, 5), expect.closeTo(1, 5)])
})

it.each<[string, () => unknown, string]>([
  ['a negative power of whole numbers', () => whole(2).pow(-2), 'have no power -2 among whole numbers'],
  ['whole numbers by 0', () => whole(2).floorDivide(0), 'cannot be divided by 0'],
  ['whole numbers modulo 0', () => whole(2).remainder(0), 'cannot be divided by 0'],
  ['the extent of a number', () => tensor(3).size(0), 'a single number has no dimensions'],
  ['differences of a number', () => tensor(3).diff(), 'at least one dimension'],
  ['rows of a list', () => vsplit(ones([2]), 2), 'vsplit needs at least 2 dimensions'],
  ['depths of a matrix', () => dsplit(ones([2, 2]), 2), 'dsplit needs at least 3 dimensions'],
  ['columns of a number', () => hsplit(tensor(1), 1), 'hsplit needs at least 1 dimensions'],
  ['a dimension that is missing', () => ones([2]).softmax(undefined as never), 'A dimension is missing'],
  ['a slice that is none', () => ones([2]).index('a:' as never), "'a:' is no slice"],
  ['a number beside a matrix', () => kron(ones([2]), 3 as never), 'kron takes two tensors'],
  ['the mode of nothing', () => zeros([0]).mode(), 'is empty'],
  ['classes below 0', () => F.oneHot(whole(-1)), 'classes are numbered from 0'],
  ['classes below 0 among some', () => F.oneHot(whole(-1), 3), 'classes are numbered from 0'],
  ['classes of nothing', () => F.oneHot(zeros([0], { dtype: 'int32' })), 'give numClasses'],
  ['what is taken from truth', () => truths().sub(1), 'sub is not defined for bool'],
  ['truth taken from a number', () => rsub(truths(), 1), 'sub is not defined for bool'],
  [
    'whole numbers in a layer',
    () => new nn.Linear(2, 1).forward(whole(1, 2)),
    'linear takes float32, not int32',
  ],
  ['truths in a layer', () => new nn.Linear(2, 1).forward(truths()), 'linear takes float32, not bool'],
  ['a number beside a matrix, first', () => kron(3 as never, ones([2])), 'kron takes two tensors'],
  ['an extent that is a part', () => broadcastShapes([1.5], [1]), 'lists of whole numbers from 0, not [1.5]'],
  ['a number as a shape', () => broadcastShapes(3 as never), 'not 3'],
  ['whole numbers of a log-normal', () => whole(1).logNormal_(), 'logNormal_ fills float32'],
  [
    'a gradient by position',
    () => grad(leaf(1).sum(), leaf(1), tensor(1) as never),
    'options by name only, as { gradOutputs }',
  ],
  ['a length given twice', () => new CosineAnnealingLR(sgd(), { tMax: 5, TMax: 9 }), 'given twice'],
  ['a length by position and by name', () => new CosineAnnealingLR(sgd(), 5, { TMax: 9 }), 'given twice'],
  [
    'to keep the graph by a word',
    () =>
      leaf(1)
        .sum()
        .backward({ retainGraph: 'no' as never }),
    'retainGraph must be true or false',
  ],
  [
    'to keep the graph by a word in its place',
    () =>
      leaf(1)
        .sum()
        .backward(undefined, 'yes' as never),
    'retainGraph must be true or false',
  ],
  ['to forget by a word', () => sgd().zeroGrad('false' as never), 'setToNone must be true or false'],
  [
    'to forget a layer’s by a word',
    () => new nn.Linear(1, 1).zeroGrad('false' as never),
    'setToNone must be true or false',
  ],
  ...(['mseLoss', 'l1Loss', 'smoothL1Loss', 'huberLoss', 'quantileLoss'] as const).flatMap((name) =>
    (['mean', 'sum', 'none'] as const).map((reduction): [string, () => unknown, string] => [
      `two shapes in ${name}, ${reduction}`,
      () => F[name](ones([3, 1]), ones([3]), { reduction }),
      'differ in shape',
    ]),
  ),
  ['a bound of no width', () => F.huberLoss(ones([1]), ones([1]), { delta: 0 }), 'delta must be above 0'],
  [
    'scores [N, 1] beside targets [N]',
    () => F.binaryCrossEntropyWithLogits(zeros([3, 1]), zeros([3])),
    'differ in shape',
  ],
  [
    'one value of a channel',
    () => new nn.InstanceNorm2d(3).forward(ones([1, 3, 1, 1])),
    'more than one value',
  ],
  [
    'the same size by steps',
    () => new nn.Conv2d(1, 1, 3, { padding: 'same', stride: 2 }),
    'for a stride of 1',
  ],
  [
    'a bound that is no number',
    () => nn.utils.clipGradNorm_([], { maxNorm: 1 } as never),
    'maxNorm must be above 0',
  ],
  [
    'a switch that is none',
    () => tensor(1).backward({ retain_graph: true } as never),
    'no option "retain_graph"',
  ],
  ['a dimension by name', () => ones([2]).softmax({ dim: 0 } as never), 'A dimension is a number'],
  ['classes that are floats', () => F.oneHot(ones([2])), 'takes class numbers'],
  ['a seed that is none', () => manualSeed('a' as never), 'manualSeed takes a whole number'],
  ['options of a checkpoint', () => checkpoint((x) => x, ones([1]), {} as never), 'no options'],
  ['a schedule of a number', () => new StepLR(2 as never, 3), 'takes the optimizer first'],
  [
    'an average of an unknown kind',
    () => new AveragedModel(new nn.Linear(1, 1), { avg_fn: null } as never),
    'no option "avg_fn"',
  ],
  [
    'a way to forget that is none',
    () => sgd().zeroGrad({ set_to_none: true } as never),
    'no option "set_to_none"',
  ],
  [
    'waiting for a norm',
    () => nn.utils.clipGradNorm_([], 1, { errorIfNonfinite: true }),
    'leave errorIfNonfinite out',
  ],
])('refuses %s', (_, make, sentence) => {
  expect(make).toThrow(sentence)
})
