/** Servers of databases that a table is read from. What an address of theirs is, the word before `://` tells. */
import type { ReadingName } from './reading.ts'

interface ServerKind {
  readonly label: string
  /** The word before `://`, the usual one first. */
  readonly schemes: readonly string[]
  readonly port: number
  /** The variable of the environment that names the user where the address does not. */
  readonly userFrom: string
  /** What the variables of the environment are called that may hold the password. */
  readonly passwordFrom: string
  /** What of its reading a person may decide. */
  readonly options: readonly ReadingName[]
}

export const servers = {
  postgresql: {
    label: 'PostgreSQL server',
    schemes: ['postgresql', 'postgres'],
    port: 5432,
    userFrom: 'PGUSER',
    passwordFrom: 'PGPASSWORD or ~/.pgpass',
    options: ['table', 'query', 'decimal'],
  },
  mysql: {
    label: 'MySQL or MariaDB server',
    schemes: ['mysql', 'mariadb'],
    port: 3306,
    userFrom: 'USER',
    passwordFrom: 'MYSQL_PWD',
    options: ['table', 'query', 'decimal'],
  },
} as const satisfies Record<string, ServerKind>

export type ServerName = keyof typeof servers
export const serverNames = Object.keys(servers) as ServerName[]

/** Which server an address is of; null: none. */
export function serverAt(address: string): ServerName | null {
  const scheme = /^\s*([a-z]+):\/\//i.exec(address)?.[1]?.toLowerCase()
  return (
    serverNames.find((name) => (servers[name].schemes as readonly string[]).includes(scheme ?? '')) ?? null
  )
}
