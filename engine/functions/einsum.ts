/** Sums of products as Einstein wrote them. */
import { uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/core.ts'
import { formatShape, numel, type Shape } from '../tensor/shape.ts'
import { defineVariadic } from './define.ts'
import { matmul } from './linalg.ts'
import { movedim } from './movement.ts'
import { signed } from './samples.ts'

/** A tensor whose dimensions have names: letters, or `.k` for the k-th from the right of those that '...' stands for. */
interface Labeled {
  readonly value: Tensor
  readonly labels: readonly string[]
}

const refuse = (equation: string, why: string): never => {
  throw new RangeError(`einsum: '${equation}' ${why}.`)
}

/** Letters and '...', in order. */
function symbols(equation: string, part: string): string[] {
  const found = part.match(/\.\.\.|[a-zA-Z]/g) ?? []
  if (found.join('') !== part) refuse(equation, `has '${part}', which is not made of letters and one '...'`)
  if (found.filter((s) => s === '...').length > 1) refuse(equation, `has '...' more than once in '${part}'`)
  return found
}

const ellipsis = (rank: number): string[] => Array.from({ length: rank }, (_, i) => `.${rank - 1 - i}`)

function labeled(equation: string, part: string, value: Tensor): Labeled {
  const names = symbols(equation, part)
  const between = value.ndim - names.filter((s) => s !== '...').length
  if (between < 0 || (between > 0 && !names.includes('...')))
    refuse(equation, `has ${names.length} letters in '${part}' for a tensor of ${formatShape(value.shape)}`)
  return onDiagonals(
    equation,
    value,
    names.flatMap((s) => (s === '...' ? ellipsis(between) : [s])),
  )
}

/** A letter that comes twice stands for the diagonal of both dimensions. */
function onDiagonals(equation: string, value: Tensor, labels: readonly string[]): Labeled {
  const second = labels.findIndex((label, i) => labels.indexOf(label) !== i)
  if (second < 0) return { value, labels }
  const first = labels.indexOf(labels[second]!)
  if (value.shape[first] !== value.shape[second])
    refuse(equation, `repeats ${labels[second]} for different extents of ${formatShape(value.shape)}`)
  const taken = value.diagonal(0, first, second)
  const rest = labels.filter((_, i) => i !== second && i !== first)
  const at = labels.slice(0, second).indexOf(labels[second]!)
  return onDiagonals(equation, movedim(taken, -1, at), rest.toSpliced(at, 0, labels[second]!))
}

/** Without the dimensions that nobody asks for. */
function summed({ value, labels }: Labeled, wanted: ReadonlySet<string>): Labeled {
  const dims = labels.flatMap((label, i) => (wanted.has(label) ? [] : [i]))
  if (dims.length === 0) return { value, labels }
  return { value: value.sum(dims), labels: labels.filter((label) => wanted.has(label)) }
}

/** The dimensions `order` in that order; those it lacks have extent 1, or stretch to `extents`. */
function arranged(
  { value, labels }: Labeled,
  order: readonly string[],
  extents?: ReadonlyMap<string, number>,
): Tensor {
  const present = order.filter((label) => labels.includes(label))
  const sorted = value.permute(present.map((label) => labels.indexOf(label)))
  const shape = order.map((label) => (labels.includes(label) ? value.shape[labels.indexOf(label)]! : 1))
  const whole = sorted.reshape(shape)
  return extents ? whole.expand(order.map((label) => extents.get(label)!)) : whole
}

/** The product of two, summed over what only they share and nobody else wants: a product of matrices, if there is such a dimension. */
function product(
  a: Labeled,
  b: Labeled,
  wanted: ReadonlySet<string>,
  extents: ReadonlyMap<string, number>,
): Labeled {
  const shared = a.labels.filter((label) => b.labels.includes(label))
  const batch = shared.filter((label) => wanted.has(label))
  const inner = shared.filter((label) => !wanted.has(label))
  const rows = a.labels.filter((label) => !shared.includes(label))
  const columns = b.labels.filter((label) => !shared.includes(label))
  const labels = [...batch, ...rows, ...columns]
  if (inner.length === 0) return { value: arranged(a, labels).mul(arranged(b, labels)), labels }
  // A dimension of extent 1 stands for any other; one that nothing but its own tensor has keeps its extent.
  const shapeOf = (of: readonly string[], x: Labeled): Shape =>
    of.map((label) =>
      shared.includes(label) ? extents.get(label)! : x.value.shape[x.labels.indexOf(label)]!,
    )
  const sized = (x: Labeled, of: readonly string[]): Tensor => arranged(x, of).expand(shapeOf(of, x))
  const batchShape = shapeOf(batch, a)
  const depth = numel(shapeOf(inner, a))
  const left = sized(a, [...batch, ...rows, ...inner]).reshape([
    ...batchShape,
    numel(shapeOf(rows, a)),
    depth,
  ])
  const right = sized(b, [...batch, ...inner, ...columns]).reshape([
    ...batchShape,
    depth,
    numel(shapeOf(columns, b)),
  ])
  const value = matmul(left, right).reshape([...batchShape, ...shapeOf(rows, a), ...shapeOf(columns, b)])
  return { value, labels }
}

/** What each letter's extent is, where 1 stands for any. */
function extentsOf(equation: string, operands: readonly Labeled[]): ReadonlyMap<string, number> {
  const extents = new Map<string, number>()
  for (const { value, labels } of operands) {
    labels.forEach((label, i) => {
      const [known = 1, extent] = [extents.get(label), value.shape[i]!]
      if (known !== extent && known !== 1 && extent !== 1)
        refuse(
          equation,
          `gives ${label.startsWith('.') ? "'...'" : label} the extents ${known} and ${extent}`,
        )
      extents.set(label, known === 1 ? extent : known)
    })
  }
  return extents
}

/** The labels of the result: those after '->', else '...' and all letters that come once, in order. */
function outputLabels(equation: string, inputs: string, output: string | undefined, rank: number): string[] {
  if (output === undefined) {
    const letters = [...inputs.replaceAll(/[^a-zA-Z]/g, '')]
    return [
      ...ellipsis(rank),
      ...letters.filter((c) => letters.indexOf(c) === letters.lastIndexOf(c)).toSorted(),
    ]
  }
  const names = symbols(equation, output)
  const twice = names.find((s, i) => names.indexOf(s) !== i)
  if (twice !== undefined) refuse(equation, `has ${twice} more than once after '->'`)
  const unknown = names.find((s) => s !== '...' && !inputs.includes(s))
  if (unknown !== undefined) refuse(equation, `has ${unknown} after '->', but not before`)
  return names.flatMap((s) => (s === '...' ? ellipsis(rank) : [s]))
}

/**
 * Sum of products by letters: `einsum('ij,jk->ik', a, b)`. A letter after '->' is kept, others are summed over; one that
 * comes twice for a tensor stands for a diagonal; '...' stands for any dimensions, which broadcast. Without '->' letters
 * that come once are kept, in alphabetical order. The tensors may stand in a list. Source: torch.einsum.
 * Errors: a RangeError that names the equation, for one that is none and tensors that do not fit.
 */
export const einsum = defineVariadic({
  name: 'einsum',
  isMethod: false,
  call(equation: string, ...operands: readonly (Tensor | readonly Tensor[])[]): Tensor {
    if (typeof equation !== 'string')
      throw new TypeError("einsum takes an equation such as 'ij,jk->ik' first, then the tensors.")
    const tensors = operands.flat() as Tensor[]
    const [inputs = '', output, ...more] = equation.replaceAll(' ', '').split('->')
    if (more.length > 0) refuse(equation, "has more than one '->'")
    const parts = inputs.split(',')
    if (parts.length !== tensors.length)
      refuse(equation, `is for ${parts.length} tensors, not ${tensors.length}`)
    const given = parts.map((part, i) => labeled(equation, part, tensors[i]!))
    const extents = extentsOf(equation, given)
    const rank = [...extents.keys()].filter((label) => label.startsWith('.')).length
    const labels = outputLabels(equation, inputs, output, rank)
    const wantedAfter = (i: number): Set<string> =>
      new Set([...labels, ...given.slice(i).flatMap((operand) => operand.labels)])
    const first = summed(given[0]!, wantedAfter(1))
    const whole = given.slice(1).reduce((sofar, operand, i) => {
      const wanted = wantedAfter(i + 2)
      const alone = summed(operand, new Set([...wanted, ...sofar.labels]))
      return product(sofar, alone, wanted, extents)
    }, first)
    return arranged(summed(whole, new Set(labels)), labels, extents)
  },
  samples: [
    ['i->', uniform([3])],
    ['i,j->ij', uniform([3]), uniform([4])],
    ['ij->ji', signed],
    ['ij,jk', signed, uniform([4, 2])],
    ['ba', signed],
    ['ii->i', uniform([3, 3])],
    ['ii', uniform([3, 3])],
    ['bij,bjk->bik', uniform([2, 3, 4]), uniform([2, 4, 2])],
    ['...ij,...jk->...ik', uniform([2, 1, 3, 4]), uniform([5, 4, 2])],
    ['...i,i->...', uniform([2, 3, 4]), uniform([4])],
    ['i...->...', uniform([2, 3, 4])],
    ['ik,jk,k->ij', uniform([2, 3]), uniform([4, 3]), uniform([3])],
    ['ij,kj->ik', uniform([2, 3]), uniform([1, 3])],
    ['ij,jk->ik', uniform([2, 1]), uniform([3, 4])],
    ['ij,Ab->ijAb', uniform([2, 3]), uniform([2, 2])],
    ['a,b,ab->', uniform([2]), uniform([3]), uniform([2, 3])],
    ['iij->j', uniform([2, 2, 3])],
    ['ij,jk->ik', uniform([2, 0]), uniform([0, 3])],
    ['...ij->...', uniform([2, 3, 4])],
    ['i,i->', [uniform([3]), uniform([3], -1, 1)]],
    [',->', uniform([]), uniform([])],
  ],
})
