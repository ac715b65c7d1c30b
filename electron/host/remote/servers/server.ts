/** What a database server is to us: it names its tables, and sends the rows of one SELECT. */
import type { Writable } from 'node:stream'
import type { Relation } from '../../kinds/table/formats/relations.ts'
import type { ServerAddress } from './address.ts'

/** How the text of a column's cells becomes a value. */
export type ColumnType =
  | {
      readonly as: 'text' | 'whole' | 'unsigned' | 'fraction' | 'flag' | 'day' | 'moment' | 'zoned' | 'clock'
    }
  /** Digits are kept exactly. null: as many as the values have. */
  | { readonly as: 'decimal'; readonly size: { readonly digits: number; readonly scale: number } | null }
  /** Lists and documents, whose text is kept. */
  | { readonly as: 'nested' }
  /** No value of a table. */
  | { readonly as: 'bytes' }

export interface ServerColumn {
  readonly name: string
  readonly type: ColumnType
}

/** `rows`: as the server estimates them. */
export interface ServerRelation extends Relation {
  /** Nobody has counted the rows yet: told by what they take on the disk. */
  readonly isGuess?: boolean
  /** As it stands in a statement. */
  readonly sql: string
}

export interface Connected {
  /** Those that the user may read, without the server's own; and the one that is asked for, if it is elsewhere on the server. */
  relations(asked: string | null): Promise<readonly ServerRelation[]>
  /**
   * The columns of a SELECT, which is not run. Errors: a refusal where it is none, or more than one statement.
   * The text is a person's: it goes to the server by itself, in a way that allows no second statement.
   */
  describe(select: string): Promise<readonly ServerColumn[]>
  /**
   * The rows as CSV: cells that are missing as `\N`, records end with a line feed. Only of what was described. Gives the
   * columns that were written: bytes are left out where that can be.
   */
  rows(select: string, columns: readonly ServerColumn[], to: Writable): Promise<readonly ServerColumn[]>
  /** Whether nobody on the way can read what is sent. */
  readonly isEncrypted: boolean
  close(): Promise<void>
  /** Of a server that says nothing any more: nothing is waited for. */
  abandon(): void
}

export interface ConnectOptions {
  readonly password: string | null
  /** Milliseconds until the server is given up that does not answer. */
  readonly patience: number
  /** Seconds that one statement may take. */
  readonly seconds: number
}

export interface Server {
  connect(address: ServerAddress, options: ConnectOptions): Promise<Connected>
  /** What went wrong, in words; null: nothing that the server or the network said. */
  explain(error: unknown, address: ServerAddress): ServerRefusal | null
}

export interface ServerRefusal {
  /** Goes on after “ADDRESS: ”. */
  readonly why: string
  /** Which setting would mend it. */
  readonly field: 'path' | 'password' | 'table' | 'query'
}

const longestTimer = 2 ** 31 - 1

/** Gives up where nothing is heard for so many milliseconds. `work` tells when something is. */
export async function patiently<T>(
  patience: number,
  giveUp: () => void,
  work: (heard: () => void) => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        reject(Object.assign(new Error(`Nothing came for ${patience} ms`), { code: 'ETIMEDOUT' }))
        giveUp()
      },
      Math.min(patience, longestTimer),
    )
  })
  try {
    return await Promise.race([work(() => timer?.refresh()), silence])
  } finally {
    clearTimeout(timer)
  }
}

/** The text that stands for nothing. */
export const missing = '\\N'

const identifierIn = (quote: string) => (name: string) =>
  `${quote}${name.replaceAll(quote, quote + quote)}${quote}`
export const doubleQuoted = identifierIn('"')
export const backQuoted = identifierIn('`')

/** A person may end the statement as usual. */
export const withoutEnd = (select: string): string => select.replace(/[;\s]+$/, '')
/** A comment in its last line does not go on behind it. */
export const inParentheses = (select: string): string => `(${withoutEnd(select)}\n)`

const otherMachine = 'its certificate is for another machine'
const expired = 'its certificate has expired'
const untrusted =
  'its certificate is signed by nobody that this machine trusts. Name who signed it by sslrootcert=FILE, or give sslmode=require to do without the check'

const networkErrors: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such machine, or no connection to the network',
  EAI_AGAIN: 'the machine cannot be looked up: there is no connection to the network',
  ECONNREFUSED: 'nobody answers there: is the server running, and is the port right',
  ENOENT: 'there is no such socket: is the server running',
  EACCES: 'the socket may not be opened',
  ECONNRESET: 'the connection broke off',
  EPIPE: 'the connection broke off',
  ETIMEDOUT: 'the server does not answer',
  PROTOCOL_CONNECTION_LOST: 'the connection broke off',
  EHOSTUNREACH: 'the machine cannot be reached',
  ENETUNREACH: 'there is no connection to the network',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: otherMachine,
  CERT_HAS_EXPIRED: expired,
}

/** What the network says, whichever the server. Of several addresses of one name, what the last said. */
export function explainNetwork(error: unknown): ServerRefusal | null {
  const all = error instanceof AggregateError ? (error.errors as unknown[]).at(-1) : error
  const code = (all as { code?: unknown } | null)?.code
  const why = typeof code === 'string' ? networkErrors[code] : undefined
  return why === undefined ? null : { why, field: 'path' }
}

/** Where only the sentence is left of what TLS says. */
export function explainTls(message: string): ServerRefusal {
  const why = /self.signed|unable to (verify|get)/i.test(message)
    ? untrusted
    : /does not match|altnames/i.test(message)
      ? otherMachine
      : /expired/i.test(message)
        ? expired
        : `TLS failed (${message.replace(/\.$/, '')})`
  return { why, field: 'path' }
}

/** The server's own sentence, which is for those who write SQL. */
export const says = (message: string): string => `the server says “${message.replace(/\.$/, '')}”`
