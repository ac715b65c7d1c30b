/** The whole benchmark: workload by workload, group by group, printing as it goes. */
import type { Case, Workload } from './cases.ts'
import type { Contestant } from './contestants/protocol.ts'
import { Crew } from './crew.ts'
import { measureCase, type Effort, type Outcome } from './measure.ts'
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

const thorough: Effort = { rounds: 9, turnSeconds: 0.4, patienceSeconds: 120 }
const hasty: Effort = { rounds: 3, turnSeconds: 0.05, patienceSeconds: 5 }
/** What --quick promises, less what is left of a case when time is up. */
const quickSeconds = 165

class Run {
  readonly rows: Row[] = []
  readonly #options: Options
  readonly #effort: Effort
  readonly #rooflines = new Map<string, Roofline>()
  readonly #until: number

  constructor(options: Options) {
    this.#options = options
    this.#effort = options.quick ? hasty : thorough
    this.#until = options.quick ? performance.now() + quickSeconds * 1000 : Infinity
  }

  get timeIsUp(): boolean {
    return performance.now() > this.#until
  }

  async workload(
    { workload, cases }: Selected,
    contestants: readonly Contestant[],
    shared: Crew,
  ): Promise<void> {
    console.log(`\n━━ ${workload.name}: ${workload.about}`)
    for (const [label, described] of cases) {
      const c = described.kind === 'data-path' ? { ...described, folder: this.#options.data() } : described
      if (this.timeIsUp) {
        console.log(`  ${label || workload.name}: left out, the time of --quick was over`)
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
  const one = new Run(options)
  for (const contestants of groups) {
    const shared = new Crew((options.quick ? hasty : thorough).patienceSeconds)
    for (const item of selected) await one.workload(item, contestants, shared)
    shared.disband()
  }
  return one.rows
}
