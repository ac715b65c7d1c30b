/** Numbers by chance, from a seed: the same on every machine. */

/**
 * A generator of our own, with integer arithmetic only (mulberry32, public domain).
 * Everything below uses + − × ÷, which IEEE 754 rounds the same everywhere; `**`, `Math.exp` and `Math.log` are not.
 */
export function source(seed: number) {
  let state = seed >>> 0
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    uniform,
    between: (low: number, high: number) => low + (high - low) * uniform(),
    /** Nearly standard normal: the sum of twelve uniforms, centred (Irwin–Hall). */
    normal: () => Array.from({ length: 12 }, uniform).reduce((a, b) => a + b, -6),
    chance: (probability: number) => uniform() < probability,
    pick: <const T>(weighted: readonly (readonly [T, number])[]): T => {
      let left = uniform() * weighted.reduce((total, [, weight]) => total + weight, 0)
      for (const [value, weight] of weighted) if ((left -= weight) < 0) return value
      return weighted.at(-1)![0]
    },
  }
}
