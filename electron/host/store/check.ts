/** What is looked at in the background after a start: every page of the databases, and a backup when one is due. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { plural } from '../../contract/index.ts'
import type { Store } from './index.ts'
import { listed } from './listed.ts'

const program = fileURLToPath(new URL('./check-program.ts', import.meta.url))
const foundSchema = z.object({
  /** Of each file; null: it is sound. */
  damage: z.array(z.string().nullable()),
  /** Names of projects and runs whose recipe cannot be read. */
  unreadable: z.array(z.string()),
  /** Names of trained runs that have no weights. */
  weightless: z.array(z.string()),
})
/** The window comes first. */
const startMs = 3000

export class BackgroundCheck {
  readonly #store: Store
  readonly #stopped = new AbortController()
  readonly #timer: NodeJS.Timeout
  #running: Promise<void> | null = null

  constructor(store: Store) {
    this.#store = store
    this.#timer = setTimeout(() => void this.run(), startMs)
    this.#timer.unref()
  }

  /** At once, if it has not begun yet; resolves when everything has been looked at. Damage becomes a notice. */
  run(): Promise<void> {
    clearTimeout(this.#timer)
    this.#running ??= Promise.all([this.#checkPages(), this.#backUp()]).then(() => undefined)
    return this.#running
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#stopped.abort()
    await this.#running
  }

  #checkPages(): Promise<void> {
    const { workspace } = this.#store
    const files = ['descent.db', 'checkpoints.db'].map((name) => join(workspace, name))
    const { signal } = this.#stopped
    return new Promise((resolve) => {
      execFile(process.execPath, [program, ...files], { signal }, (error, stdout) => {
        if (error === null) this.#tell(files, foundSchema.parse(JSON.parse(stdout)))
        resolve()
      })
    })
  }

  #tell(files: readonly string[], { damage, unreadable, weightless }: z.infer<typeof foundSchema>): void {
    const { notices } = this.#store
    for (const [i, found] of damage.entries())
      if (found !== null) notices.add('error', damageMessage(files[i]!, found))
    if (unreadable.length > 0)
      notices.add(
        'error',
        `${plural(unreadable.length, 'project or run', 'projects or runs')} cannot be read any more: ${listed(unreadable)}. Everything else can. ` +
          'Of a project, undo brings the recipe before it back; a run can be deleted, or had from a backup of the database.',
      )
    if (weightless.length > 0)
      notices.add(
        'warning',
        `${plural(weightless.length, 'run has', 'runs have')} lost their weights: ${listed(weightless)}. Their curves are intact; train them again, ` +
          'or close Descent and put a copy of checkpoints.db back.',
      )
  }

  async #backUp(): Promise<void> {
    try {
      await this.#store.backUp()
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      const why = error instanceof Error ? error.message : String(error)
      this.#store.notices.add('warning', `Today’s backup of the database could not be made: ${why}.`)
    }
  }
}

const damageMessage = (file: string, found: string): string =>
  `A check of ${file} found damage: ${found}. What can still be read is shown. Close Descent and copy the workspace now; ` +
  'if this stays after the next start, put a backup from its folder “backups” back as descent.db.'
