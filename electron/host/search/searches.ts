/**
 * Searches under way: each begins runs as its plan says, listens to what becomes of them, and lets the best go on. The runs
 * are runs like any other, of the supervisor; a search only says which there are and how far each may go.
 */
import { randomUUID } from 'node:crypto'
import { engineVersion } from '../../../engine/index.ts'
import {
  DescentError,
  formatSeconds,
  measuredOn,
  plural,
  primaryFor,
  validationLossSeries,
  type Dimension,
  type HostEvent,
  type Recipe,
  type SearchKind,
} from '../../contract/index.ts'
import { findSummary, insertRun, runExists } from '../runs/repository.ts'
import { isStorageError } from '../store/errors.ts'
import type { Store } from '../store/index.ts'
import type { Supervisor } from '../training/supervisor.ts'
import type { Plan } from './kinds.ts'
import { nextMove } from './moves.ts'
import { plannedIn, planOf, requireSamePlan } from './planned.ts'
import { after, costOf, standingOf, type Course } from './progress.ts'
import {
  findSearch,
  insertSearch,
  interruptRunning,
  lastNumber,
  nextSearchName,
  putTrial,
  searchExists,
  tagRun,
  trialsOf,
  updateSearch,
  valueUntil,
  type StoredSearch,
  type StoredTrial,
} from './repository.ts'

export interface SearchRequest {
  readonly projectId: string
  readonly name?: string | undefined
  readonly search: SearchKind
  readonly space: readonly Dimension[]
}

interface Options {
  readonly store: Store
  readonly supervisor: Supervisor
  emit(event: HostEvent): void
}

/** One that goes on. */
interface Active {
  search: StoredSearch
  readonly plan: Plan
  readonly trials: Map<number, StoredTrial>
  /** The highest number of a run that has begun, one that cannot be read any more among them. */
  begun: number
  /** Of `performance`: since when, and what had gone by then. */
  readonly since: number
  readonly before: number
  /** Told to go on, and not yet doing so. */
  readonly going: Set<number>
  looking: boolean
  ending: boolean
  /** It has ended, and there was no room to write that down: it is tried again. */
  end: End | null
  /** Something has come of its runs since that was told, or written down, last. */
  changed: boolean
  told: number
  /** That there is no room has been said. */
  complained: boolean
}

interface End {
  readonly state: 'finished' | 'stopped'
  readonly why: string | null
}

/** How often the time is looked at, and what came of runs is told anew. */
const lookMs = 500
/** Where nothing comes of them, the time that goes by is told all the same. */
const timeMs = 5000

/** In seconds; null: as long as it takes. */
const timeOf = ({ minutes }: SearchKind): number | null => (minutes > 0 ? minutes * 60 : null)

/** Of two choices one is the loss itself. */
const seriesFor = (recipe: Recipe, { by }: SearchKind): string =>
  by === 'loss' ? validationLossSeries.name : measuredOn('validation', primaryFor(recipe.task)).name

export class Searches {
  readonly #options: Options
  readonly #active = new Map<string, Active>()
  readonly #byRun = new Map<string, string>()
  readonly #timer: NodeJS.Timeout
  readonly #unlisten: () => void
  /** What went on when the host last went away is marked; on a full disk that is tried again. */
  #marked = false

  constructor(options: Options) {
    this.#options = options
    this.#mark()
    this.#unlisten = options.supervisor.onChanged((runId) => this.#heard(runId))
    this.#timer = setInterval(() => this.#tick(), lookMs)
    this.#timer.unref()
  }

  /** Whatever was searched when the host last went away did not get to say so. */
  #mark(): void {
    const { store } = this.#options
    try {
      const interrupted = interruptRunning(store, [...this.#active.keys()])
      this.#marked = true
      if (interrupted > 0)
        store.notices.add(
          'info',
          `${plural(interrupted, 'search', 'searches')} went on when Descent was closed. What was trained is kept; go on with it under Train, Search.`,
        )
    } catch (error) {
      if (!isStorageError(error)) throw error
    }
  }

  /** It was under way and is not any more, whether there was room to write that down or not. */
  #isInterrupted = ({ id, state }: StoredSearch): boolean =>
    state === 'interrupted' || (state === 'running' && !this.#active.has(id))

  /** Throws what stands against it, before anything of it has begun. */
  start({ projectId, name, search, space }: SearchRequest, datasetId: string, recipe: Recipe): StoredSearch {
    const { store } = this.#options
    const plan = planOf(recipe, search, space)
    const stored: StoredSearch = {
      id: randomUUID(),
      projectId,
      datasetId,
      name: name === undefined || name === '' ? nextSearchName(store, projectId) : name,
      state: 'running',
      createdAt: Date.now(),
      seconds: 0,
      why: null,
      document: {
        recipe,
        search,
        space: [...space],
        series: seriesFor(recipe, search),
        planned: plan.planned,
        stops: [...plan.stops],
        reduction: plan.reduction,
        notes: [...plan.notes],
        contenders: plan.contenders.map((one) => ({ ...one, candidates: [...one.candidates] })),
      },
    }
    insertSearch(store, stored)
    this.#open(stored, plan, [])
    return stored
  }

  /** Goes on with one that was interrupted: its runs from their checkpoints. */
  resume(id: string): void {
    const { store, supervisor } = this.#options
    const search = findSearch(store, id)
    if (!this.#isInterrupted(search))
      throw new DescentError(
        'conflict',
        `The search “${search.name}” is ${search.state}: only one that was interrupted goes on.`,
        'searchId',
      )
    const { recipe, search: kind, space } = search.document
    const plan = planOf(recipe, kind, space)
    const trials = trialsOf(store, id)
    requireSamePlan(search, plan, trials)
    const active = this.#open({ ...search, state: 'running' }, plan, trials)
    for (const trial of trials) {
      const { runId } = trial
      if (trial.ended !== null || runId === null || !runExists(store, runId)) continue
      this.#leash(active, trial)
      if (findSummary(store, runId).state === 'interrupted')
        void supervisor.resume(runId).catch(() => undefined)
    }
  }

  #open(search: StoredSearch, plan: Plan, trials: readonly StoredTrial[]): Active {
    const active: Active = {
      search,
      plan,
      trials: new Map(trials.map((trial) => [trial.number, trial])),
      begun: lastNumber(this.#options.store, search.id),
      since: performance.now(),
      before: search.seconds,
      going: new Set(),
      looking: false,
      ending: false,
      end: null,
      changed: false,
      told: performance.now(),
      complained: false,
    }
    this.#save(active)
    this.#active.set(search.id, active)
    for (const { runId } of trials) if (runId !== null) this.#byRun.set(runId, search.id)
    this.#lookSoon(active)
    return active
  }

  /** Ends it; resolves when its runs have stopped. */
  async stop(id: string): Promise<void> {
    const { store } = this.#options
    let active = this.#active.get(id)
    if (active === undefined) {
      const search = findSearch(store, id)
      if (!this.#isInterrupted(search))
        throw new DescentError('conflict', `The search “${search.name}” has ended already.`, 'searchId')
      active = this.#open(search, plannedIn(search), trialsOf(store, id))
    }
    const error = await this.#end(active, { state: 'stopped', why: 'It was stopped by hand.' })
    if (!isStorageError(error)) return
    const { code, message } = error as DescentError
    throw new DescentError(
      code,
      `The runs of the search “${active.search.name}” have stopped. That it has ended is written down as soon as that can be. ${message}`,
      'searchId',
    )
  }

  /** Resolves when it does not go on any more. */
  async ended(id: string): Promise<void> {
    while (this.#active.has(id)) await new Promise((resolve) => setTimeout(resolve, 50))
  }

  /** Those that go on are interrupted; their runs are the supervisor's to close. */
  close(): void {
    clearInterval(this.#timer)
    this.#unlisten()
    for (const active of this.#active.values()) {
      active.ending = true
      try {
        if (this.#options.store.db.open) this.#save(active, 'interrupted')
      } catch (error) {
        // The next host marks it.
        if (!isStorageError(error)) throw error
      }
    }
    this.#active.clear()
  }

  // ---- while it goes on ----

  #heard(runId: string): void {
    const active = this.#active.get(this.#byRun.get(runId) ?? '')
    if (active) this.#lookSoon(active)
  }

  /** Not within the change that it was told of: whatever follows from that has happened by then. */
  #lookSoon(active: Active): void {
    if (active.looking || active.ending) return
    active.looking = true
    setImmediate(() => {
      active.looking = false
      this.#guarded(active, () => this.#look(active))
    })
  }

  /** What goes wrong in one search ends that one, and says so; a disk that is full is looked at again. */
  #guarded(active: Active, work: () => void): void {
    if (active.ending || !this.#options.store.db.open) return
    try {
      if (active.end === null) work()
      else void this.#end(active, active.end)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (isStorageError(error)) this.#complain(active, message)
      else void this.#end(active, { state: 'stopped', why: `It ended because of this: ${message}` })
    }
  }

  /** Once, and not at each look. */
  #complain(active: Active, message: string): void {
    if (active.complained || !this.#options.store.db.open) return
    active.complained = true
    this.#options.store.notices.add('error', message)
  }

  #tick(): void {
    const { store } = this.#options
    if (!store.db.open) return
    if (!this.#marked) this.#mark()
    for (const active of [...this.#active.values()])
      this.#guarded(active, () => {
        if (!searchExists(store, active.search.id)) {
          active.ending = true
          this.#active.delete(active.search.id)
          return
        }
        const most = timeOf(active.search.document.search)
        if (most !== null && this.#seconds(active) >= most)
          void this.#end(active, { state: 'finished', why: this.#timeOver(active) })
        else this.#look(active)
      })
  }

  #timeOver({ search, trials, plan, begun }: Active): string {
    const training = [...trials.values()].filter((trial) => standingOf(trial).busy).length
    const { minutes } = search.document.search
    const left = plan.planned - begun
    return (
      `Its time of ${formatSeconds(minutes * 60)} was over: ` +
      (training === 0
        ? 'no run was training'
        : `${plural(training, 'run')} stopped where ${training === 1 ? 'it was' : 'they were'}`) +
      (left === 0
        ? '.'
        : `, and ${plural(left, 'run')} that ${left === 1 ? 'was' : 'were'} left had not begun.`)
    )
  }

  #seconds = ({ since, before }: Active): number => before + (performance.now() - since) / 1000

  #course({ search, plan }: Active): Course {
    return { series: search.document.series, stops: plan.stops, seconds: plan.seconds }
  }

  /** What has become of its runs. */
  #see(active: Active): void {
    const { store, supervisor } = this.#options
    const { series } = active.search.document
    for (const trial of active.trials.values()) {
      if (trial.ended !== null) continue
      const { runId } = trial
      // It goes on by itself when there is room on the disk.
      if (runId !== null && supervisor.waitsForRoom(runId)) continue
      const summary = runId !== null && runExists(store, runId) ? findSummary(store, runId) : null
      const run = summary && { ...summary, value: summary.metrics[series] ?? null }
      const next = after(trial, run, this.#course(active), (epoch) =>
        costOf(series, valueUntil(store, runId!, series, epoch)),
      )
      if (JSON.stringify(next) === JSON.stringify(trial)) continue
      this.#put(active, next)
    }
  }

  /** What could not be written down has not happened. */
  #put(active: Active, trial: StoredTrial): void {
    putTrial(this.#options.store, active.search.id, trial)
    active.trials.set(trial.number, trial)
    active.changed = true
  }

  #look(active: Active): void {
    this.#see(active)
    const { plan } = active
    const { room } = this.#options.supervisor
    for (;;) {
      const trials = [...active.trials.values()]
      const standings = trials.map(standingOf)
      const training = trials.filter((trial) => this.#trains(active, trial)).length
      if (training >= room) break
      const left = plan.planned - active.begun
      const move = nextMove(standings, { stops: plan.stops, reduction: plan.reduction, left })
      if (move === null) {
        if (standings.some(({ busy }) => busy)) break
        void this.#end(active, { state: 'finished', why: null })
        return
      }
      if (move.do === 'begin') this.#begin(active)
      else this.#goOn(active, move.number, move.stop)
    }
    this.#park(active)
    if (!active.changed && performance.now() - active.told < timeMs) return
    this.#save(active)
    active.complained = false
    active.changed = false
    active.told = performance.now()
    this.#tell(active)
  }

  /** It takes room, or is about to. */
  #trains({ going }: Active, trial: StoredTrial): boolean {
    if (trial.ended !== null || trial.runId === null) return false
    if (going.has(trial.number)) return true
    const { store } = this.#options
    return runExists(store, trial.runId) && findSummary(store, trial.runId).state !== 'paused'
  }

  /** Those that wait at a stop give their memory back. */
  #park(active: Active): void {
    for (const trial of active.trials.values())
      if (trial.runId !== null && trial.ended === null && !standingOf(trial).busy)
        this.#options.supervisor.park(trial.runId)
  }

  #leash({ plan }: Active, { runId, target }: StoredTrial): void {
    const isLast = target >= plan.stops.length - 1
    const epoch = isLast ? null : plan.stops[target]!
    if (runId === null) return
    this.#options.supervisor.leash(runId, { epoch, seconds: plan.seconds })
    this.#options.supervisor.letYield(runId)
  }

  #begin(active: Active): void {
    const { store, supervisor, emit } = this.#options
    const { search, plan } = active
    const number = active.begun + 1
    const { recipe, settings } = plan.candidate(number)
    const runId = randomUUID()
    const name = `${search.name}, run ${number}`
    const version = versionOf(store, search.datasetId)
    const fresh = { target: 0, results: [], ended: null, why: null, epoch: 0, seconds: 0, value: null }
    const trial: StoredTrial = { number, runId, name, settings, ...fresh }
    // All or none: a run without its place in the search would wait for good.
    store.transaction(() => {
      insertRun(store, {
        id: runId,
        projectId: search.projectId,
        name,
        recipe,
        dataSha256: version.sha256,
        dataVersion: version.number,
        datasetId: search.datasetId,
        engineVersion,
      })
      tagRun(store, runId, search.name.replaceAll(/[",]/g, ' '))
      putTrial(store, search.id, trial)
    })
    active.trials.set(number, trial)
    active.begun = number
    active.changed = true
    this.#byRun.set(runId, search.id)
    this.#leash(active, trial)
    emit({ type: 'run.changed', run: findSummary(store, runId) })
    supervisor.enqueue(runId)
  }

  #goOn(active: Active, number: number, stop: number): void {
    const { supervisor } = this.#options
    const trial = { ...active.trials.get(number)!, target: stop }
    this.#put(active, trial)
    this.#leash(active, trial)
    active.going.add(number)
    supervisor
      .resume(trial.runId!)
      .catch(() => undefined)
      .finally(() => {
        active.going.delete(number)
        this.#lookSoon(active)
      })
  }

  // ---- its end ----

  /** Never rejects; what kept it from being written down is given, and tried again where that helps. */
  async #end(active: Active, end: End): Promise<unknown> {
    if (active.ending) return null
    active.ending = true
    try {
      await this.#stopRuns(active, active.end ?? end)
      return null
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (isStorageError(error)) active.end ??= end
      // Whoever stops it later tries once more.
      else this.#active.delete(active.search.id)
      this.#complain(active, message)
      return error
    } finally {
      active.ending = false
    }
  }

  async #stopRuns(active: Active, { state, why }: End): Promise<void> {
    const { store, supervisor } = this.#options
    const open = [...active.trials.values()].filter(({ ended }) => ended === null)
    const waiting = new Set(open.filter((trial) => !standingOf(trial).busy).map(({ number }) => number))
    const runs = open.flatMap(({ runId }) => (runId !== null && runExists(store, runId) ? [runId] : []))
    // Those that wait first: none of them is to begin in the place of one that has stopped.
    const idle = runs.filter((runId) => supervisor.pidOf(runId) === undefined)
    for (const some of [idle, runs.filter((runId) => !idle.includes(runId))])
      await Promise.all(some.map((runId) => supervisor.stop(runId).catch(() => undefined)))
    if (!store.db.open || !this.#active.has(active.search.id)) return
    for (const { number } of open) {
      const trial = active.trials.get(number)!
      const known =
        trial.runId !== null && runExists(store, trial.runId) ? findSummary(store, trial.runId) : null
      // It may have come to its end before it heard of this one.
      const ended = known?.state === 'finished' ? 'finished' : waiting.has(number) ? 'stoppedEarly' : 'cut'
      const value = known?.metrics[active.search.document.series] ?? trial.value
      this.#put(active, {
        ...trial,
        ended,
        ...(known && { epoch: known.epoch, seconds: known.seconds }),
        value,
        why:
          ended === 'cut'
            ? `Stopped with the search, after ${plural(known?.epoch ?? trial.epoch, 'epoch')}.`
            : null,
      })
    }
    active.search = { ...active.search, why }
    this.#save(active, state)
    this.#active.delete(active.search.id)
    this.#tell(active)
  }

  #save(active: Active, state: StoredSearch['state'] = 'running'): void {
    const search = { ...active.search, state, seconds: this.#seconds(active) }
    updateSearch(this.#options.store, search)
    active.search = search
  }

  #tell({ search }: Active): void {
    this.#options.emit(changed(search))
  }
}

function versionOf(store: Store, datasetId: string): { sha256: string; number: number } {
  const row = store.db
    .prepare<[string], { sha256: string; number: number }>(
      'SELECT sha256, version AS number FROM datasets WHERE id = ?',
    )
    .get(datasetId)
  if (row === undefined)
    throw new DescentError('damaged', 'The data of this search is no longer in the workspace.', 'searchId')
  return row
}

export const changed = ({ id, projectId, name, state }: StoredSearch): HostEvent => ({
  type: 'search.changed',
  searchId: id,
  projectId,
  name,
  state,
})
