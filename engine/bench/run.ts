/** The whole benchmark: workload by workload, group by group, printing as it goes. */
import type { Case, OpCase, Workload } from './cases.ts'
import type { Group } from './contestants/index.ts'
import type { Contestant } from './contestants/protocol.ts'
import { ProcessPool } from './process-pool.ts'
import { isTimeUp, measureCase, timeIsUp, type Effort, type Measured, type Outcome } from './measure.ts'
import { measureFirstStep, measureGrowth } from './procedures.ts'
import { lines, quantitiesOf, rowsOf, type Quantity, type Row } from './report.ts'
import { onGpu, rooflineOf, Rooflines } from './roofline.ts'
import type { Selected } from './selection.ts'

export interface Options {
  quick: boolean
  /** Of the workload memory. */
  steps: number
  /** Folder of IDX files for data-path; asked for only where they are needed. */
  data: () => string
  /** Is given every row so far, after each workload. */
  keep: (rows: readonly Row[]) => void
}

const thorough: Effort = { rounds: 10, turnSeconds: 0.2, patienceSeconds: 30, until: Infinity }
/** Three minutes are promised, for all groups together: less what is left of a turn when time is up. */
const hasty = (groups: number): Effort => ({
  rounds: 3,
  turnSeconds: 0.05,
  patienceSeconds: 5,
  until: performance.now() + 160_000 / groups,
})

function effortFor(c: Case, effort: Effort): Effort {
  // What a machine gives at best shows in a moment in which nobody else wants it: many short turns, of which the best counts.
  if (c.kind === 'roofline') return { ...effort, rounds: 40, turnSeconds: 0.01 }
  // A loader's workers go on for a moment after its turn: in long turns that is little of the next contestant's time.
  if (c.kind === 'data-path') return { ...effort, turnSeconds: 5 * effort.turnSeconds }
  return effort
}

/**
 * When a workload is to end, so that those after it come to their turn where time is short: it may take three times its
 * equal share of what is left until `end`.
 */
export const shareOf = (end: number, now: number, left: number): number =>
  left <= 3 ? end : now + (3 * (end - now)) / left

class Run {
  readonly rows: Row[] = []
  readonly #options: Options
  readonly #group: Group
  readonly #whole: Effort
  /** Of the workload at hand. */
  #effort: Effort
  readonly #rooflines = new Rooflines()

  constructor(options: Options, group: Group, effort: Effort) {
    this.#options = options
    this.#group = group
    this.#whole = effort
    this.#effort = effort
  }

  /** `left`: how many workloads there are from this one on. */
  async workload({ workload, cases }: Selected, shared: ProcessPool, left: number): Promise<void> {
    const { contestants, gpu } = this.#group
    this.#effort = { ...this.#whole, until: shareOf(this.#whole.until, performance.now(), left) }
    console.log(`\n━━ ${workload.name}: ${workload.about}`)
    const isTooLarge = (label: string): boolean => !gpu && (workload.large?.includes(label) ?? false)
    const tooLarge = cases.flatMap(([label]) => (isTooLarge(label) ? [label] : []))
    if (tooLarge.length > 0) console.log(`  left to GPUs: ${tooLarge.join(', ')}`)
    for (const [label, described] of cases) {
      if (isTooLarge(label) || !contestants.some(({ ours, kinds }) => ours && kinds.includes(described.kind)))
        continue
      const c = this.#fitted(described)
      if (isTimeUp(this.#effort)) {
        console.log(`  ${label || workload.name}: ${timeIsUp}`)
        continue
      }
      // Peak memory is a process's: a training has one to itself.
      if (c.kind === 'op' && !this.#rooflines.knows(rooflineOf(c)))
        await this.#measureRoofline(c, contestants, shared)
      const pool = c.kind === 'train' ? new ProcessPool(this.#effort.patienceSeconds) : shared
      const { quantities, outcome } = await this.#measure(workload, label, c, contestants, pool)
      if (pool !== shared) pool.disband()
      if (c.kind === 'op') await this.#correctRoofline(c, outcome, contestants, shared)
      this.#report(workload.name, c, quantities, outcome)
    }
  }

  /** With what only this call knows. */
  #fitted<C extends Case>(c: C): C {
    if (c.kind === 'data-path') return { ...c, folder: this.#options.data() }
    return c.kind === 'roofline' && this.#group.gpu ? { ...c, ...onGpu(c) } : c
  }

  /** What an operation is held against, right before it: how fast a machine is may change by the minute. */
  async #measureRoofline(op: OpCase, contestants: readonly Contestant[], pool: ProcessPool): Promise<void> {
    const c = this.#fitted(rooflineOf(op))
    const id = `${c.what} ${c.bytes}`
    const { measured } = await measureCase(pool, contestants, id, c, effortFor(c, this.#effort))
    this.#rooflines.learn(c, measured)
  }

  /** Nothing is faster than the machine: where it seems so, that was busy when its roofline was measured. */
  async #correctRoofline(
    op: OpCase,
    { measured }: Outcome,
    contestants: readonly Contestant[],
    pool: ProcessPool,
  ): Promise<void> {
    const isTooFast = (m: Measured): boolean => (this.#rooflines.share(op, m) ?? 0) > 1
    for (let attempt = 0; attempt < 3 && measured.some(isTooFast) && !isTimeUp(this.#effort); attempt++)
      await this.#measureRoofline(op, contestants, pool)
  }

  async #measure(
    workload: Workload,
    label: string,
    c: Case,
    contestants: readonly Contestant[],
    pool: ProcessPool,
  ): Promise<{ quantities: Quantity[]; outcome: Outcome }> {
    const effort = effortFor(c, this.#effort)
    switch (workload.procedure) {
      case 'first-step':
        return measureFirstStep(contestants, c, this.#effort)
      case 'growth':
        return measureGrowth(pool, contestants, c, this.#options.steps)
      case 'rounds':
        return {
          quantities: quantitiesOf(c, label),
          outcome: await measureCase(pool, contestants, `${workload.name} ${label}`, c, effort),
        }
    }
  }

  #report(workload: string, c: Case, quantities: Quantity[], outcome: Outcome): void {
    if (c.kind === 'roofline') this.#rooflines.learn(c, outcome.measured)
    const rows = rowsOf(workload, quantities, outcome.measured)
    for (const row of c.kind === 'op' ? rows : []) {
      const m = outcome.measured.find(({ device }) => device === row.device)!
      const share = c.kind === 'op' && this.#rooflines.share(c, m)
      if (share) row.roofline = share
    }
    this.rows.push(...rows)
    if (outcome.measured.length === 0) console.log(`${quantities[0]!.metric}:`)
    for (const quantity of quantities) {
      const text = lines(quantity, outcome, rows)
      if (text.length > 0) console.log([`${quantity.metric}:`, ...text].join('\n'))
    }
    for (const { name, reason } of outcome.missing) console.log(`  ${name.padEnd(24)} — ${reason}`)
  }
}

/** Everything selected, for each group of contestants. */
export async function run(
  selected: readonly Selected[],
  groups: readonly Group[],
  options: Options,
): Promise<void> {
  const rows: Row[] = []
  for (const group of groups) {
    const effort = options.quick ? hasty(groups.length) : thorough
    const one = new Run(options, group, effort)
    const shared = new ProcessPool(effort.patienceSeconds)
    for (const [i, item] of selected.entries()) {
      await one.workload(item, shared, selected.length - i)
      options.keep([...rows, ...one.rows])
    }
    shared.disband()
    rows.push(...one.rows)
  }
}
