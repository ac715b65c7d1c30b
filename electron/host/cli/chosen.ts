/** A member of a family that stands in no recipe, as the command line chooses it. */
import { familySchema, memberOf, type Chosen, type Family, type NameIn } from '../../contract/index.ts'
import { parseValue } from '../recipes/overrides.ts'
import type { CommandName } from './help.ts'
import { UsageError } from './usage-error.ts'

/** `set`: NAME=VALUE. Errors: a UsageError for what the member has not. */
export function chosenOf<F extends Family>(
  family: F,
  name: NameIn<F>,
  set: readonly string[],
  about: CommandName,
): Chosen<F> {
  const { options } = memberOf(family, name) as F['members'][number]
  const settings = set.map((setting): [string, unknown] => {
    const equals = setting.indexOf('=')
    const option = setting.slice(0, Math.max(equals, 0)).trim()
    if (Object.hasOwn(options, option)) return [option, parseValue(setting.slice(equals + 1))]
    const known = Object.keys(options)
    throw new UsageError(
      `“${setting}” sets nothing of the ${family.one} ${name}: ${known.length === 0 ? 'it has no settings' : `it has ${known.join(', ')}, each as NAME=VALUE`}.`,
      about,
    )
  })
  const parsed = familySchema(family).safeParse({ [family.key]: name, ...Object.fromEntries(settings) })
  if (parsed.success) return parsed.data
  throw new UsageError(parsed.error.issues[0]?.message ?? 'The settings make no sense.', about)
}
