/**
 * L-BFGS for smooth convex functions (Nocedal & Wright 2006, algorithm 7.5), which scikit-learn's linear models use as well: the
 * last ten steps stand for the Hessian, and each step is shortened until it is worth its length.
 */

/** The value at `at`; writes the gradient there. */
export type Differentiable = (at: Float64Array, gradient: Float64Array) => number

export interface MinimizeOptions {
  readonly turns: number
  /** It has arrived where no element of the gradient is larger. */
  readonly tolerance: number
  /** By `performance.now()`. */
  readonly deadline: number
  progress?(share: number): void
}

const remembered = 10
const sufficient = 1e-4
const mostHalvings = 30

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
const largest = (values: Float64Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

interface Step {
  readonly moved: Float64Array
  readonly turned: Float64Array
  readonly curvature: number
}

/** Where to go from a gradient, by what the last steps told of the Hessian. */
function directionFrom(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const direction = gradient.map((g) => -g)
  const shares = new Array<number>(steps.length)
  for (let i = steps.length - 1; i >= 0; i--) {
    const { moved, turned, curvature } = steps[i]!
    const share = (shares[i] = dot(moved, direction) / curvature)
    for (let j = 0; j < direction.length; j++) direction[j]! -= share * turned[j]!
  }
  const last = steps.at(-1)
  if (last !== undefined) {
    const scale = last.curvature / dot(last.turned, last.turned)
    for (let j = 0; j < direction.length; j++) direction[j]! *= scale
  }
  steps.forEach(({ moved, turned, curvature }, i) => {
    const share = shares[i]! - dot(turned, direction) / curvature
    for (let j = 0; j < direction.length; j++) direction[j]! += share * moved[j]!
  })
  return direction
}

/** From zero. `arrived`: whether the gradient is as small as was asked for. */
export function minimize(
  of: Differentiable,
  size: number,
  { turns, tolerance, deadline, progress }: MinimizeOptions,
): { readonly at: Float64Array; readonly arrived: boolean } {
  let at = new Float64Array(size)
  let gradient = new Float64Array(size)
  let value = of(at, gradient)
  const steps: Step[] = []
  for (let turn = 0; turn < turns; turn++) {
    if (largest(gradient) <= tolerance) return { at, arrived: true }
    if (performance.now() > deadline) break
    progress?.(turn / turns)
    const direction = directionFrom(gradient, steps)
    const slope = dot(direction, gradient)
    // Nothing is known of how far to go in the first step.
    let length = steps.length === 0 ? 1 / Math.max(1, largest(gradient)) : 1
    const next = new Float64Array(size)
    const nextGradient = new Float64Array(size)
    let nextValue = Infinity
    for (let halving = 0; halving < mostHalvings; halving++) {
      for (let j = 0; j < size; j++) next[j] = at[j]! + length * direction[j]!
      nextValue = of(next, nextGradient)
      if (nextValue <= value + sufficient * length * slope) break
      length /= 2
    }
    // As low as float64 tells.
    if (!(nextValue < value)) break
    const moved = next.map((x, j) => x - at[j]!)
    const turned = nextGradient.map((g, j) => g - gradient[j]!)
    const curvature = dot(moved, turned)
    if (curvature > 0) steps.push({ moved, turned, curvature })
    if (steps.length > remembered) steps.shift()
    ;[at, gradient, value] = [next, nextGradient, nextValue]
  }
  return { at, arrived: largest(gradient) <= tolerance }
}
