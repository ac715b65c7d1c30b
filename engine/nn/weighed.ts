/** Losses that PyTorch has no class for. */
import { integers, uniform } from '../ops/samples.ts'
import * as F from './functional.ts'
import { each, loss, reduction } from './loss.ts'
import { real, weights } from './options.ts'
import { optionList } from './settle.ts'

const reduce = `        if self.reduction == "none":
            return losses
        return losses.sum() if self.reduction == "sum" else losses.mean()
`

/** Cross-entropy of scores [rows, classes] in which hard rows count more (Lin et al. 2017, https://arxiv.org/abs/1708.02002). */
export const FocalLoss = loss(
  optionList(
    'FocalLoss',
    real('gamma', {
      default: 2,
      least: 0,
      help: 'How much less rows count that are right already; 0 is cross-entropy.',
    }),
    weights('weight', { default: undefined, help: 'By how much each class counts.' }),
    reduction,
  ),
  'Cross-entropy in which rows that are hard count more, for classes that are rare.',
  ({ gamma, weight, reduction }, input, target) =>
    F.focalLoss(input, target, { gamma, ...(weight ? { weight } : {}), reduction }),
  [
    [[], uniform([5, 4]), integers([5], 0, 4)],
    [[0.5, { reduction: 'sum' }], uniform([5, 4]), integers([5], 0, 4)],
    [[3, each, { reduction: 'none' }], uniform([5, 4]), integers([5], 0, 4)],
  ],
  [],
  `class FocalLoss(nn.Module):
    def __init__(self, gamma=2, weight=None, reduction="mean"):
        super().__init__()
        self.gamma, self.reduction = gamma, reduction
        self.register_buffer("weight", weight)

    def forward(self, x, target):
        plain = nn.functional.cross_entropy(x, target, reduction="none")
        losses = nn.functional.cross_entropy(x, target, self.weight, reduction="none")
        losses = (1 - (-plain).exp()) ** self.gamma * losses
${reduce}`,
)
export type FocalLoss = InstanceType<typeof FocalLoss>

/** What makes a prediction a quantile of the target (Koenker & Bassett 1978, https://doi.org/10.2307/1913643). */
export const QuantileLoss = loss(
  optionList(
    'QuantileLoss',
    real('q', { default: 0.5, least: 0, most: 1, help: 'The quantile: 0.5 is the median.' }),
    reduction,
  ),
  'Makes the prediction a quantile: what is too low costs q, what is too high 1 − q.',
  ({ q, reduction }, input, target) => F.quantileLoss(input, target, { q, reduction }),
  [
    [[], uniform([3, 4]), uniform([3, 4], -1, 1)],
    [[0.9, { reduction: 'sum' }], uniform([3, 4]), uniform([3, 4], -1, 1)],
    [[0.25, { reduction: 'none' }], uniform([3, 4]), uniform([3, 4], -1, 1)],
  ],
  [],
  `class QuantileLoss(nn.Module):
    def __init__(self, q=0.5, reduction="mean"):
        super().__init__()
        self.q, self.reduction = q, reduction

    def forward(self, x, target):
        over = target - x
        losses = torch.maximum(over * self.q, over * (self.q - 1))
${reduce}`,
)
export type QuantileLoss = InstanceType<typeof QuantileLoss>
