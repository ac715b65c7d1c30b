/**
 * Work on data, done in worker processes: bounded in time and memory, told about while it goes on, and ended when
 * somebody says so. The host itself never reads what a person brought.
 */
import { randomUUID } from 'node:crypto'
import {
  DescentError,
  describeLimit,
  limits as limitDefinitions,
  type DescentErrorValue,
  type HostEvent,
  type Job,
  type Limits,
} from '../../contract/index.ts'
import type { Report } from './protocol.ts'
import type { TaskInput, TaskName, TaskOutput } from './tasks.ts'
import { WorkerProcess } from './worker-process.ts'

export interface JobsOptions {
  /** A folder for temporary files. */
  readonly scratch: string
  limits(): Limits
  /** For processes that are started from now on. */
  environment(): Readonly<Record<string, string>>
  emit(event: HostEvent): void
  /** A file's hash that nobody knew yet, by its path below the workspace. */
  learned(path: string, sha256: string): void
  /** Stored data turned out not to be what was kept. */
  damaged(message: string): void
  log(message: string): void
}

export interface About {
  readonly kind: Job['kind']
  /** What is done, e.g. “Reading churn.csv”. */
  readonly label: string
  readonly projectId?: string
  /** The process that did the last task on the same may still have it in memory. */
  readonly topic?: string
  /** Answers in a moment, so it does not wait behind what takes long. */
  readonly quick?: boolean
  /** Opens a graphics or CPU device, which a process keeps; it is not used again. */
  readonly device?: boolean
}

/** Of these, one is kept for quick tasks. */
const mostWorkers = 3
const idleMs = 30_000
const watchMs = 200
/** A task that is done sooner is not worth telling. */
const tellAfterMs = 250

interface Task {
  readonly id: string
  readonly name: TaskName
  readonly input: unknown
  readonly about: About
  state: Job['state']
  worker: WorkerProcess | null
  progress: number | null
  memory: number | null
  startedAt: number
  told: boolean
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

export class Jobs {
  readonly #options: JobsOptions
  readonly #tasks = new Map<string, Task>()
  readonly #idle = new Map<WorkerProcess, NodeJS.Timeout>()
  #busy = 0
  #closed = false

  constructor(options: JobsOptions) {
    this.#options = options
  }

  run<N extends TaskName>(name: N, input: TaskInput<N>, about: About): Promise<TaskOutput<N>> {
    return new Promise((resolve, reject) => {
      const id = randomUUID()
      const task: Task = {
        id,
        name,
        input,
        about,
        state: 'waiting',
        worker: null,
        progress: null,
        memory: null,
        startedAt: performance.now(),
        told: false,
        resolve: resolve as (value: never) => void,
        reject,
      }
      this.#tasks.set(id, task)
      this.#pump()
    })
  }

  list(): Job[] {
    return [...this.#tasks.values()].map((task) => this.#describe(task))
  }

  /** Ends it wherever it is. Its caller is told `cancelled`. */
  cancel(id: string): void {
    const task = this.#tasks.get(id)
    if (task === undefined) throw new DescentError('notFound', 'This has ended already.', 'jobId')
    this.#end(
      task,
      'cancelled',
      refusal('cancelled', `${task.about.label} was cancelled. Nothing was changed.`),
    )
  }

  close(): void {
    this.#closed = true
    for (const task of [...this.#tasks.values()])
      this.#end(
        task,
        'cancelled',
        refusal('cancelled', `${task.about.label} ended because Descent is closing.`),
      )
    for (const [worker, timer] of this.#idle) {
      clearTimeout(timer)
      worker.kill()
    }
    this.#idle.clear()
  }

  #describe({ id, about, state, progress, memory, startedAt }: Task): Job {
    return {
      id,
      kind: about.kind,
      projectId: about.projectId ?? null,
      label: about.label,
      topic: about.topic ?? null,
      state,
      progress,
      memory,
      seconds: (performance.now() - startedAt) / 1000,
    }
  }

  #tell(task: Task): void {
    const fresh = performance.now() - task.startedAt < tellAfterMs
    if (!task.told && (fresh || task.about.quick === true)) return
    task.told = true
    this.#options.emit({ type: 'job.changed', job: this.#describe(task) })
  }

  #pump(): void {
    for (const task of this.#tasks.values()) {
      const room = task.about.quick === true ? mostWorkers : mostWorkers - 1
      if (task.state === 'waiting' && this.#busy < room && !this.#closed) this.#start(task)
    }
  }

  #take(topic: string): WorkerProcess {
    const idle = [...this.#idle.keys()]
    const worker = idle.find((each) => each.topic === topic) ?? idle.at(-1)
    if (worker === undefined) return new WorkerProcess(this.#options.environment())
    clearTimeout(this.#idle.get(worker))
    this.#idle.delete(worker)
    return worker
  }

  #start(task: Task): void {
    const { about } = task
    const worker =
      about.device === true ? new WorkerProcess(this.#options.environment()) : this.#take(about.topic ?? '')
    const limits = this.#options.limits()
    worker.topic = about.topic ?? ''
    this.#busy++
    task.worker = worker
    task.state = 'running'
    task.startedAt = performance.now()
    worker.onReport = (report) => this.#heard(task, report)
    worker.onExit = (signal, stderr) => this.#end(task, 'failed', diedError(about.label, signal, stderr))
    worker.start({ task: task.name, input: task.input as never, limits, scratch: this.#options.scratch })
    this.#watch(task, worker, limits)
  }

  /** Looks after a task while it runs: what it uses, how long it takes. */
  #watch(task: Task, worker: WorkerProcess, limits: Limits): void {
    const look = async (): Promise<void> => {
      const memory = await worker.memory()
      if (task.state !== 'running') return clearInterval(timer)
      task.memory = memory
      const seconds = (performance.now() - task.startedAt) / 1000
      if (memory !== null && memory > limits.jobMemory) this.#exceeded(task, 'jobMemory', limits)
      else if (seconds > limits.jobSeconds) this.#exceeded(task, 'jobSeconds', limits)
      else this.#tell(task)
    }
    const timer = setInterval(() => void look(), watchMs)
    timer.unref()
  }

  #exceeded(task: Task, name: 'jobMemory' | 'jobSeconds', limits: Limits): void {
    const { label, unit } = limitDefinitions[name]
    const most = describeLimit(unit, limits[name])
    const what = name === 'jobMemory' ? `needs more than ${most} of memory` : `takes longer than ${most}`
    const message = `${task.about.label} ${what} and was ended. Nothing was changed. Raise “${label}” in Settings to let it go on.`
    this.#end(task, 'failed', refusal('tooLarge', message))
  }

  #heard(task: Task, report: Report): void {
    switch (report.type) {
      case 'progress':
        task.progress = report.share
        return
      case 'firstLook':
        this.#options.emit({ type: 'job.firstLook', jobId: task.id, look: report.look })
        return
      case 'learned':
        for (const [path, sha256] of Object.entries(report.hashes)) this.#options.learned(path, sha256)
        return
      case 'memory':
        return
      case 'done':
        this.#release(task)
        this.#settle(task, 'finished')
        task.resolve(report.value as never)
        return
      case 'failed':
        if (report.error.code === 'damaged') this.#options.damaged(report.error.message)
        if (report.detail !== null) this.#options.log(`${task.about.label}: ${report.detail}`)
        this.#release(task)
        this.#settle(task, 'failed')
        task.reject(new DescentError(report.error.code, report.error.message, report.error.field))
    }
  }

  /** The process has done its task and waits for the next one. */
  #release(task: Task): void {
    const { worker } = task
    task.worker = null
    if (worker === null) return
    this.#busy--
    worker.onReport = () => undefined
    worker.onExit = () => this.#forget(worker)
    if (task.about.device === true || this.#closed) return worker.kill()
    const timer = setTimeout(() => {
      this.#idle.delete(worker)
      worker.kill()
    }, idleMs)
    timer.unref()
    this.#idle.set(worker, timer)
  }

  #forget(worker: WorkerProcess): void {
    clearTimeout(this.#idle.get(worker))
    this.#idle.delete(worker)
  }

  /** Ends a task that its process has not done. */
  #end(task: Task, state: 'failed' | 'cancelled', error: DescentErrorValue): void {
    if (!this.#tasks.has(task.id)) return
    const { worker } = task
    task.worker = null
    const settle = (): void => {
      this.#settle(task, state)
      task.reject(new DescentError(error.code, error.message, error.field))
    }
    if (worker === null) return settle()
    this.#busy--
    worker.onReport = () => undefined
    task.state = state
    if (worker.over) return settle()
    // What it was writing may only be removed once it cannot write any more.
    worker.onExit = settle
    worker.kill()
  }

  #settle(task: Task, state: Job['state']): void {
    task.state = state
    this.#tasks.delete(task.id)
    this.#tell(task)
    this.#pump()
  }
}

const refusal = (code: DescentErrorValue['code'], message: string): DescentErrorValue => ({ code, message })

function diedError(label: string, signal: string | null, stderr: string): DescentErrorValue {
  const memory = /out of memory|allocation failed/i.test(stderr)
  const why = memory
    ? 'it needed more memory than there is'
    : `its process ended unexpectedly${signal === null ? '' : ` (${signal})`}`
  return refusal('unavailable', `${label} failed: ${why}. Nothing was changed.`)
}
