/**
 * Looks at every page of the databases, in a process of its own: a database of 10 GB takes minutes, and nobody waits.
 * Arguments: the database files. Prints one line of JSON: for each file what SQLite found, `ok` if nothing.
 */
import Database from 'better-sqlite3'

const found = process.argv.slice(2).map((file) => {
  try {
    const db = new Database(file, { readonly: true })
    try {
      const lines = db.pragma('integrity_check(5)') as { integrity_check: string }[]
      const broken = db.pragma('foreign_key_check') as unknown[]
      const problems = lines.map((line) => line.integrity_check).filter((line) => line !== 'ok')
      if (broken.length > 0) problems.push(`${broken.length} rows refer to rows that are gone`)
      return problems.join('; ') || 'ok'
    } finally {
      db.close()
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
})
process.stdout.write(JSON.stringify(found) + '\n')
