/** Edges where PyTorch 1.13 has an answer of its own, which stands beside each; and what is refused where it refuses. */
import { beforeAll, expect, it } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { checkpoint } from '../autograd.ts'
import * as nn from '../nn/index.ts'
import { lrScheduler, SGD, swaUtils } from '../optim/index.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { manualSeed } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { arange, full, ones, zeros } from './creation.ts'
import { dsplit, hsplit, vsplit } from './arrangement.ts'
import { kron } from './products.ts'
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
