/** Three shares that always add up to exactly 1. */
export interface Shares {
  train: number
  validation: number
  test: number
}

/** The smallest share a split may have, in percent points. */
export const minimumShare = 1

/**
 * Sets one share (in whole percent); the others give or take in proportion to their size.
 * Whole percents are kept so that the three shown numbers add up to 100 as well.
 */
export function withShare(shares: Shares, which: keyof Shares, percent: number): Shares {
  const [a, b] = (['train', 'validation', 'test'] as const).filter((key) => key !== which)
  if (!a || !b) return shares
  const value = Math.min(100 - 2 * minimumShare, Math.max(minimumShare, Math.round(percent)))
  const rest = 100 - value
  const proportion = shares[a] / (shares[a] + shares[b])
  const first = Math.min(rest - minimumShare, Math.max(minimumShare, Math.round(rest * proportion)))
  const percents = { [which]: value, [a]: first, [b]: rest - first } as Record<keyof Shares, number>
  return { train: percents.train / 100, validation: percents.validation / 100, test: percents.test / 100 }
}
