/** The whole benchmark: workload by workload, group by group, printing as it goes. */
import type { Case, Workload } from './cases.ts'
import type { Contestant } from './contestants/protocol.ts'
import { Crew } from './crew.ts'
import { isTimeUp, measureCase, timeIsUp, type Effort, type Outcome } from './measure.ts'
import { measureFirstStep, measureGrowth } from './procedures.ts'
import { lines, quantitiesOf, rowsOf, type Quantity, type Row } from './report.ts'
import { learn, rooflineShare, type Roofline } from './roofline.ts'
import type { Selected } from './selection.ts'

export interface Options {
  quick: boolean
  /** Of the workload memory. */
  steps: number
  /** Folder of IDX files for data-path; asked for only where they are needed. */
  data: () => string
}

const thorough: Effort = { rounds: 7, turnSeconds: 0.2, patienceSeconds: 30, until: Infinity }
/** Three minutes are promised, for all groups together: less what is left of a turn when time is up. */
const hasty = (groups: number): Effort => ({
  rounds: 3,
  turnSeconds: 0.05,
  patienceSeconds: 5,
  until: performance.now() + 160_000 / groups,
})

/**
 * When a workload is to end, so that those after it come to their turn where time is short: it may take three times its
 * equal share of what is left until `end`.
 */
export const shareOf = (end: number, now: number, left: number): number =>
  left <= 3 ? end : now + (3 * (end - now)) / left

class Run {
  readonly rows: Row[] = []
  readonly #options: Options
  readonly #whole: Effort
  /** Of the workload at hand. */
  #effort: Effort
  readonly #rooflines = new Map<string, Roofline>()

  constructor(options: Options, effort: Effort) {
    this.#options = options
    this.#whole = effort
    this.#effort = effort
  }

  /** `left`: how many workloads there are from this one on. */
  async workload(
    { workload, cases }: Selected,
    contestants: readonly Contestant[],
    shared: Crew,
    left: number,
  ): Promise<void> {
    this.#effort = { ...this.#whole, until: shareOf(this.#whole.until, performance.now(), left) }
    console.log(`\n━━ ${workload.name}: ${workload.about}`)
    for (const [label, described] of cases) {
      const c = described.kind === 'data-path' ? { ...described, folder: this.#options.data() } : described
      if (isTimeUp(this.#effort)) {
        console.log(`  ${label || workload.name}: ${timeIsUp}`)
        continue
      }
      // Peak memory is a process's: a training has one to itself.
      const crew = c.kind === 'train' ? new Crew(this.#effort.patienceSeconds) : shared
      const { quantities, outcome } = await this.#measure(workload, label, c, contestants, crew)
      if (crew !== shared) crew.disband()
      this.#report(workload.name, c, quantities, outcome)
    }
  }

  async #measure(
    workload: Workload,
    label: string,
    c: Case,
    contestants: readonly Contestant[],
    crew: Crew,
  ): Promise<{ quantities: Quantity[]; outcome: Outcome }> {
    switch (workload.procedure) {
      case 'first-step':
        return measureFirstStep(contestants, c, this.#effort)
      case 'growth':
        return measureGrowth(crew, contestants, c, this.#options.steps)
      case 'rounds':
        return {
          quantities: quantitiesOf(c, label),
          outcome: await measureCase(crew, contestants, `${workload.name} ${label}`, c, this.#effort),
        }
    }
  }

  #report(workload: string, c: Case, quantities: Quantity[], outcome: Outcome): void {
    learn(this.#rooflines, c, outcome.measured)
    const rows = rowsOf(workload, quantities, outcome.measured)
    for (const row of c.kind === 'op' ? rows : []) {
      const m = outcome.measured.find(({ device }) => device === row.device)!
      const share = c.kind === 'op' && rooflineShare(c, m.seconds, this.#rooflines.get(m.name))
      if (share) row.roofline = share
    }
    this.rows.push(...rows)
    for (const quantity of quantities) {
      const text = lines(quantity, outcome, rows)
      if (text.length > 0) console.log([`${quantity.metric}:`, ...text].join('\n'))
    }
    for (const { name, reason } of outcome.missing) console.log(`  ${name.padEnd(24)} — ${reason}`)
  }
}

/** Everything selected, for each group of contestants; gives the rows. */
export async function run(
  selected: readonly Selected[],
  groups: readonly (readonly Contestant[])[],
  options: Options,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const contestants of groups) {
    const effort = options.quick ? hasty(groups.length) : thorough
    const one = new Run(options, effort)
    const shared = new Crew(effort.patienceSeconds)
    for (const [i, item] of selected.entries())
      await one.workload(item, contestants, shared, selected.length - i)
    shared.disband()
    rows.push(...one.rows)
  }
  return rows
}
