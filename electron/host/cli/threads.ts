/** `--threads`, of every command that computes. */
import { computing } from '../../contract/index.ts'
import type { CommandName } from './help.ts'
import { UsageError } from './usage-error.ts'

export function threadsOf(value: string | undefined, about: CommandName): number | null {
  if (value === undefined) return null
  const { least, most } = computing.threads
  const threads = Number(value)
  if (!/^\d+$/.test(value) || threads < least || threads > most)
    throw new UsageError(`--threads is a whole number from ${least} to ${most}; not “${value}”.`, about)
  return threads
}
