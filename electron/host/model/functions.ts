/** The functions between layers, each as one record: its options, what it computes, and how PyTorch and ONNX spell it. */
import {
  cat,
  optionList,
  settle,
  type OnnxNodes,
  type OptionDescriptor,
  type Tensor,
} from '../../../engine/index.ts'
import { namesOfFormula, readFormula } from '../../contract/index.ts'
import { computeFormula, onnxOf, torchOf, withSlope } from '../formulas/formula.ts'

/** A value in ONNX, with what it was for an example; the first extent is the batch's. */
export interface FlowValue {
  readonly name: string
  readonly shape: readonly number[]
  readonly isFloat: boolean
}

/** The options that there are; each function reads those that it lists. */
interface Values {
  readonly dim: number
  readonly dim0: number
  readonly dim1: number
  readonly index: number
  readonly startDim: number
  readonly keepdim: boolean
  readonly other: number | null
  readonly min: number | null
  readonly max: number | null
  readonly pad: number | readonly number[]
  readonly formula: string
  readonly slope: string
}

type Given = Readonly<Record<string, unknown>>

export interface FunctionRecord {
  readonly help: string
  readonly options: readonly OptionDescriptor[]
  /** How many tensors it takes. */
  readonly inputs: readonly [least: number, most: number]
  readonly call: (x: readonly Tensor[], options: Values) => Tensor
  /** Of expressions in Python. `given`: what is not left to its default, which stands there even where it is the default. */
  readonly torch: (x: readonly string[], options: Values, given: Given) => string
  /** The arguments by PyTorch's names, in its order: tensors, and options. */
  readonly takes: readonly string[]
  /** What PyTorch takes where nothing is written, if that is not the default here. */
  readonly absent?: Readonly<Record<string, number>>
  readonly onnx: (nodes: OnnxNodes, x: readonly FlowValue[], options: Values) => string
  /** PyTorch has no such function: the source brings it along. */
  readonly python?: string
}

// ---- options ----

const dimOption = (name = 'dim'): OptionDescriptor => ({
  name,
  kind: 'index',
  help: 'Which dimension, from 0; negative ones count from the end.',
})
const keepdim: OptionDescriptor = {
  name: 'keepdim',
  kind: 'flag',
  default: false,
  help: 'Whether the dimension stays, with one element.',
}
const other: OptionDescriptor = {
  name: 'other',
  kind: 'number',
  default: null,
  nullable: true,
  help: 'The number on the right, where there is no second tensor.',
}
const bound = (name: string, help: string): OptionDescriptor => ({
  name,
  kind: 'number',
  default: null,
  nullable: true,
  help,
})

// ---- ONNX ----

/** What a formula calls the tensors that come in. */
export const formulaNames = (count: number): string[] =>
  count === 1 ? ['x'] : Array.from({ length: count }, (_, i) => `x${i + 1}`)

const onnxTypes = { float32: 1, int64: 7 }
const cast = (nodes: OnnxNodes, x: string | FlowValue, to: keyof typeof onnxTypes): string =>
  nodes.add('Cast', [x as string], { to: { int: onnxTypes[to] } })
/** ONNX compares and adds up whole numbers as int64 alone. */
const wide = (nodes: OnnxNodes, x: FlowValue): string => (x.isFloat ? x.name : cast(nodes, x, 'int64'))
const constant = (nodes: OnnxNodes, value: number, { isFloat }: FlowValue): string =>
  isFloat ? nodes.number(value) : nodes.list([value])
const dimIn = (dim: number, { shape }: FlowValue): number => (dim < 0 ? dim + shape.length : dim)

// ---- groups of functions ----

type Binary = 'add' | 'sub' | 'mul' | 'div' | 'eq' | 'ne'
/** Errors: RangeError where there is neither. */
function rightOf<T>(name: Binary, tensor: T | undefined, other: number | null): T | number {
  const right = tensor ?? other
  if (right === null) throw new RangeError(`${name} needs a second tensor, or the number other.`)
  return right
}
const binary = (name: Binary, help: string, opType: string): FunctionRecord => ({
  help,
  options: [other],
  takes: ['input', 'other'],
  inputs: [1, 2],
  call: ([a, b], { other }) => a![name](rightOf(name, b, other)),
  torch: ([a, b], { other }) => `torch.${name}(${a}, ${rightOf(name, b, other)})`,
  onnx: (nodes, [a, b], { other }) => {
    const right = b ? wide(nodes, b) : constant(nodes, other!, a!)
    const result = nodes.add(opType, [wide(nodes, a!), right])
    return name === 'ne' ? nodes.add('Not', [result]) : result
  },
})

const reduction = (name: 'amax' | 'mean' | 'sum', help: string, opType: string): FunctionRecord => ({
  help,
  options: [dimOption(), keepdim],
  takes: ['input', 'dim', 'keepdim'],
  inputs: [1, 1],
  call: ([x], { dim, keepdim }) => x![name](dim, keepdim),
  torch: ([x], { dim, keepdim }, given) =>
    `torch.${name}(${x}, dim=${dim}${'keepdim' in given ? `, keepdim=${keepdim ? 'True' : 'False'}` : ''})`,
  onnx: (nodes, [x], { dim, keepdim }) => {
    const keep = { keepdims: { int: Number(keepdim) } }
    const from = wide(nodes, x!)
    // In these operators alone the dimensions are an input.
    return opType === 'ReduceSum'
      ? nodes.add(opType, [from, nodes.list([dim])], keep)
      : nodes.add(opType, [from], { axes: { ints: [dim] }, ...keep })
  },
})

const plain = (
  name: 'relu' | 'logicalNot' | 'logicalOr',
  count: 1 | 2,
  help: string,
  spelled: { readonly torch: string; readonly onnx: string },
): FunctionRecord => ({
  help,
  options: [],
  takes: ['input', 'other'].slice(0, count),
  inputs: [count, count],
  call: ([a, b]) => (name === 'logicalOr' ? a!.logicalOr(b!) : a![name]()),
  torch: (x) => `torch.${spelled.torch}(${x.join(', ')})`,
  onnx: (nodes, x) => nodes.add(spelled.onnx, x),
})

const records = {
  add: binary('add', 'The sum, element by element.', 'Add'),
  sub: binary('sub', 'The difference, element by element.', 'Sub'),
  mul: binary('mul', 'The product, element by element.', 'Mul'),
  div: binary('div', 'The quotient, element by element.', 'Div'),
  eq: binary('eq', 'Where both are equal.', 'Equal'),
  ne: binary('ne', 'Where both are not equal.', 'Equal'),
  amax: reduction('amax', 'The largest element along a dimension.', 'ReduceMax'),
  mean: reduction('mean', 'The mean along a dimension.', 'ReduceMean'),
  sum: reduction('sum', 'The sum along a dimension.', 'ReduceSum'),
  relu: plain('relu', 1, 'What is below zero becomes zero.', { torch: 'relu', onnx: 'Relu' }),
  logicalNot: plain('logicalNot', 1, 'True where it was false.', { torch: 'logical_not', onnx: 'Not' }),
  logicalOr: plain('logicalOr', 2, 'True where either is.', { torch: 'logical_or', onnx: 'Or' }),
  clamp: {
    help: 'At least min, and at most max.',
    options: [bound('min', 'What is below becomes this.'), bound('max', 'What is above becomes this.')],
    takes: ['input', 'min', 'max'],
    inputs: [1, 1],
    call: ([x], { min, max }) =>
      x!.clamp({ ...(min === null ? {} : { min }), ...(max === null ? {} : { max }) }),
    torch: ([x], options, given) => {
      const bounds = (['min', 'max'] as const).filter((name) => name in given)
      return `torch.clamp(${[x, ...bounds.map((name) => `${name}=${options[name] ?? 'None'}`)].join(', ')})`
    },
    onnx: (nodes, [x], { min, max }) => {
      const low =
        min === null ? wide(nodes, x!) : nodes.add('Max', [wide(nodes, x!), constant(nodes, min, x!)])
      return max === null ? low : nodes.add('Min', [low, constant(nodes, max, x!)])
    },
  },
  float: {
    help: 'The same numbers as float32; true is 1.',
    options: [],
    takes: ['input'],
    inputs: [1, 1],
    call: ([x]) => x!.to('float32'),
    torch: ([x]) => `${x}.float()`,
    onnx: (nodes, [x]) => cast(nodes, x!, 'float32'),
  },
  cat: {
    help: 'Tensors side by side along a dimension.',
    options: [dimOption()],
    takes: ['tensors', 'dim'],
    inputs: [1, Infinity],
    call: (x, { dim }) => cat(x, dim),
    torch: (x, { dim }) => `torch.cat([${x.join(', ')}], dim=${dim})`,
    onnx: (nodes, x, { dim }) => nodes.add('Concat', x, { axis: { int: dim } }),
  },
  flatten: {
    help: 'All dimensions from one on as a single one.',
    options: [{ ...dimOption('startDim'), default: 1 }],
    takes: ['input', 'start_dim'],
    absent: { startDim: 0 },
    inputs: [1, 1],
    call: ([x], { startDim }) => x!.flatten(startDim),
    // By its place it is what stands where nothing is given: PyTorch's default is another one.
    torch: ([x], { startDim }, given) =>
      `torch.flatten(${x}, ${'startDim' in given ? 'start_dim=' : ''}${startDim})`,
    onnx: (nodes, [x], { startDim }) => {
      // 0 keeps an extent, such as the batch's.
      const kept = x!.shape.slice(0, dimIn(startDim, x!)).map(() => 0)
      return nodes.add('Reshape', [x!, nodes.list([...kept, -1])])
    },
  },
  transpose: {
    help: 'Two dimensions exchanged.',
    options: [dimOption('dim0'), dimOption('dim1')],
    takes: ['input', 'dim0', 'dim1'],
    inputs: [1, 1],
    call: ([x], { dim0, dim1 }) => x!.transpose(dim0, dim1),
    torch: ([x], { dim0, dim1 }) => `torch.transpose(${x}, ${dim0}, ${dim1})`,
    onnx: (nodes, [x], { dim0, dim1 }) => {
      const [a, b] = [dimIn(dim0, x!), dimIn(dim1, x!)]
      const ints = x!.shape.map((_, d) => (d === a ? b : d === b ? a : d))
      return nodes.add('Transpose', [x!], { perm: { ints } })
    },
  },
  select: {
    help: 'One element of a dimension, without that dimension.',
    options: [dimOption(), { name: 'index', kind: 'index', help: 'Which one, from 0.' }],
    takes: ['input', 'dim', 'index'],
    inputs: [1, 1],
    call: ([x], { dim, index }) => x!.select(dim, index),
    torch: ([x], { dim, index }) => `torch.select(${x}, ${dim}, ${index})`,
    onnx: (nodes, [x], { dim, index }) => {
      const one = nodes.add('Gather', [x!, nodes.list([index])], { axis: { int: dim } })
      return nodes.add('Squeeze', [one, nodes.list([dim])])
    },
  },
  unsqueeze: {
    help: 'A new dimension of one element.',
    options: [dimOption()],
    takes: ['input', 'dim'],
    inputs: [1, 1],
    call: ([x], { dim }) => x!.unsqueeze(dim),
    torch: ([x], { dim }) => `torch.unsqueeze(${x}, ${dim})`,
    onnx: (nodes, [x], { dim }) => nodes.add('Unsqueeze', [x!, nodes.list([dim])]),
  },
  squeeze: {
    help: 'Without a dimension that has one element.',
    options: [dimOption()],
    takes: ['input', 'dim'],
    inputs: [1, 1],
    call: ([x], { dim }) => x!.squeeze(dim),
    torch: ([x], { dim }) => `torch.squeeze(${x}, ${dim})`,
    onnx: (nodes, [x], { dim }) => nodes.add('Squeeze', [x!, nodes.list([dim])]),
  },
  pad: {
    help: 'With zeros around it.',
    options: [
      {
        name: 'pad',
        kind: 'sides',
        count: 6,
        help: 'Zeros before and after, the last of three dimensions first.',
      },
    ],
    takes: ['input', 'pad'],
    inputs: [1, 1],
    call: ([x], { pad }) => x!.pad(pairsOf(pad, x!.ndim)),
    torch: ([x], { pad }) => `F.pad(${x}, ${sidesText(pad)})`,
    onnx: (nodes, [x], { pad }) => {
      const pairs = pairsOf(pad, x!.shape.length)
      return nodes.add('Pad', [x!, nodes.list([...pairs.map(([a]) => a), ...pairs.map(([, b]) => b)])])
    },
  },
  takeAlongDim: {
    help: 'Of the first tensor, along a dimension, the elements whose places the second one holds.',
    options: [dimOption()],
    takes: ['input', 'indices', 'dim'],
    inputs: [2, 2],
    call: ([x, places], { dim }) => x!.takeAlongDim(places!, dim),
    torch: ([x, places], { dim }) => `torch.take_along_dim(${x}, ${places}.long(), dim=${dim})`,
    onnx: (nodes, [x, places], { dim }) => {
      const kept = dimIn(dim, x!)
      const extents = x!.shape.map((extent, d) => (d === 0 || d === kept ? 1 : extent))
      const wanted = nodes.add('Expand', [wide(nodes, places!), nodes.list(extents)])
      return nodes.add('GatherElements', [x!, wanted], { axis: { int: dim } })
    },
  },
  arange: {
    help: 'The places along a dimension: 0, 1, 2 …',
    options: [dimOption()],
    takes: ['end', 'device'],
    inputs: [1, 1],
    call: ([x], { dim }) => x!.newArange(x!.shape.at(dim)!),
    torch: ([x], { dim }) => `torch.arange(${x}.shape[${dim}], device=${x}.device)`,
    onnx: (nodes, [x], { dim }) => {
      const scalar = (list: string): string => nodes.add('Squeeze', [list])
      const extent = nodes.add('Gather', [nodes.add('Shape', [x!]), nodes.list([dimIn(dim, x!)])])
      return nodes.add('Range', [scalar(nodes.list([0])), scalar(extent), scalar(nodes.list([1]))])
    },
  },
  formula: {
    help: 'What you write, computed of each example: x is the tensor that comes in, and of several they are x1, x2 …. Sums and the like run along the last dimension.',
    options: [
      {
        name: 'formula',
        kind: 'text',
        help: 'With +, −, *, /, ** and functions by PyTorch’s names: x * sigmoid(1.702 * x).',
      },
      {
        name: 'slope',
        kind: 'text',
        default: '',
        help: 'What stands for its derivative by the first tensor, where it has none that teaches: 1 behind sign(x) is the straight-through estimator. Of a single tensor alone. Empty: the derivative that it has.',
      },
    ],
    takes: [],
    inputs: [1, 8],
    call: (x, { formula, slope }) => {
      const names = formulaNames(x.length)
      const given = new Map(names.map((name, i) => [name, x[i]!]))
      const read = readFormula(formula, names)
      if (namesOfFormula(read).length === 0)
        throw new Error(`The formula ${formula} is of no tensor: it needs ${names.join(' or ')}.`)
      const value = computeFormula(read, given)
      if (slope === '') return value
      // The value is detached, and what is declared is by the first: the others would learn nothing, and nobody would know.
      if (x.length > 1)
        throw new Error(
          `A slope is of one tensor, and ${x.length} come in: ${names.slice(1).join(', ')} would learn nothing. Leave the slope empty, or give the formula one tensor.`,
        )
      if (String(x[0]!.shape) !== String(value.shape))
        throw new Error(
          `A slope is declared element by element: the formula must give the shape [${x[0]!.shape.slice(1).join(', ')}] of ${names[0]}, not [${value.shape.slice(1).join(', ')}].`,
        )
      return withSlope(value, x[0]!, computeFormula(readFormula(slope, names), given))
    },
    torch: (x, { formula, slope }, given) => {
      const names = formulaNames(x.length)
      const lambda = (source: string): string =>
        `lambda ${names.join(', ')}: ${torchOf(readFormula(source, names))}`
      const declared = 'slope' in given ? `, slope=${slope === '' ? 'None' : lambda(slope)}` : ''
      return `formula(${[lambda(formula), ...x].join(', ')}${declared})`
    },
    onnx: (nodes, x, { formula }) => {
      const names = formulaNames(x.length)
      const given = x.map((value) => (value.isFloat ? value.name : cast(nodes, value, 'float32')))
      return onnxOf(readFormula(formula, names), nodes, new Map(names.map((name, i) => [name, given[i]!])))
    },
    python: `def formula(value, *tensors, slope=None):
    """What a formula says of tensors; slope stands for its derivative by the first of them."""
    result = value(*tensors)
    if slope is None:
        return result
    x = tensors[0]
    return result.detach() + (x - x.detach()) * torch.as_tensor(slope(*tensors)).detach()
`,
  },
} as const satisfies Readonly<Record<string, FunctionRecord>>

const sideOf = (pad: number | readonly number[], i: number): number =>
  typeof pad === 'number' ? pad : pad.length === 1 ? pad[0]! : pad[i]!

/** A number for all sides is none for the last dimension alone. */
const sidesText = (pad: number | readonly number[]): string =>
  typeof pad === 'number' ? `(${pad},) * 6` : pad.length === 1 ? `[${pad[0]}] * 6` : `(${pad.join(', ')})`

/** What stands before and after each dimension. */
function pairsOf(pad: number | readonly number[], ndim: number): [number, number][] {
  if (ndim < 3) throw new RangeError(`pad takes three dimensions or more, not ${ndim}.`)
  return Array.from({ length: ndim }, (_, d) => {
    const fromEnd = ndim - 1 - d
    return fromEnd < 3 ? [sideOf(pad, 2 * fromEnd), sideOf(pad, 2 * fromEnd + 1)] : [0, 0]
  })
}

export const functions: Readonly<Record<string, FunctionRecord>> = records

const lists = new Map(
  Object.entries(functions).map(([name, { options }]) => [name, optionList(name, ...options)]),
)

export interface BoundFunction extends Pick<FunctionRecord, 'inputs'> {
  readonly call: (x: readonly Tensor[]) => Tensor
  readonly torch: (x: readonly string[]) => string
  readonly onnx: (nodes: OnnxNodes, x: readonly FlowValue[]) => string
}

/** A function with its options. Errors: an Error for one that is not there, a RangeError or TypeError for an option. */
export function functionOf(name: string, given: Readonly<Record<string, unknown>>): BoundFunction {
  const [record, list] = [Object.hasOwn(functions, name) ? functions[name] : undefined, lists.get(name)]
  if (!record || !list) throw new Error(`There is no function “${name}”.`)
  const options = settle(list, argumentsOf(list.options, given)) as unknown as Values
  return {
    inputs: record.inputs,
    call: (x) => record.call(x, options),
    torch: (x) => {
      const [least] = record.inputs
      if (x.length < least) throw new RangeError(`${name} takes ${least} tensors, and there are ${x.length}.`)
      return record.torch(x, options, given)
    },
    onnx: (nodes, x) => record.onnx(nodes, x, options),
  }
}

export const isRequired = (option: OptionDescriptor): boolean => !('default' in option || 'like' in option)

/** Options by name as a constructor takes them: those that have to be given in order, the others in a record behind. */
export function argumentsOf(
  options: readonly OptionDescriptor[],
  given: Readonly<Record<string, unknown>>,
): unknown[] {
  const required = options.filter(isRequired)
  const names = required.map(({ name }) => name)
  const rest = Object.entries(given).filter(([name]) => !names.includes(name))
  const leading = names.map((name) => given[name])
  return rest.length > 0 ? [...leading, Object.fromEntries(rest)] : leading
}
