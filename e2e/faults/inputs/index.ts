/** What people bring: anything at all. Refused in a sentence or read; never a hang, a fall, or something “internal”. */
import { chmodSync } from 'node:fs'
import { Cases, type AttackOptions, type Result } from '../cases.ts'
import { freshFolder, removeFolder } from '../support.ts'
import { fuzzCommands, fuzzImports } from './fuzz.ts'
import { mutate } from './mutate.ts'
import { odd } from './oddities.ts'

/** `rounds`: mutated files for the host; a fifth as many for the command line. */
export async function inputs(options: AttackOptions): Promise<Result> {
  const cases = new Cases(options)
  const quiet = new Cases({ ...options, say: (line) => void (line.startsWith('✓') || options.say(line)) })
  const folder = freshFolder()
  chmodSync(folder, 0o755)
  try {
    await odd(cases, folder, options.say)
    const fuzz = { cases: quiet, options, folder, mutate }
    await fuzzImports(fuzz, options.rounds)
    options.say(`${quiet.passed} mutated files imported or refused, ${quiet.failed.length} failed`)
    await fuzzCommands(fuzz, Math.ceil(options.rounds / 5))
  } finally {
    removeFolder(folder)
  }
  return {
    passed: cases.passed + quiet.passed,
    failed: [...cases.failed, ...quiet.failed],
    notRun: cases.notRun,
  }
}
