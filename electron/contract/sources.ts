/** Where public sets come from: what a workspace sets. */
import { z } from 'zod'

export const mirrorDefinition = {
  label: 'Mirror of public sets',
  help: 'The address of a server that has the files of public sets, below the same paths as their owners. Empty: they come from their owners.',
} as const

/** null: it can be one. */
export function mirrorComplaint(text: string): string | null {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    return 'A mirror is the address of a server, such as https://mirror.example.org/sets.'
  return url.username + url.password + url.search + url.hash === ''
    ? null
    : 'A mirror is a plain address: without a name, a password or anything after a ? or #.'
}

/** What is absent starts as it is: without a mirror. */
export const sourcesSchema = z
  .strictObject({
    mirror: z
      .string()
      .max(1000)
      .refine((text) => mirrorComplaint(text) === null, {
        error: ({ input }) => mirrorComplaint(String(input)) ?? '',
      }),
  })
  .partial()
export type Sources = z.infer<typeof sourcesSchema>
