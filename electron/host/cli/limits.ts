/** `--limit name=value`: how much is read, from the definitions. */
import {
  describeLimit,
  limitNames,
  limits as definitions,
  parseLimit,
  startLimits,
  type LimitName,
  type Limits,
} from '../../contract/index.ts'
import type { CommandName } from './help.ts'
import { UsageError } from './usage-error.ts'

const isLimit = (name: string): name is LimitName => limitNames.some((each) => each === name)

/** Throws a UsageError that says what would be right. */
export function readLimits(settings: readonly string[], about: CommandName): Limits {
  const limits = { ...startLimits }
  for (const setting of settings) {
    const [name = '', value] = setting.split(/=(.*)/s)
    if (!isLimit(name) || value === undefined)
      throw new UsageError(
        `--limit takes NAME=VALUE with a name of ${limitNames.join(', ')}; not “${setting}”.`,
        about,
      )
    const { unit, least, most } = definitions[name]
    const number = parseLimit(value)
    if (number === null || number < least || number > most)
      throw new UsageError(
        `--limit ${name} lies between ${describeLimit(unit, least)} and ${describeLimit(unit, most)}; not “${value}”.`,
        about,
      )
    limits[name] = number
  }
  return limits
}

/** Lines for `--help`. What bounds jobs of the app does not bound this process. */
export const limitsHelp: string = limitNames
  .filter((name) => !name.startsWith('job'))
  .map(
    (name) =>
      `        ${name.padEnd(14)}${definitions[name].label} (${describeLimit(definitions[name].unit, definitions[name].start)})`,
  )
  .join('\n')
