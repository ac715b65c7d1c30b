/** Long rows in blocks: each is scanned by a thread, then their totals are, and what came before is put to each block. */
import type { RoutineKernel, RoutineOperand, SlotInfo } from '../../../compiler/kernel.ts'
import type { RoutineType, ScanFn } from '../../../compiler/routines.ts'
import type { ComputeType } from '../../../tensor/dtype.ts'
import type { WgslName } from '../functions.ts'
import { valueType, type Shader } from '../shader.ts'
import { eachElement } from './pass.ts'

const blockLength = 256
/** So few elements are scanned by one thread before several dispatches have begun. */
const shortRow = 1024

const blocksOf = (n: number): number => Math.ceil(n / blockLength)

/** The totals of each level's blocks. */
export function scanWorkspace({ shape, dtype }: RoutineOperand): RoutineType[] {
  const [outer, n, inner] = shape as readonly [number, number, number]
  const levels: RoutineType[] = []
  for (let length = n; length > shortRow;) {
    length = blocksOf(length)
    levels.push({ shape: [outer, length, inner], dtype })
  }
  return levels
}

interface Combiner {
  readonly uses: readonly WgslName[]
  readonly text: string
}

function combiner(fn: ScanFn, dtype: ComputeType): Combiner {
  const type = valueType(dtype)
  const isFloat = dtype === 'float32'
  const as = (expression: string, uses: readonly WgslName[] = []): Combiner => ({
    uses,
    text: `fn combine(a: ${type}, b: ${type}) -> ${type} { ${expression} }`,
  })
  switch (fn) {
    case 'sum':
      return as('return a + b;')
    case 'prod':
      return as('return a * b;')
    case 'max':
      return isFloat ? as('return nan_max(a, b);', ['nan_max']) : as('return max(a, b);')
    case 'min':
      return isFloat ? as('return nan_min(a, b);', ['nan_min']) : as('return min(a, b);')
    case 'logaddexp':
      // Two equal infinities have no difference.
      return as(
        `let most = nan_max(a, b);
  if ((bitcast<u32>(most) & 0x7f800000u) == 0x7f800000u) { return most; }
  return most + log(1.0f + exp(max(nan_min(a, b) - most, -100.0f)));`,
        ['nan_max', 'nan_min'],
      )
  }
}

export function scanShaders(
  { inputs, outputs, workspace }: RoutineKernel,
  slots: readonly SlotInfo[],
  fn: ScanFn,
): Shader[] {
  const { text, uses } = combiner(fn, inputs[0]!.dtype)
  const common = { slots, uses, declarations: [text] }
  const [outer, , inner] = inputs[0]!.shape as readonly [number, number, number]

  const scanBlocks = (from: number, to: number, n: number, length: number, totals: number | null): Shader => {
    const blocks = Math.ceil(n / length)
    const touched = { reads: from === to ? [] : [from], writes: totals === null ? [to] : [to, totals] }
    return eachElement({ ...common, touched }, [outer, blocks, inner], (bindings) => [
      `let first = i * ${length};`,
      `let base = o * ${n * inner} + c;`,
      `var so_far = ${bindings.name(from)}[base + first * ${inner}];`,
      `${bindings.name(to)}[base + first * ${inner}] = so_far;`,
      `for (var j = first + 1; j < min(first + ${length}, ${n}); j++) {`,
      `  so_far = combine(so_far, ${bindings.name(from)}[base + j * ${inner}]);`,
      `  ${bindings.name(to)}[base + j * ${inner}] = so_far;`,
      '}',
      ...(totals === null ? [] : [`${bindings.name(totals)}[(o * ${blocks} + i) * ${inner} + c] = so_far;`]),
    ])
  }
  const putBefore = (totals: number, to: number, n: number): Shader =>
    eachElement({ ...common, touched: { reads: [totals], writes: [to] } }, [outer, n, inner], (bindings) => [
      `let block_number = i / ${blockLength};`,
      'if (block_number == 0) { return; }',
      `let before = ${bindings.name(totals)}[(o * ${blocksOf(n)} + block_number - 1) * ${inner} + c];`,
      `let at = (o * ${n} + i) * ${inner} + c;`,
      `${bindings.name(to)}[at] = combine(before, ${bindings.name(to)}[at]);`,
    ])
  const passes = (from: number, to: number, n: number, level: number): Shader[] => {
    const totals = workspace[level]?.slot
    if (totals === undefined) return [scanBlocks(from, to, n, n, null)]
    return [
      scanBlocks(from, to, n, blockLength, totals),
      ...passes(totals, totals, blocksOf(n), level + 1),
      putBefore(totals, to, n),
    ]
  }
  return passes(inputs[0]!.slot, outputs[0]!.slot, inputs[0]!.shape[1]!, 0)
}
