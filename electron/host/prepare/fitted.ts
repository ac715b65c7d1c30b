/** What a member of a family learned, with the member's name: how steps and encoders are stored. */
import { z } from 'zod'
import { isObject, namesIn, type Family, type NameIn } from '../../contract/index.ts'
import type { Learned } from './steps/step.ts'

export type Fitted<F extends Family> = { readonly [K in F['key']]: NameIn<F> } & Learned

/** `stateOf`: the schema of what the member learns. */
export const fittedSchema = <F extends Family>(
  family: F,
  stateOf: (name: NameIn<F>) => z.ZodType<Learned>,
): z.ZodType<Fitted<F>> =>
  z.unknown().transform((value, context) => {
    const { [family.key]: named, ...learned } = isObject(value) ? value : {}
    const name = namesIn(family).find((one) => one === named)
    if (name === undefined) {
      context.addIssue({ code: 'custom', message: `It names no ${family.one}.` })
      return z.NEVER
    }
    const parsed = stateOf(name).safeParse(learned)
    if (parsed.success) return { [family.key]: name, ...parsed.data } as Fitted<F>
    for (const issue of parsed.error.issues) context.addIssue(issue as never)
    return z.NEVER
  })
