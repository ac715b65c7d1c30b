/**
 * Looks at everything in the databases, in a process of its own: a database of 10 GB takes minutes, and nobody waits.
 * Arguments: descent.db and checkpoints.db. Prints one line of JSON, see `foundSchema` in check.ts.
 */
import Database from 'better-sqlite3'
import { storedRecipeSchema } from '../../contract/index.ts'

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What SQLite finds wrong; null: nothing. */
function damageOf(file: string): string | null {
  try {
    const db = new Database(file, { readonly: true })
    try {
      const lines = db.pragma('integrity_check(5)') as { integrity_check: string }[]
      const broken = db.pragma('foreign_key_check') as unknown[]
      const problems = lines.map((line) => line.integrity_check).filter((line) => line !== 'ok')
      if (broken.length > 0) problems.push(`${broken.length} rows refer to rows that are gone`)
      return problems.join('; ') || null
    } finally {
      db.close()
    }
  } catch (error) {
    return messageOf(error)
  }
}

function isRecipe(text: string): boolean {
  try {
    return storedRecipeSchema.safeParse(JSON.parse(text)).success
  } catch {
    return false
  }
}

function lookAt(main: string, blobs: string): { unreadable: string[]; weightless: string[] } {
  const db = new Database(main, { readonly: true })
  try {
    db.prepare('ATTACH ? AS blobs').run(blobs)
    const unreadable: string[] = []
    for (const table of ['projects', 'runs JOIN run_recipes ON run = number'])
      for (const row of db
        .prepare<[], { name: string; recipe: string | null }>(`SELECT name, recipe FROM ${table}`)
        .iterate())
        if (row.recipe !== null && !isRecipe(row.recipe)) unreadable.push(`“${row.name}”`)
    const weightless = db
      .prepare<[], string>(
        `SELECT '“' || runs.name || '” of “' || projects.name || '”' FROM runs JOIN projects ON projects.id = project_id
         WHERE best_epoch IS NOT NULL AND state NOT IN ('queued', 'preparing', 'running')
           AND NOT EXISTS (SELECT 1 FROM blobs.checkpoints WHERE run_id = runs.id AND kind = 'best')`,
      )
      .pluck()
      .all()
    return { unreadable, weightless }
  } finally {
    db.close()
  }
}

function looked(main: string, blobs: string): { unreadable: string[]; weightless: string[] } {
  try {
    return lookAt(main, blobs)
  } catch {
    // What is damaged has been said above.
    return { unreadable: [], weightless: [] }
  }
}

const [main = '', blobs = ''] = process.argv.slice(2)
process.stdout.write(
  JSON.stringify({ damage: [damageOf(main), damageOf(blobs)], ...looked(main, blobs) }) + '\n',
)
