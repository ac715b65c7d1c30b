/** The composition root: workspace, store and every capability, built once. What tests, the command line and the server run. */
import { engineVersion } from '../../engine/index.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { protocolVersion, type HostEvent } from '../contract/index.ts'
import { compareHandlers } from './compare/index.ts'
import type { Handlers, HostContext } from './context.ts'
import { datasetsHandlers } from './datasets/index.ts'
import { probeDevices } from './devices/index.ts'
import { deployHandlers } from './deploy/index.ts'
import { evaluateHandlers } from './evaluate/index.ts'
import { exploreHandlers } from './explore/index.ts'
import { modelHandlers } from './model/index.ts'
import { prepareHandlers } from './prepare/index.ts'
import { projectsHandlers } from './projects/index.ts'
import { openStore } from './store/index.ts'
import { closeTraining, discardRun, runsHandlers, trainingHandlers } from './training/index.ts'
import { createWorkspace, lockWorkspace } from './workspace.ts'

export interface App {
  readonly workspace: string
  readonly context: HostContext
  readonly handlers: Handlers
  /** Returns the way to stop listening. */
  onEvent(listener: (event: HostEvent) => void): () => void
  /** Stops running jobs at a checkpoint, then closes the database. */
  close(): Promise<void>
}

/** `directory` is created if need be; refuses a workspace that another process is using. */
export async function openApp(directory: string): Promise<App> {
  const workspace = createWorkspace(directory)
  const lock = lockWorkspace(workspace)
  try {
    const listeners = new Set<(event: HostEvent) => void>()
    const store = openStore(workspace)
    const context: HostContext = {
      workspace,
      store,
      emit: (event) => listeners.forEach((listener) => listener(event)),
    }
    const handlers: Handlers = {
      ...projectsHandlers(context, (runId) => discardRun(context, runId)),
      ...datasetsHandlers(context),
      ...exploreHandlers(context),
      ...prepareHandlers(context),
      ...modelHandlers(context),
      ...trainingHandlers(context),
      ...runsHandlers(context),
      ...evaluateHandlers(context),
      ...deployHandlers(context),
      ...compareHandlers(context),
      'app.info': async () => ({
        version: packageJson.version,
        protocol: protocolVersion,
        engineVersion,
        workspace,
        platform: process.platform,
        devices: await probeDevices(),
      }),
    }
    return {
      workspace,
      context,
      handlers,
      onEvent(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      async close() {
        await closeTraining(context)
        store.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}
