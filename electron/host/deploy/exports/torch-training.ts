/** How a recipe trains, in PyTorch: its loss as Python, and its optimizer as a name with options. */
import { toStateName } from '../../../../engine/index.ts'
import {
  losses,
  optimizers,
  implementationOf,
  type Implementations,
  type Loss,
  type Optimizer,
} from '../../../contract/index.ts'

/** Lines that give `each`, the loss of each row or number, and maybe `own`, what it is divided by; null: Python has none. */
type Body = readonly string[] | null

const number = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value))
const ofNumbers = (call: string): Body => [`each = ${call}`]

const bodies: Implementations<typeof losses, Body> = {
  crossEntropy: ({ labelSmoothing }) => [
    'label = target.long()',
    `each = functional.cross_entropy(output, label, weight=class_weight, label_smoothing=${number(labelSmoothing)}, reduction="none")`,
    'own = None if class_weight is None else class_weight[label]',
  ],
  binaryCrossEntropy: ({ labelSmoothing }) => [
    'target = target.reshape(output.shape)',
    `wanted = target * ${number(1 - labelSmoothing)} + ${number(labelSmoothing / 2)}`,
    'each = functional.binary_cross_entropy_with_logits(output, wanted, pos_weight=class_weight, reduction="none")',
  ],
  focal: ({ gamma }) => [
    'if target.dtype == torch.int32:',
    '    label = target.long()',
    '    log = functional.log_softmax(output, 1).gather(1, label.unsqueeze(1)).squeeze(1)',
    `    each = -log * (1 - log.exp()) ** ${number(gamma)}`,
    '    own = None if class_weight is None else class_weight[label]',
    '    each = each if own is None else each * own',
    'else:',
    '    target = target.reshape(output.shape)',
    '    plain = functional.binary_cross_entropy_with_logits(output, target, reduction="none")',
    `    each = plain * (1 - (-plain).exp()) ** ${number(gamma)}`,
    '    each = each if class_weight is None else each * (target * (class_weight - 1) + 1)',
  ],
  corn: () => [
    'label = target.long().unsqueeze(1)',
    'step = torch.arange(output.shape[1], device=output.device)',
    'own = (label >= step).float()',
    'own = own if class_weight is None else own * class_weight[label]',
    'further = (label > step).float()',
    'each = functional.binary_cross_entropy_with_logits(output, further, reduction="none") * own',
  ],
  mse: () => ofNumbers('(output - target.reshape(output.shape)) ** 2'),
  mae: () => ofNumbers('(output - target.reshape(output.shape)).abs()'),
  huber: ({ delta }) =>
    ofNumbers(
      `functional.huber_loss(output, target.reshape(output.shape), delta=${number(delta)}, reduction="none")`,
    ),
  errorFormula: () => null,
  probabilityFormula: () => null,
}

/** What stands for a loss that somebody wrote: the first of those that are for the same tasks. */
function plainLoss(chosen: Loss): Body {
  const { tasks } = losses.members.find(({ name }) => name === chosen.name)!
  const other = losses.members.find((one) =>
    one.tasks.some((task) => (tasks as readonly string[]).includes(task)),
  )!
  const { options } = other
  const starts = Object.fromEntries(Object.entries(options).map(([name, option]) => [name, (option as { start: unknown }).start])) // prettier-ignore
  return implementationOf(losses, bodies, { name: other.name, ...starts } as Loss)
}

/** Whether it is trained by the very loss of the recipe. */
export const hasTorchLoss = (loss: Loss): boolean => implementationOf(losses, bodies, loss) !== null

/** loss.py: the sum of the losses of some rows, and what it is divided by, which many processes add up. */
export function lossSource(chosen: Loss, weights: readonly number[] | null): string {
  const body = implementationOf(losses, bodies, chosen) ?? plainLoss(chosen)!
  return `"""What training makes smaller, as the sum over some rows and what that sum is divided by."""

import torch
from torch.nn import functional

CLASS_WEIGHT = ${weights === null ? 'None' : `torch.tensor([${weights.map(number).join(', ')}])`}


def loss(output, target, weight=None):
    # Where the network is: its processes may each have a GPU.
    class_weight = None if CLASS_WEIGHT is None else CLASS_WEIGHT.to(output.device)
    own = None
${body.map((line) => `    ${line}`).join('\n')}
    if weight is not None:
        each = each * weight.reshape(-1, *([1] * (each.ndim - 1)))
    return each.sum(), output.new_tensor(each.numel()) if own is None else own.sum()
`
}

/** By the names of torch.optim. */
const names: Implementations<typeof optimizers, string> = {
  sgd: () => 'SGD',
  adam: () => 'Adam',
  adamw: () => 'AdamW',
  rmsprop: () => 'RMSprop',
  adagrad: () => 'Adagrad',
  nadam: () => 'NAdam',
  radam: () => 'RAdam',
  adamax: () => 'Adamax',
  adadelta: () => 'Adadelta',
}

export function torchOptimizer(chosen: Optimizer): {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
} {
  // prettier-ignore
  const { name: _, learningRate: lr, ...options } = chosen as Optimizer & Record<string, unknown>
  const { beta1, beta2, ...rest } = options as Record<string, unknown>
  const spelled = Object.entries(rest).map(([name, value]) => [toStateName(name), value] as const)
  return {
    name: implementationOf(optimizers, names, chosen),
    options: { lr, ...(beta1 !== undefined && { betas: [beta1, beta2] }), ...Object.fromEntries(spelled) },
  }
}
