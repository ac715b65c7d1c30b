/** Optimizer state as version 0.1.0 stored it: `velocity.0`; `first.0`, `second.0` and `powers`, which are β₁ᵗ and β₂ᵗ. */

const renamed = new Map([
  ['velocity', 'momentum_buffer'],
  ['first', 'exp_avg'],
  ['second', 'exp_avg_sq'],
])

/** The t of βᵗ, which was multiplied up in float32; once βᵗ has vanished any t as large says the same. */
function stepsOf(power: number, beta: number): number {
  const smallest = 2 ** -149
  return Math.round(Math.log(Math.max(power, smallest)) / Math.log(Math.fround(beta)))
}

/**
 * Such state under the names that Optimizer.checkpoint gives; any other comes back as it is. `read` gives the numbers of what
 * is stored, `store` stores some.
 */
export function upgradeCheckpoint<T>(
  saved: Readonly<Record<string, T>>,
  read: (stored: T) => ArrayLike<number>,
  store: (counts: Float32Array<ArrayBuffer>) => T,
  betas: readonly [number, number] = [0.9, 0.999],
): Record<string, T> {
  const { powers, ...rest } = saved
  const entries = Object.entries(rest).map(([name, stored]): [string, T] => {
    const [, kind = '', number = ''] = /^(velocity|first|second)\.(\d+)$/.exec(name) ?? []
    return [number === '' ? name : `${renamed.get(kind)!}.${number}`, stored]
  })
  if (powers === undefined) return Object.fromEntries(entries)
  const parameters = entries.filter(([name]) => name.startsWith('exp_avg.')).length
  const steps = stepsOf(read(powers)[1] ?? 1, betas[1])
  return { ...Object.fromEntries(entries), step: store(new Float32Array(parameters).fill(steps)) }
}
