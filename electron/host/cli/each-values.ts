/** `--each PATH=A,B,…`: one setting and its values, each for a run of its own. */
import { families, type Family } from '../../contract/index.ts'
import { UsageError } from './usage-error.ts'

export interface Each {
  /** As `--set` has it. */
  readonly path: string
  readonly values: readonly string[]
}

/** More runs than that are a search, which wants another tool. */
const mostValues = 50

/** At commas that stand in no brackets and no quotes: `[64,64],[128]` are two. */
export function valuesIn(text: string): string[] {
  const values: string[] = []
  let depth = 0
  let quoted = false
  let value = ''
  for (const letter of text) {
    if (letter === '"') quoted = !quoted
    else if (!quoted && '[{'.includes(letter)) depth++
    else if (!quoted && ']}'.includes(letter)) depth--
    if (letter === ',' && depth === 0 && !quoted) {
      values.push(value)
      value = ''
    } else value += letter
  }
  return [...values, value].map((one) => one.trim())
}

/** `imbalance` is `imbalance.remedy`: where one of a family stands, its choice is meant. */
const choiceAt = (path: string): Family | undefined =>
  families.find((family) => family.list === undefined && family.path === path)

export function readEach(given: readonly string[] | undefined): Each | null {
  const [text, ...more] = given ?? []
  if (text === undefined) return null
  if (more.length > 0)
    throw new UsageError('--each is about one setting: give it once, with all its values.', 'run')
  const equals = text.indexOf('=')
  const named = text.slice(0, Math.max(0, equals)).trim()
  if (named === '')
    throw new UsageError(
      `--each wants a setting and its values, e.g. imbalance=none,classWeights,smote; not “${text}”.`,
      'run',
    )
  const values = valuesIn(text.slice(equals + 1))
  const twice = values.find((value, i) => values.indexOf(value) !== i)
  if (twice !== undefined)
    throw new UsageError(`--each names “${twice}” twice: each value is trained once.`, 'run')
  if (values.length < 2 || values.includes(''))
    throw new UsageError(
      `--each compares runs: it wants two values or more, with commas between them; not “${text}”.`,
      'run',
    )
  if (values.length > mostValues)
    throw new UsageError(`--each takes ${mostValues} values at most; not ${values.length}.`, 'run')
  if (/^data\.source(\.|$)/.test(named))
    throw new UsageError(
      '--each compares runs on one reading of the data: how a file is read is for --set and its own flags.',
      'run',
    )
  const family = choiceAt(named)
  return { path: family ? `${family.path}.${family.key}` : named, values }
}
