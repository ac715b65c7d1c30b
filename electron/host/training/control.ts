/** How the outside asks a training loop to pause, stop or measure itself; the loop looks between steps. */
import type { Adjustment } from '../../contract/index.ts'

export class TrainControl {
  #request: 'run' | 'pause' | 'stop' = 'run'
  #waiters: (() => void)[] = []
  #profile = false
  #adjustments: Adjustment[] = []
  #checkpoint = false
  #following: ((row: number, follow: boolean) => void) | null = null
  readonly #toFollow: [row: number, follow: boolean][] = []

  get request(): 'run' | 'pause' | 'stop' {
    return this.#request
  }

  pause(): void {
    if (this.#request === 'run') this.#request = 'pause'
  }

  resume(): void {
    if (this.#request === 'pause') this.#change('run')
  }

  /** Asks for one profile of a step. */
  profile(): void {
    this.#profile = true
  }

  /** Whether a profile has been asked for since the last call. */
  takeProfileRequest(): boolean {
    const asked = this.#profile
    this.#profile = false
    return asked
  }

  /** Changes what follows. */
  adjust(adjustment: Adjustment): void {
    this.#adjustments.push(adjustment)
    this.#wake()
  }

  /** What has been asked for since the last call. */
  takeAdjustments(): Adjustment[] {
    return this.#adjustments.splice(0)
  }

  /** Asks for a checkpoint between two steps, or at once while it is paused. */
  checkpoint(): void {
    this.#checkpoint = true
    this.#wake()
  }

  takeCheckpointRequest(): boolean {
    const asked = this.#checkpoint
    this.#checkpoint = false
    return asked
  }

  /** Asks for the predictions of this row of the data from the next validation on, or no more for them. */
  follow(row: number, follow: boolean): void {
    if (this.#following === null) this.#toFollow.push([row, follow])
    else this.#following(row, follow)
    // A run that is paused may go on in another process.
    this.checkpoint()
  }

  /** What has been asked for before is heard at once. */
  onFollow(following: (row: number, follow: boolean) => void): void {
    this.#following = following
    for (const asked of this.#toFollow.splice(0)) following(...asked)
  }

  /** Final: a stopped loop does not take up again. */
  stop(): void {
    this.#change('stop')
  }

  /** Resolves once the request is no longer 'pause', or something is to be changed or kept meanwhile. */
  async whilePaused(): Promise<void> {
    while (this.#request === 'pause' && this.#adjustments.length === 0 && !this.#checkpoint)
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }

  #change(request: 'run' | 'stop'): void {
    this.#request = request
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake()
  }
}
