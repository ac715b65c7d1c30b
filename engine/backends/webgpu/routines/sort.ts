/** Small blocks are put in order by counting what comes before each element, then neighbors are merged, twice as long each time. */
import type { RoutineKernel, RoutineOperand, SlotInfo } from '../../../compiler/kernel.ts'
import type { RoutineType } from '../../../compiler/routines.ts'
import type { ComputeType } from '../../../tensor/dtype.ts'
import type { Shader } from '../shader.ts'
import { eachElement } from './pass.ts'

const blockLength = 32

const mergesOf = (n: number): number => Math.max(0, Math.ceil(Math.log2(n / blockLength)))

/** Where orders stand before they are merged. */
export const argsortWorkspace = ({ shape }: RoutineOperand): RoutineType[] =>
  mergesOf(shape[1]!) === 0 ? [] : [{ shape, dtype: 'int32' }]

/** An unsigned number that rises with the element, or falls: NaN is above all else, and -0 equals 0. */
function keyFunction(dtype: ComputeType, descending: boolean): string {
  const turned = (rising: string): string => (descending ? `~(${rising})` : rising)
  if (dtype === 'uint32') return `fn key(x: u32) -> u32 { return ${turned('x')}; }`
  if (dtype !== 'float32')
    return `fn key(x: i32) -> u32 { return ${turned('bitcast<u32>(x) ^ 0x80000000u')}; }`
  return `fn key(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let plain = select(bits, 0u, bits == 0x80000000u);
  let rising = select(plain | 0x80000000u, ~plain, plain >= 0x80000000u);
  return ${turned('select(rising, 0xffffffffu, (bits & 0x7fffffffu) > 0x7f800000u)')};
}`
}

export function argsortShaders(
  { inputs, outputs, workspace }: RoutineKernel,
  slots: readonly SlotInfo[],
  descending: boolean,
): Shader[] {
  const [x, out] = [inputs[0]!, outputs[0]!]
  const [, n, inner] = x.shape as readonly [number, number, number]
  const declarations = [keyFunction(x.dtype, descending)]
  const merges = mergesOf(n)
  /** Where the order stands after so many merges: the last one writes the result. */
  const after = (merge: number): number => ((merges - merge) % 2 === 0 ? out.slot : workspace[0]!.slot)
  const blocks = eachElement(
    { touched: { reads: [x.slot], writes: [after(0)] }, slots, declarations },
    x.shape,
    (bindings) => [
      `let base = o * ${n * inner} + c;`,
      `let own = key(${bindings.name(x.slot)}[base + i * ${inner}]);`,
      `let start = i / ${blockLength} * ${blockLength};`,
      'var rank = start;',
      `for (var j = start; j < min(start + ${blockLength}, ${n}); j++) {`,
      `  let other = key(${bindings.name(x.slot)}[base + j * ${inner}]);`,
      '  if (other < own || (other == own && j < i)) { rank++; }',
      '}',
      `${bindings.name(after(0))}[base + rank * ${inner}] = i;`,
    ],
  )
  const merge = (step: number): Shader => {
    const length = blockLength * 2 ** step
    const [from, to] = [after(step), after(step + 1)]
    return eachElement(
      { touched: { reads: [x.slot, from], writes: [to] }, slots, declarations },
      x.shape,
      (bindings) => [
        `let base = o * ${n * inner} + c;`,
        `let start = i / ${2 * length} * ${2 * length};`,
        `let middle = min(start + ${length}, ${n});`,
        `let end = min(start + ${2 * length}, ${n});`,
        `let mine = ${bindings.name(from)}[base + i * ${inner}];`,
        `let own = key(${bindings.name(x.slot)}[base + mine * ${inner}]);`,
        // How many of the neighbor's elements come before: of equal ones, the left neighbor's.
        'let is_left = i < middle;',
        'var low = select(start, middle, is_left);',
        'var high = select(middle, end, is_left);',
        'while (low < high) {',
        '  let half = (low + high) / 2;',
        `  let other = key(${bindings.name(x.slot)}[base + ${bindings.name(from)}[base + half * ${inner}] * ${inner}]);`,
        '  if (other < own || (other == own && !is_left)) { low = half + 1; } else { high = half; }',
        '}',
        `${bindings.name(to)}[base + (i + low - middle) * ${inner}] = mine;`,
      ],
    )
  }
  return [blocks, ...Array.from({ length: merges }, (_, step) => merge(step))]
}
