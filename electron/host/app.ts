/** The composition root: workspace, store and every capability, built once. What tests, the command line and the server run. */
import { join } from 'node:path'
import { engineVersion } from '../../engine/index.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { protocolVersion, type HostEvent } from '../contract/index.ts'
import { compareHandlers } from './compare/index.ts'
import type { Handlers, HostContext } from './context.ts'
import { datasetsHandlers, reimportHandlers, typedHandlers, versionsHandlers } from './datasets/index.ts'
import { probeDevices } from './devices/index.ts'
import { deployHandlers } from './deploy/index.ts'
import { tidyExports } from './deploy/replace-folder.ts'
import { backupHandlers } from './backup/index.ts'
import { baselineHandlers } from './baselines/handlers.ts'
import { evaluateHandlers } from './evaluate/index.ts'
import { reportHandlers } from './evaluate/report/index.ts'
import { exploreHandlers } from './explore/index.ts'
import { graphHandlers } from './graph/index.ts'
import { Jobs } from './jobs/index.ts'
import { modelHandlers } from './model/index.ts'
import { prepareHandlers } from './prepare/index.ts'
import { LogFile } from './problems/log-file.ts'
import { problemReport } from './problems/report.ts'
import { projectsHandlers } from './projects/index.ts'
import { openScratch, sweepScratch } from './scratch.ts'
import { computingEnvironment, inForce } from './settings/computing.ts'
import { computingOf, limitsOf, settingsHandlers } from './settings/index.ts'
import { spaceHandlers } from './space/index.ts'
import { removeLeftovers } from './store/leftovers.ts'
import { BackgroundCheck, openStore } from './store/index.ts'
import { removeDeleted, renewRepeatKeys, runsHandlers } from './runs/index.ts'
import { closeSearches, searchHandlers } from './search/index.ts'
import { closeTraining, discardRun, trainingHandlers } from './training/index.ts'
import { createWorkspace, lockWorkspace } from './workspace.ts'

export interface App {
  readonly workspace: string
  readonly context: HostContext
  readonly handlers: Handlers
  /** Returns the way to stop listening. */
  onEvent(listener: (event: HostEvent) => void): () => void
  /** Says it on stderr and keeps it in the workspace’s log; `cause` with its stack. */
  log(message: string, cause?: unknown): void
  /** Looks at everything in the workspace now, which otherwise happens in the background soon after the start. */
  check(): Promise<void>
  /** Stops running jobs at a checkpoint, then closes the database. */
  close(): Promise<void>
}

/** `directory` is created if need be; refuses a workspace that another process is using. */
export async function openApp(directory: string): Promise<App> {
  const workspace = createWorkspace(directory)
  const lock = lockWorkspace(workspace)
  try {
    // Whoever made these is dead: the lock is ours.
    sweepScratch(workspace)
    removeLeftovers(workspace)
    tidyExports(join(workspace, 'models'))
    return openLocked(workspace, lock)
  } catch (error) {
    new LogFile(workspace).write(
      `Descent ${packageJson.version} could not open it: ${error instanceof Error ? error.message : String(error)}`,
    )
    lock.release()
    throw error
  }
}

function openLocked(workspace: string, lock: ReturnType<typeof lockWorkspace>): App {
  const listeners = new Set<(event: HostEvent) => void>()
  // Whoever listens is told after the fact: what goes wrong there must not become an error of what has happened.
  const emit = (event: HostEvent): void =>
    listeners.forEach((listener) => {
      try {
        listener(event)
      } catch (error) {
        log(`Something that heard of ${event.type} failed`, error)
      }
    })
  const file = new LogFile(workspace)
  const log: App['log'] = (message, cause) => {
    const detail =
      cause instanceof Error ? (cause.stack ?? cause.message) : cause === undefined ? '' : String(cause)
    const text = `${message}${detail && `: ${detail}`}`
    process.stderr.write(`descent: ${text}\n`)
    file.write(text)
  }
  const store = openStore(workspace)
  file.write(`Descent ${packageJson.version} has opened ${workspace}.`)
  listeners.add((event) => {
    if (event.type !== 'run.changed') return
    const { id, state, error } = event.run
    if (state === 'failed' || state === 'interrupted')
      file.write(`Run ${id} ${state}: ${error ?? 'nothing was said'}`)
  })
  if (lock.notice !== null) store.notices.add('warning', lock.notice)
  store.notices.onAdded((notice) => {
    log(notice.message)
    emit({ type: 'notice.added', notice })
  })
  const scratch = openScratch(workspace)
  const jobs = new Jobs({
    scratch: scratch.path,
    limits: () => limitsOf(store),
    environment: () => computingEnvironment(computingOf(store)),
    emit,
    learned: (path, sha256) => store.files.learn(path, sha256),
    damaged: (message) => store.notices.add('error', message),
    log,
  })
  const check = new BackgroundCheck(store)
  void removeDeleted(store).catch((error: unknown) =>
    log(`deleted runs could not be removed: ${String(error)}`),
  )
  void renewRepeatKeys(store).catch((error: unknown) =>
    log(`what runs repeat could not be found out anew: ${String(error)}`),
  )
  const context: HostContext = { workspace, store, jobs, scratch: scratch.path, emit }
  return {
    workspace,
    context,
    log,
    handlers: handlersOf(context),
    check: () => check.run(),
    onEvent(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      closeSearches(context)
      await closeTraining(context)
      jobs.close()
      await check.stop()
      store.close()
      scratch.remove()
      lock.release()
      file.write('Descent has closed it.')
    },
  }
}

function handlersOf(context: HostContext): Handlers {
  const { workspace, store, jobs, emit } = context
  const projects = projectsHandlers(context, (runId) => discardRun(context, runId))
  const evaluate = evaluateHandlers(context)
  const baselines = baselineHandlers(context)
  return {
    ...projects,
    ...datasetsHandlers(context),
    ...typedHandlers(context),
    ...versionsHandlers(context),
    ...reimportHandlers(context),
    ...exploreHandlers(context),
    ...prepareHandlers(context),
    ...modelHandlers(context),
    ...graphHandlers(context),
    ...trainingHandlers(context),
    ...searchHandlers(context, projects['projects.setRecipe']),
    ...runsHandlers(context),
    ...evaluate,
    ...baselines,
    ...reportHandlers(context, { ...evaluate, ...baselines }),
    ...deployHandlers(context),
    ...compareHandlers(context),
    ...settingsHandlers(context),
    ...spaceHandlers(context),
    ...backupHandlers(context),
    'notices.list': async () => store.notices.list(),
    'notices.dismiss': async ({ noticeId }) => {
      store.write(() => store.notices.dismiss(noticeId))
      emit({ type: 'notice.dismissed', noticeId })
      return { ok: true }
    },
    'jobs.list': async () => jobs.list(),
    'jobs.cancel': async ({ jobId }) => {
      jobs.cancel(jobId)
      return { ok: true }
    },
    'app.problemReport': async () => {
      const computing = computingOf(store)
      const count = (table: 'projects' | 'runs') =>
        store.db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0
      const devices = await probeDevices(computing)
      return {
        text: problemReport(workspace, [
          ...devices.map(({ backend, description }) => [backend, description] as const),
          ['Threads', String(inForce(computing).threads)],
          ['Projects', `${count('projects')}, with ${count('runs')} runs`],
          ...store.notices.list().map(({ severity, message }) => [severity, message] as const),
        ]),
      }
    },
    'app.info': async () => {
      const computing = computingOf(store)
      return {
        version: packageJson.version,
        protocol: protocolVersion,
        engineVersion,
        workspace,
        platform: process.platform,
        devices: await probeDevices(computing),
        computing: inForce(computing),
      }
    },
  }
}
