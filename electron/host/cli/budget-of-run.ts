/** What a recipe allows, held against the model that a run has written. */
import { limitsTime, type BudgetLine, type Latency } from '../../contract/index.ts'
import { readModelFolder } from '../deploy/folder.ts'
import { budgetOf, budgetVerdict } from '../deploy/latency/budget.ts'
import { latencyOfBudget } from '../deploy/latency/index.ts'
import { plainSpaces } from './text-table.ts'

interface BudgetOfRun {
  readonly lines: readonly BudgetLine[]
  /** What could not be found out, and why: a training is not lost to it. */
  readonly notes: readonly string[]
  /** To be written with the model; null: nothing was measured. */
  readonly latency: Latency | null
}

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export async function budgetOfRun(folder: string): Promise<BudgetOfRun> {
  try {
    const model = await readModelFolder(folder)
    const budget = budgetOf(model.document)
    if (!limitsTime(budget))
      return { lines: budgetVerdict(model.document, undefined), notes: [], latency: null }
    try {
      const latency = await latencyOfBudget(model, budget)
      return { lines: budgetVerdict(model.document, latency), notes: [], latency }
    } catch (error) {
      return {
        lines: budgetVerdict(model.document, undefined),
        notes: [`How long answers take could not be measured: ${why(error)}`],
        latency: null,
      }
    }
  } catch (error) {
    return {
      lines: [],
      notes: [`The model could not be held against its budget: ${why(error)}`],
      latency: null,
    }
  }
}

/** Of one of several runs, for people; `of` says which. */
export const toldBudget = (of: string, lines: readonly BudgetLine[] = []): string[] =>
  lines.map(({ isWithin, text }) => plainSpaces(`${isWithin ? '✓' : '!'} ${of}: ${text}`))
