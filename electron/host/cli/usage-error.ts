import type { CommandName } from './help.ts'

/** The call itself makes no sense: exit code 2. */
export class UsageError extends Error {
  readonly about: CommandName | null
  constructor(message: string, about: CommandName | null) {
    super(message)
    this.name = 'UsageError'
    this.about = about
  }
}
