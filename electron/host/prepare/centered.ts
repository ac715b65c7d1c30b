import type { OnnxNodes } from '../../../engine/index.ts'

/**
 * `value` − `center` as nodes, as exact as float64 has it: a float32 holds 2014.63 no closer than 0.0001, which is much beside a
 * spread of 3. What is left of the center is taken off by itself. `center`: one, or several of a shape.
 */
export function exportCentered(
  nodes: OnnxNodes,
  value: string,
  center: number | readonly number[],
  shape: readonly number[] = [],
): string {
  const centers = [center].flat()
  const rest = centers.map((one) => one - Math.fround(one))
  const near = nodes.add('Sub', [value, nodes.number(centers, shape)])
  return rest.every((one) => one === 0) ? near : nodes.add('Sub', [near, nodes.number(rest, shape)])
}
