/** A member of a family that stands in no recipe, as the command line chooses it. */
import { z } from 'zod'
import {
  familySchema,
  memberOf,
  shapeOf,
  type Chosen,
  type Family,
  type NameIn,
  type Options,
  type ValuesOf,
} from '../../contract/index.ts'
import { parseValue } from '../recipes/overrides.ts'
import type { CommandName } from './help.ts'
import { UsageError } from './usage-error.ts'

/** `set`: NAME=VALUE, where these options are. Errors: a UsageError for another name, which begins with what was given. */
function settingsOf(
  options: object,
  set: readonly string[],
  why: (known: readonly string[]) => string,
  about: CommandName,
): Record<string, unknown> {
  return Object.fromEntries(
    set.map((setting): [string, unknown] => {
      const equals = setting.indexOf('=')
      const option = setting.slice(0, Math.max(equals, 0)).trim()
      if (Object.hasOwn(options, option)) return [option, parseValue(setting.slice(equals + 1))]
      throw new UsageError(`“${setting}” ${why(Object.keys(options))}.`, about)
    }),
  )
}

function parsedBy<T>(schema: z.ZodType<T>, given: Record<string, unknown>, about: CommandName): T {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new UsageError(parsed.error.issues[0]?.message ?? 'The settings make no sense.', about)
}

/** Options by themselves, those that are not named as they start. Errors: a UsageError for what there is not. */
export const optionsOf = <T extends Options>(
  options: T,
  set: readonly string[],
  about: CommandName,
): ValuesOf<T> =>
  parsedBy(
    z.strictObject(shapeOf(options)),
    settingsOf(
      options,
      set,
      (known) => `sets nothing here: there are ${known.join(', ')}, each as NAME=VALUE`,
      about,
    ),
    about,
  ) as ValuesOf<T>

/** `set`: NAME=VALUE. Errors: a UsageError for what the member has not. */
export function chosenOf<F extends Family>(
  family: F,
  name: NameIn<F>,
  set: readonly string[],
  about: CommandName,
): Chosen<F> {
  const { options } = memberOf(family, name) as F['members'][number]
  const settings = settingsOf(
    options,
    set,
    (known) =>
      `sets nothing of the ${family.one} ${name}: ${known.length === 0 ? 'it has no settings' : `it has ${known.join(', ')}, each as NAME=VALUE`}`,
    about,
  )
  return parsedBy(familySchema(family), { [family.key]: name, ...settings }, about)
}
