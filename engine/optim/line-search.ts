/** Steps along a direction that meet the strong Wolfe conditions. Source: torch.optim.lbfgs, after minFunc. */

/** What a function is at a step along the direction. */
export interface Probe {
  readonly step: number
  readonly loss: number
  readonly gradient: Float32Array<ArrayBuffer>
  /** Of the loss along the direction. */
  readonly slope: number
}

/** Where the cubic through two points, with their slopes, is lowest between the bounds. */
export function cubicMinimum(a: Probe, b: Probe, bounds?: readonly [number, number]): number {
  const [low, high] = bounds ?? (a.step <= b.step ? [a.step, b.step] : [b.step, a.step])
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.step - b.step)
  const square = d1 ** 2 - a.slope * b.slope
  if (!(square >= 0)) return (low + high) / 2
  const d2 = Math.sqrt(square)
  const [near, far] = a.step <= b.step ? [a, b] : [b, a]
  const lowest =
    far.step - (far.step - near.step) * ((far.slope + d2 - d1) / (far.slope - near.slope + 2 * d2))
  return Math.min(Math.max(lowest, low), high)
}

/** How far the loss must fall, and how flat it must become, each as a share of the slope at the start. */
const [falls, flattens] = [1e-4, 0.9]
const mostProbes = 25

/** A bracket of two points, the lower one first, or one point that meets the conditions. */
type Bracket = [lower: Probe] | [lower: Probe, other: Probe]

const ordered = (a: Probe, b: Probe): Bracket => (a.loss <= b.loss ? [a, b] : [b, a])

/**
 * From `start`, whose step is 0, with the first trial at `first`; `longest` is the size of the direction's largest element.
 * Gives where it ended and how often it asked `at`.
 */
export async function strongWolfe(
  at: (step: number) => Promise<Probe>,
  start: Probe,
  first: number,
  longest: number,
  smallestChange = 1e-9,
): Promise<{ probe: Probe; evaluations: number }> {
  const tooHigh = (probe: Probe): boolean => probe.loss > start.loss + falls * probe.step * start.slope
  const isFlat = (probe: Probe): boolean => Math.abs(probe.slope) <= -flattens * start.slope
  let before = start
  let probe = await at(first)
  let evaluations = 1
  let iteration = 0
  let bracket: Bracket | null = null
  for (; iteration < mostProbes && !bracket;) {
    if (tooHigh(probe) || (iteration > 1 && probe.loss >= before.loss)) bracket = ordered(before, probe)
    else if (isFlat(probe)) return { probe, evaluations }
    else if (probe.slope >= 0) bracket = ordered(before, probe)
    else {
      const least = probe.step + 0.01 * (probe.step - before.step)
      const next = cubicMinimum(before, probe, [least, probe.step * 10])
      before = probe
      probe = await at(next)
      evaluations++
      iteration++
    }
  }
  bracket ??= ordered(start, probe)
  let slow = false
  while (iteration < mostProbes && bracket.length === 2) {
    const [lower, other]: [Probe, Probe] = bracket
    if (Math.abs(other.step - lower.step) * longest < smallestChange) break
    const [least, most] = [Math.min(lower.step, other.step), Math.max(lower.step, other.step)]
    let step = cubicMinimum(lower, other)
    const margin = 0.1 * (most - least)
    // A trial at the border twice in a row, or on it, is moved inside.
    if (Math.min(most - step, step - least) < margin) {
      if (slow || step >= most || step <= least) {
        step = Math.abs(step - most) < Math.abs(step - least) ? most - margin : least + margin
        slow = false
      } else slow = true
    } else slow = false
    probe = await at(step)
    evaluations++
    iteration++
    if (tooHigh(probe) || probe.loss >= lower.loss) bracket = ordered(lower, probe)
    else if (isFlat(probe)) return { probe, evaluations }
    else bracket = [probe, probe.slope * (other.step - lower.step) >= 0 ? lower : other]
  }
  return { probe: bracket[0], evaluations }
}
