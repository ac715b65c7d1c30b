/** The attacks, in the order in which they are made. */
import type { AttackOptions, Result } from './cases.ts'
import { kills } from './kills/index.ts'

export interface Attack {
  readonly name: string
  readonly rounds: number
  readonly run: (options: AttackOptions) => Promise<Result>
}

export const attacks: readonly Attack[] = [{ name: 'kills', rounds: 200, run: kills }]
