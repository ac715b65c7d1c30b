/** Tensors as PyTorch prints them (torch/_tensor_str.py): four digits, columns of one width, long ones cut in the middle. */
import { isFloating, type DType, type TypedArray } from './dtype.ts'
import { numel, type Shape } from './shape.ts'

const precision = 4
/** Beyond so many elements only the edges of each dimension are shown. */
const threshold = 1000
const edgeItems = 3
const lineWidth = 80

interface Format {
  readonly width: number
  readonly show: (value: number) => string
}

const exponential = (value: number): string =>
  value.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2')

function special(value: number): string | null {
  if (Number.isNaN(value)) return 'nan'
  if (Number.isFinite(value)) return null
  return value > 0 ? 'inf' : '-inf'
}

/** Of -0 the sign is shown too. */
const fixed = (value: number, digits: number): string =>
  Object.is(value, -0) ? `-${(0).toFixed(digits)}` : value.toFixed(digits)

function showFloats(values: readonly number[]): (value: number) => string {
  const sizes = values.filter((v) => Number.isFinite(v) && v !== 0).map(Math.abs)
  if (sizes.length === 0) return (v) => special(v) ?? `${fixed(v, 0)}.`
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)]
  const whole = sizes.every(Number.isInteger)
  const isWide = most / least > 1000 || most > 1e8 || (!whole && least < 1e-4)
  if (isWide) return (v) => special(v) ?? exponential(v)
  return (v) => special(v) ?? (whole ? `${fixed(v, 0)}.` : fixed(v, precision))
}

function formatOf(dtype: DType, values: readonly number[]): Format {
  const show =
    dtype === 'bool'
      ? (v: number): string => (v === 0 ? 'False' : 'True')
      : isFloating(dtype)
        ? showFloats(values)
        : String
  // Zeros, infinities and NaN do not count for the width, as in PyTorch.
  const counted = isFloating(dtype) ? values.filter((v) => Number.isFinite(v) && v !== 0) : values
  return { width: Math.max(1, ...counted.map((v) => show(v).length)), show }
}

/** The places of a dimension that are shown; null stands for those left out. */
function shown(extent: number, cut: boolean): (number | null)[] {
  const all = Array.from({ length: extent }, (_, i) => i)
  if (!cut || extent <= 2 * edgeItems) return all
  return [...all.slice(0, edgeItems), null, ...all.slice(-edgeItems)]
}

function* visible(data: TypedArray, shape: Shape, cut: boolean, offset = 0): Generator<number> {
  const [extent, ...rest] = shape
  if (extent === undefined) {
    yield data[offset]!
    return
  }
  const size = numel(rest)
  for (const i of shown(extent, cut)) if (i !== null) yield* visible(data, rest, cut, offset + i * size)
}

function rows(
  data: TypedArray,
  shape: Shape,
  format: Format,
  cut: boolean,
  indent: number,
  offset: number,
): string {
  const [extent, ...rest] = shape
  const padded = (value: number): string => format.show(value).padStart(format.width)
  if (extent === undefined) return padded(data[offset]!)
  const size = numel(rest)
  const items = shown(extent, cut)
  if (rest.length === 0) {
    const perLine = Math.max(1, Math.floor((lineWidth - indent) / (format.width + 2)))
    const texts = items.map((i) => (i === null ? ' ...' : padded(data[offset + i]!)))
    const lines = Array.from({ length: Math.ceil(texts.length / perLine) }, (_, i) =>
      texts.slice(i * perLine, (i + 1) * perLine).join(', '),
    )
    return `[${lines.join(`,\n${' '.repeat(indent + 1)}`)}]`
  }
  const parts = items.map((i) =>
    i === null ? '...' : rows(data, rest, format, cut, indent + 1, offset + i * size),
  )
  return `[${parts.join(`,${'\n'.repeat(rest.length)}${' '.repeat(indent + 1)}`)}]`
}

/** `suffixes`: what stands behind the numbers, such as grad_fn=<AddBackward0>. */
export function printTensor(
  data: TypedArray,
  shape: Shape,
  dtype: DType,
  suffixes: readonly string[],
): string {
  const behind = [...suffixes]
  // int32 is what PyTorch's int64 is here, and float32 and bool need no naming there either.
  if (dtype === 'uint32' || dtype === 'uint8' || dtype === 'float16') behind.unshift(`dtype=torch.${dtype}`)
  if (numel(shape) === 0) {
    if (shape.length !== 1) behind.unshift(`size=(${shape.join(', ')})`)
    return `tensor(${['[]', ...behind].join(', ')})`
  }
  const cut = numel(shape) > threshold
  const format = formatOf(dtype, [...visible(data, shape, cut)])
  const body = rows(data, shape, format, cut, 'tensor('.length, 0)
  if (behind.length === 0) return `tensor(${body})`
  const last = body.length - body.lastIndexOf('\n') - 1 + 'tensor('.length
  const text = behind.join(', ')
  const separator = last + text.length + 2 > lineWidth ? `,\n${' '.repeat('tensor('.length)}` : ', '
  return `tensor(${body}${separator}${text})`
}
