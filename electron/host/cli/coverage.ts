/** `--coverage`, of whatever predicts. */
import type { CommandName } from './help.ts'
import { UsageError } from './usage-error.ts'

/** 0.9, or 90%. */
export function readCoverage(given: string | undefined, about: CommandName): number | null {
  if (given === undefined) return null
  const share = /^(\d+(?:\.\d+)?)\s*%$/.exec(given)
  const coverage = share === null ? Number(given) : Number(share[1]) / 100
  const hundredths = Math.round(coverage * 100)
  if (hundredths >= 50 && hundredths <= 99 && Math.abs(coverage * 100 - hundredths) < 1e-9)
    return hundredths / 100
  throw new UsageError(
    `--coverage is a share from 0.5 to 0.99 in steps of 0.01, such as 0.9; not “${given}”.`,
    about,
  )
}
