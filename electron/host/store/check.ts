/** What is looked at in the background after a start: every page of the databases, and a backup when one is due. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Store } from './index.ts'

const program = fileURLToPath(new URL('./check-program.ts', import.meta.url))
const foundSchema = z.array(z.string())

export interface Check {
  readonly done: Promise<void>
  stop(): void
}

/** Damage becomes a notice. */
export function startCheck(store: Store): Check {
  const files = ['descent.db', 'checkpoints.db'].map((name) => join(store.workspace, name))
  const stopped = new AbortController()
  const checked = new Promise<void>((resolve) => {
    execFile(process.execPath, [program, ...files], { signal: stopped.signal }, (error, stdout) => {
      if (error === null)
        for (const [i, found] of foundSchema.parse(JSON.parse(stdout)).entries())
          if (found !== 'ok')
            store.notices.add(
              'error',
              `A check of ${files[i]} found damage: ${found}. What can still be read is shown. Close Descent and copy the workspace now; if it was closed and started again and this stays, put a backup from its folder “backups” back as descent.db.`,
            )
      resolve()
    })
  })
  const backedUp = store.backUp().catch((error: unknown) => {
    if (stopped.signal.aborted) return
    const why = error instanceof Error ? error.message : String(error)
    store.notices.add('warning', `Today’s backup of the database could not be made: ${why}.`)
  })
  return {
    done: Promise.all([checked, backedUp]).then(() => undefined),
    stop: () => stopped.abort(),
  }
}
