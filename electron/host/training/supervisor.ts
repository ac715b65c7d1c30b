/** Runs and their trainer processes: starts, watches, pauses, stops them, and writes down what they report. */
import {
  DescentError,
  formatCount,
  validationLossSeries,
  type Adjustment,
  type Computing,
  type DescentErrorValue,
  type HostEvent,
  type MetricPoint,
  type RunSummary,
  type StepProfile,
  type TrainingReport,
} from '../../contract/index.ts'
import type { DatasetSource } from '../jobs/source.ts'
import type { Store } from '../store/index.ts'
import { checkpointMetaSchema, type BestWeights, type Checkpoint } from './checkpoint.ts'
import { diedMessage, startTrainer, type Trainer } from './child.ts'
import { deletePointsAfter, insertPoints, valuesAt } from '../runs/curves.ts'
import { putReport } from '../runs/reports.ts'
import type { FromTrainer, Leash } from './protocol.ts'
import { Queue } from './queue.ts'
import {
  findRun,
  findSummary,
  resetRun,
  runExists,
  runIdsInStates,
  updateRun,
  updateRunAnyway,
  type RunChange,
  type StoredRun,
} from '../runs/repository.ts'
import { backendFor, computingEnvironment } from '../settings/computing.ts'
import { eventOf, isSettled, liveStates, nextState, type RunEvent } from './state.ts'
import type { Resume } from './train.ts'
import { WaitingForRoom } from './waiting-for-room.ts'

export interface SupervisorOptions {
  readonly store: Store
  emit(event: HostEvent): void
  /** What a run trains on. */
  source(run: StoredRun): DatasetSource
  /** What is set for trainers that are started from now on. */
  computing(): Computing
  /** A folder for the trainers' temporary files. */
  readonly scratch: string
  /** Called when a run has finished or was stopped. */
  onSettled?(run: RunSummary): void
}

/** More trainers than this only take the processor from each other; further runs wait in the queue. */
const maxTraining = 2
/** A trainer that does not answer for so long is killed. */
const answerMs = 10_000
/** Between two `run.changed` that only carry a new epoch. */
const echoMs = 1000

interface Job {
  trainer: Trainer | null
  /** The user asked to stop it: however it ends, it was stopped. */
  stopping: boolean
  /** The host is quitting: what is running becomes resumable. */
  closing: boolean
  /** It makes room for a run that somebody waits for, and comes back into the queue. */
  yielding: boolean
  over: boolean
  echoed: number
  /** Told the next profile, or null when the run no longer trains. */
  readonly profiled: ((profile: StepProfile | null) => void)[]
}

const pastTense = { pause: 'paused', resume: 'resumed', stop: 'stopped' } as const

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #jobs = new Map<string, Job>()
  readonly #queue = new Queue()
  /** Runs that nobody waits for one by one: others go first. */
  readonly #yields = new Set<string>()
  readonly #leashes = new Map<string, Leash>()
  readonly #listeners = new Set<(runId: string) => void>()
  readonly #watchers = new Set<(runId: string) => void>()
  /** Runs that a full disk interrupted: they go on when there is room. */
  readonly #waiting: WaitingForRoom
  #closed = false

  constructor(options: SupervisorOptions) {
    this.#options = options
    // Whatever trained when the host last went away did not get to say so.
    for (const id of runIdsInStates(options.store, liveStates)) this.#interrupt(id)
    this.#waiting = new WaitingForRoom(options.store, (runId) => this.#goOn(runId))
  }

  /** A run that cannot be read is marked all the same. */
  #interrupt(runId: string): void {
    try {
      updateRunAnyway(this.#options.store, runId, { state: 'interrupted' })
    } catch (error) {
      if (!(error instanceof DescentError && error.code === 'damaged')) throw error
    }
  }

  /** How many train at once. */
  readonly room = maxTraining

  /** Takes up a run in state 'queued'. */
  enqueue(runId: string): void {
    this.#queue.add(runId, this.#yields.has(runId))
    this.#pump()
    // That it is there, or has left already: who listens has heard of the run before it had a place.
    this.#options.emit({ type: 'queue.changed' })
  }

  /** Others go before it from now on, and where it trains it makes room for them. */
  letYield(runId: string): void {
    this.#yields.add(runId)
  }

  /** A full disk interrupted it: it goes on by itself. */
  waitsForRoom(runId: string): boolean {
    return this.#waiting.has(runId)
  }

  /** What stands against a run that waits to be queued; null: nothing does. It may have been stopped or deleted meanwhile. */
  checked(runId: string, problem: unknown): void {
    const { store } = this.#options
    if (this.#closed || !store.db.open || !runExists(store, runId)) return
    if (findSummary(store, runId).state !== 'queued') return
    if (problem === null) {
      this.enqueue(runId)
      return
    }
    const code = problem instanceof DescentError ? problem.code : null
    const error = problem instanceof Error ? problem.message : String(problem)
    if (code === 'cancelled') this.#apply(runId, 'stop', { finishedAt: Date.now() })
    // What was put back can be gone on with.
    else this.#apply(runId, eventOf(code), { error, finishedAt: Date.now() })
  }

  /** Those that wait, in their order. */
  waiting(): readonly string[] {
    return this.#queue.ids
  }

  /** One place up or down among those that wait, or to the front. */
  move(runId: string, to: 'first' | 'up' | 'down'): void {
    if (!this.#queue.move(runId, to)) {
      const { name, state } = findSummary(this.#options.store, runId)
      throw new DescentError(
        'conflict',
        state === 'queued'
          ? `The data of the run "${name}" is still being checked: it has a place among those that wait when that is done.`
          : `The run "${name}" is ${state}: only one that waits has a place.`,
        'runId',
      )
    }
    // Who wants it first does not mean: until the next one comes.
    if (to !== 'down') this.#yields.delete(runId)
    this.#options.emit({ type: 'queue.changed' })
  }

  /** How far it goes by itself from now on, until something else is said. */
  leash(runId: string, leash: Leash | null): void {
    if (leash === null) this.#leashes.delete(runId)
    else this.#leashes.set(runId, leash)
  }

  /** Ends the trainer of a paused run, whose checkpoint is all it needs to go on. */
  park(runId: string): void {
    const job = this.#jobs.get(runId)
    if (job === undefined || findSummary(this.#options.store, runId).state !== 'paused') return
    const { trainer } = job
    this.#end(runId, job, 'die')
    trainer?.kill()
  }

  /** Told of each run whose state has changed, or that is gone. Returns the way to stop listening. */
  onChanged(listener: (runId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async pause(runId: string): Promise<RunSummary> {
    this.#require(runId, 'pause')
    const paused = this.#jobs.get(runId)
    if (paused) paused.yielding = false
    paused?.trainer?.send({ type: 'pause' })
    return await this.#until(runId, (run) => run.state !== 'running')
  }

  async resume(runId: string): Promise<RunSummary> {
    // It may have gone on by itself since the person saw it interrupted.
    if (this.#waiting.hasGoneOn(runId) && this.#jobs.has(runId))
      return findSummary(this.#options.store, runId)
    this.#require(runId, 'resume')
    this.#waiting.forget(runId)
    const job = this.#jobs.get(runId)
    if (job?.trainer && this.#training() < maxTraining) {
      job.trainer.send({ type: 'resume', leash: this.#leashes.get(runId) ?? null })
      return await this.#until(runId, (run) => run.state !== 'paused')
    }
    // Others have taken its room meanwhile: it waits like any other, and goes on from its checkpoint.
    this.park(runId)
    this.#apply(runId, 'resume', { error: null, finishedAt: null })
    this.enqueue(runId)
    return findSummary(this.#options.store, runId)
  }

  async stop(runId: string): Promise<RunSummary> {
    this.#require(runId, 'stop')
    this.#waiting.forget(runId)
    const job = this.#jobs.get(runId)
    if (job?.trainer) {
      job.stopping = true
      job.trainer.send({ type: 'stop' })
      return await this.#until(runId, (run) => isSettled(run.state))
    }
    this.#queue.remove(runId)
    if (job) job.over = true
    this.#jobs.delete(runId)
    return this.#apply(runId, 'stop', { finishedAt: Date.now() })
  }

  /** Changes what a run does from its next step on; of one that is paused, once it goes on. */
  async adjust(runId: string, adjustment: Adjustment): Promise<RunSummary> {
    const trainer = this.#requireTrainer(runId, 'changed')
    if (adjustment.epochs !== undefined) {
      const { epoch } = findSummary(this.#options.store, runId)
      if (adjustment.epochs <= epoch)
        throw new DescentError(
          'badRequest',
          `The run has trained ${epoch} epochs already. Give more than these, or stop it.`,
          'adjustment.epochs',
        )
    }
    if (Object.keys(adjustment).length === 0)
      throw new DescentError(
        'badRequest',
        'Nothing is to be changed: name a rate, a length or a patience.',
        'adjustment',
      )
    if (adjustment.backToBest && findSummary(this.#options.store, runId).bestEpoch === null)
      throw new DescentError(
        'conflict',
        'There is no best epoch to go back to yet: the first one has not ended.',
        'adjustment.backToBest',
      )
    trainer.send({ type: 'adjust', adjustment })
    return findSummary(this.#options.store, runId)
  }

  /** Its predictions are kept from now on, or no more. `row`: of the data, counted from 0. */
  async follow(runId: string, row: number, follow: boolean): Promise<RunSummary> {
    this.#requireTrainer(runId, 'asked for the predictions of a row').send({ type: 'follow', row, follow })
    return findSummary(this.#options.store, runId)
  }

  async checkpoint(runId: string): Promise<RunSummary> {
    this.#requireTrainer(runId, 'brought to a checkpoint').send({ type: 'checkpoint' })
    return findSummary(this.#options.store, runId)
  }

  #requireTrainer(runId: string, done: string): Trainer {
    const run = findSummary(this.#options.store, runId)
    const trainer = this.#jobs.get(runId)?.trainer
    if (!trainer || (run.state !== 'running' && run.state !== 'paused'))
      throw new DescentError(
        'conflict',
        `The run "${run.name}" is ${run.state}: only one that trains can be ${done}.`,
        'runId',
      )
    return trainer
  }

  /** For a run that is deleted: nothing it still says is heard. */
  discard(runId: string): void {
    this.#drop(runId)
    this.#pump()
  }

  /** Where the time of a step goes, as the run's own trainer measures it; null where none trains it. */
  async profile(runId: string): Promise<StepProfile | null> {
    const job = this.#jobs.get(runId)
    if (!job?.trainer || findSummary(this.#options.store, runId).state !== 'running') return null
    const answer = new Promise<StepProfile | null>((resolve) => void job.profiled.push(resolve))
    job.trainer.send({ type: 'profile' })
    return await answer
  }

  /** Of the process that trains this run, while there is one. */
  pidOf(runId: string): number | undefined {
    return this.#jobs.get(runId)?.trainer?.pid
  }

  /** Brings every running job to a checkpoint, then ends it; after the deadline it is ended where it is. */
  async close(deadlineMs = 5000): Promise<void> {
    this.#closed = true
    this.#sweep()
    this.#queue.clear()
    const open = [...this.#jobs]
    for (const [, job] of open) {
      job.closing = true
      job.trainer?.send({ type: 'pause' })
    }
    const all = open.map(([id]) => this.#until(id, (run) => !liveStates.includes(run.state), deadlineMs))
    await Promise.allSettled(all)
    for (const [id, job] of open) {
      this.#end(id, job, 'die')
      job.trainer?.kill()
    }
    for (const id of runIdsInStates(this.#options.store, liveStates)) this.#interrupt(id)
    this.#waiting.close()
  }

  /** Lets go of runs that were deleted with their project. */
  #sweep(): void {
    for (const runId of [...this.#queue.ids, ...this.#jobs.keys()]) {
      if (runExists(this.#options.store, runId)) continue
      this.#drop(runId)
    }
  }

  #drop(runId: string): void {
    this.#queue.remove(runId)
    this.#waiting.forget(runId)
    this.#yields.delete(runId)
    this.#leashes.delete(runId)
    const job = this.#jobs.get(runId)
    if (job !== undefined) {
      job.over = true
      answerProfile(job, null)
      job.trainer?.kill()
      this.#jobs.delete(runId)
    }
    this.#tell(runId)
  }

  #tell(runId: string): void {
    for (const listener of this.#listeners) listener(runId)
  }

  #pump(): void {
    this.#sweep()
    while (!this.#closed && this.#training() < maxTraining) {
      const runId = this.#queue.take()
      if (runId === undefined) break
      this.#launch(runId)
    }
    if (!this.#closed) this.#makeRoom()
  }

  /** For each run that somebody waits for, one of those that yield comes to a checkpoint and back into the queue. */
  #makeRoom(): void {
    const training = [...this.#jobs]
    let lacking = this.#queue.ahead - training.filter(([, job]) => job.yielding).length
    for (const [runId, job] of training.reverse()) {
      if (lacking <= 0) return
      if (job.yielding || job.stopping || !job.trainer || !this.#yields.has(runId)) continue
      if (findSummary(this.#options.store, runId).state === 'paused') continue
      job.yielding = true
      job.trainer.send({ type: 'pause' })
      lacking--
    }
  }

  #yield(runId: string, job: Job): void {
    const { trainer } = job
    job.over = true
    this.#jobs.delete(runId)
    trainer?.kill()
    this.#apply(runId, 'resume')
    this.#queue.add(runId, true, 'first')
    this.#pump()
  }

  #training(): number {
    return [...this.#jobs.keys()].filter((id) => findSummary(this.#options.store, id).state !== 'paused')
      .length
  }

  #launch(runId: string): void {
    const job: Job = {
      trainer: null,
      stopping: false,
      closing: false,
      yielding: false,
      over: false,
      echoed: -Infinity,
      profiled: [],
    }
    this.#jobs.set(runId, job)
    try {
      const before = findSummary(this.#options.store, runId)
      this.#apply(runId, 'launch', { startedAt: before.startedAt ?? Date.now() })
      const run = findRun(this.#options.store, runId)
      const resume = this.#restore(run)
      const source = this.#options.source(run)
      const computing = this.#options.computing()
      job.trainer = startTrainer(
        (message) => this.#heard(runId, job, message),
        (signal, stderr) => this.#exited(runId, job, signal, stderr),
        computingEnvironment(computing),
      )
      // A run goes on where it began: `auto` may choose differently on another day.
      const { scratch } = this.#options
      const backend = run.backend ?? backendFor(run.recipe.backend, computing)
      const leash = this.#leashes.get(runId) ?? null
      job.trainer.send({ type: 'train', backend, source, scratch, resume, leash })
    } catch (error) {
      this.#fail(runId, job, error)
    }
  }

  /** The checkpoint to go on from; what was measured after it is forgotten, as it will be measured again. */
  #restore(run: StoredRun): Resume | null {
    const { store } = this.#options
    const stored = store.loadCheckpoint(run.id, 'last')
    const last = stored && { meta: checkpointMetaSchema.parse(stored.meta), tensors: stored.tensors }
    const best = last?.meta.best ?? null
    if (last === null && run.bestEpoch !== null)
      store.notices.add(
        'warning',
        `The checkpoint of the run "${run.name}" is missing, so it starts again from its first epoch.`,
      )
    deletePointsAfter(store, run.id, last?.meta ?? { epoch: 0, step: 0 })
    resetRun(store, run.id, {
      epoch: last?.meta.epoch ?? 0,
      seconds: last?.meta.seconds ?? 0,
      bestEpoch: best?.epoch ?? null,
      metrics: best === null ? {} : { ...best.metrics, ...valuesAt(store, run.id, best.epoch) },
    })
    return last && { last, best: store.loadCheckpoint(run.id, 'best')?.tensors ?? null }
  }

  #heard(runId: string, job: Job, message: FromTrainer): void {
    if (job.over) return
    try {
      this.#handle(runId, job, message)
    } catch (error) {
      this.#fail(runId, job, error)
    }
  }

  #handle(runId: string, job: Job, message: FromTrainer): void {
    switch (message.type) {
      case 'device':
        this.#apply(runId, 'begin', { backend: message.backend, device: message.device })
        return
      case 'metrics':
        this.#measured(runId, job, message.points)
        return
      case 'steps':
        this.#stepped(runId, message.points)
        return
      case 'report':
        this.#found(runId, message.report)
        return
      case 'progress':
        this.#options.emit({ type: 'run.progress', runId, progress: message.progress })
        return
      case 'checkpoint':
        this.#save(runId, message.last, message.best)
        return
      case 'paused':
        answerProfile(job, null)
        if (job.closing) this.#end(runId, job, 'die')
        else this.#paused(runId, job)
        return
      case 'continued':
        this.#apply(runId, 'begin')
        return
      case 'notFollowed':
        this.#options.store.notices.add(
          'warning',
          `Row ${formatCount(message.row + 1)} is not in the validation split of “${findSummary(this.#options.store, runId).name}”: the predictions of those rows alone are followed. Choose another row.`,
        )
        return
      case 'finished':
        this.#end(runId, job, message.reason === 'stopped' ? 'stop' : 'finish', { seconds: message.seconds })
        return
      case 'failed':
        this.#fail(runId, job, errorOf(message.error))
        return
      case 'profile':
        answerProfile(job, message.profile)
        return
      case 'learned':
        for (const [path, sha256] of Object.entries(message.hashes))
          this.#options.store.files.learn(path, sha256)
        return
    }
  }

  #paused(runId: string, job: Job): void {
    const { epoch } = this.#leashes.get(runId) ?? { epoch: null }
    const run = this.#apply(runId, 'pause')
    // One that has come as far as it was to go waits there anyway.
    if (job.yielding && !(epoch !== null && run.epoch >= epoch)) this.#yield(runId, job)
    else {
      // Who has paused makes room, and is not asked for it again when it goes on.
      job.yielding = false
      this.#pump()
    }
  }

  #measured(runId: string, job: Job, points: MetricPoint[]): void {
    const { store, emit } = this.#options
    insertPoints(store, runId, points)
    const { name } = validationLossSeries
    const change: RunChange = {}
    let best = findSummary(store, runId).metrics[name] ?? Infinity
    for (const { epoch, seconds, values } of points) {
      change.epoch = epoch
      change.seconds = seconds
      if (!(values[name]! < best)) continue
      best = values[name]!
      change.bestEpoch = epoch
      change.metrics = values
    }
    const updated = updateRun(store, runId, change)
    emit({ type: 'run.metrics', runId, points })
    if (performance.now() - job.echoed < echoMs) return
    job.echoed = performance.now()
    emit({ type: 'run.changed', run: updated })
  }

  #found(runId: string, report: TrainingReport): void {
    const { store, emit } = this.#options
    putReport(store, runId, report)
    const epochs = report.adjusted?.findLast((one) => one.epochs !== undefined)?.epochs
    if (epochs !== undefined) emit({ type: 'run.changed', run: updateRun(store, runId, { epochs }) })
    emit({ type: 'run.report', runId, report })
  }

  #stepped(runId: string, points: MetricPoint[]): void {
    const { store, emit } = this.#options
    insertPoints(store, runId, points)
    emit({ type: 'run.steps', runId, points })
  }

  #save(runId: string, last: Checkpoint, best: BestWeights | null): void {
    const { store } = this.#options
    store.saveCheckpoints(runId, {
      last: { epoch: last.meta.epoch, meta: last.meta, tensors: last.tensors },
      ...(best !== null && { best: bestCheckpoint(best) }),
    })
    updateRun(store, runId, { seconds: last.meta.seconds })
    const found = last.meta.best
    if (found === null) return
    updateRun(store, runId, {
      bestEpoch: found.epoch,
      metrics: found.metrics,
    })
  }

  #exited(runId: string, job: Job, signal: string | null, stderr: string): void {
    if (job.over) return
    if (job.stopping) this.#end(runId, job, 'stop')
    else this.#end(runId, job, 'die', { error: diedMessage('The trainer', signal, stderr) })
  }

  /** What training itself cannot help — no room, data or a GPU that is gone — interrupts a run; anything else ends it. */
  #fail(runId: string, job: Job, error: unknown): void {
    if (job.over) return
    const message = error instanceof Error ? error.message : String(error)
    const code = error instanceof DescentError ? error.code : null
    job.trainer?.kill()
    if (code === 'storageFull' || code === 'storageReadOnly') {
      this.#end(runId, job, 'die', {
        error: `${message} Training stopped at its last checkpoint and goes on by itself when there is room.`,
      })
      this.#waiting.add(runId)
      this.#options.store.notices.add('error', message)
    } else this.#end(runId, job, eventOf(code), { error: message })
  }

  #goOn(runId: string): void {
    if (this.#closed || !runExists(this.#options.store, runId)) return
    if (findSummary(this.#options.store, runId).state !== 'interrupted') return
    this.#apply(runId, 'resume', { error: null, finishedAt: null })
    this.enqueue(runId)
  }

  /** The job is done; what its trainer may still say is not heard any more. */
  #end(runId: string, job: Job, event: RunEvent, change: RunChange = {}): void {
    if (job.over) return
    job.over = true
    answerProfile(job, null)
    this.#jobs.delete(runId)
    const ended = event === 'die' ? {} : { finishedAt: Date.now() }
    const run = this.#apply(runId, event, { ...ended, ...change })
    if (event === 'finish' || event === 'stop') this.#settled(run)
    this.#pump()
  }

  #settled(run: RunSummary): void {
    try {
      this.#options.onSettled?.(run)
    } catch (error) {
      // On a full disk the run has ended all the same.
      this.#options.store.notices.add('error', error instanceof Error ? error.message : String(error))
    }
  }

  #require(runId: string, event: keyof typeof pastTense): RunSummary {
    const run = findSummary(this.#options.store, runId)
    if (nextState(run.state, event) === null) {
      const message = `The run "${run.name}" is ${run.state} and cannot be ${pastTense[event]}.`
      throw new DescentError('conflict', message, 'runId')
    }
    return run
  }

  #apply(runId: string, event: RunEvent, change: RunChange = {}): RunSummary {
    const { store, emit } = this.#options
    const before = findSummary(store, runId)
    const state = nextState(before.state, event)
    if (state === null) return before
    const run = updateRunAnyway(store, runId, { ...change, state })
    emit({ type: 'run.changed', run })
    for (const watcher of this.#watchers) watcher(runId)
    this.#tell(runId)
    if (isSettled(state)) {
      this.#yields.delete(runId)
      this.#leashes.delete(runId)
    }
    return run
  }

  /** Waits for the trainer to bring the run where it should be; kills a trainer that does not answer. */
  async #until(
    runId: string,
    reached: (run: RunSummary) => boolean,
    limitMs = answerMs,
  ): Promise<RunSummary> {
    const { store } = this.#options
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        clearTimeout(timer)
        this.#watchers.delete(check)
        resolve()
      }
      const check = (changed: string): void => {
        if (changed === runId && reached(findSummary(store, runId))) finish()
      }
      const timer = setTimeout(() => {
        this.#jobs.get(runId)?.trainer?.kill()
        setTimeout(finish, 1000).unref()
      }, limitMs)
      this.#watchers.add(check)
      check(runId)
    })
    return findSummary(store, runId)
  }
}

const bestCheckpoint = ({ tensors, epoch, loss, metrics }: BestWeights) => ({
  epoch,
  meta: { epoch, loss, metrics },
  tensors,
})

function answerProfile(job: Job, profile: StepProfile | null): void {
  for (const tell of job.profiled.splice(0)) tell(profile)
}

const errorOf = (value: DescentErrorValue): DescentError =>
  new DescentError(value.code, value.message, value.field)
