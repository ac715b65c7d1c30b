/** Follows from the host's events how many trainings are under way, and how far they are. */
import { noActivity, type Activity, type HostEvent, type RunState } from '../contract/index.ts'

const underWay: ReadonlySet<RunState> = new Set(['queued', 'preparing', 'running'])

/** Steps of a hundredth: more cannot be seen on a task bar. */
const shown = (share: number): number => Math.round(100 * Math.min(1, Math.max(0, share))) / 100

export class ActivityWatch {
  /** By run, the share of its epochs that is done. */
  readonly #shares = new Map<string, number | null>()
  readonly #tell: (activity: Activity) => void
  #told = noActivity

  /** `tell` is called whenever it is another activity. */
  constructor(tell: (activity: Activity) => void) {
    this.#tell = tell
  }

  hear(event: HostEvent): void {
    if (event.type === 'run.changed') {
      const { id, state } = event.run
      if (underWay.has(state)) this.#shares.set(id, this.#shares.get(id) ?? null)
      else this.#shares.delete(id)
    } else if (event.type === 'run.deleted') this.#shares.delete(event.runId)
    else if (event.type === 'run.progress' && this.#shares.has(event.runId)) {
      const { epoch, epochs, step, stepsPerEpoch } = event.progress
      this.#shares.set(event.runId, (Math.max(0, epoch - 1) + step / Math.max(1, stepsPerEpoch)) / epochs)
    } else return
    this.#update()
  }

  #update(): void {
    const shares = [...this.#shares.values()]
    const known = shares.some((share) => share !== null)
    const sum = shares.reduce<number>((total, share) => total + (share ?? 0), 0)
    const now: Activity = {
      trainings: shares.length,
      progress: known ? shown(sum / shares.length) : null,
    }
    if (now.trainings === this.#told.trainings && now.progress === this.#told.progress) return
    this.#told = now
    this.#tell(now)
  }
}
