/** The words behind a command that has actions, such as `descent runs export`. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { UsageError } from './usage-error.ts'

export type Values = Readonly<Record<string, string | boolean | string[] | undefined>>

export const text = (value: Values[string]): string | null => (typeof value === 'string' ? value : null)

/** `about`: the command, whose help is offered. Errors: a UsageError that says what is wrong. */
export function readArgs(
  options: ParseArgsOptionsConfig,
  args: readonly string[],
  about: UsageError['about'],
): { readonly values: Values; readonly positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    return { values: values as Values, positionals }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${message.split('. ')[0] ?? message}.`.replace(/\.\.$/, '.'), about)
  }
}
