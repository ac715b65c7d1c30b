/** The attacks, in the order in which they are made. */
import type { AttackOptions, Result } from './cases.ts'
import { doors } from './doors.ts'
import { attackExports } from './exports.ts'
import { inputs } from './inputs/index.ts'
import { kills } from './kills/index.ts'
import { storage } from './storage/index.ts'

export interface Attack {
  readonly name: string
  /** How often, where that can be chosen. */
  readonly rounds: number
  readonly run: (options: AttackOptions) => Promise<Result>
}

export const attacks: readonly Attack[] = [
  { name: 'kills', rounds: 200, run: (options) => kills(options) },
  { name: 'storage', rounds: 1, run: storage },
  { name: 'inputs', rounds: 1000, run: inputs },
  { name: 'doors', rounds: 20_000, run: doors },
  { name: 'exports', rounds: 60, run: attackExports },
]
