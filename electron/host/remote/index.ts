/** What a person named, where it is on this machine: a file in the web is fetched, a server's table read, a path stays. */
import { basename, dirname, join } from 'node:path'
import {
  DescentError,
  serverAt,
  type Fetched,
  type Limits,
  type Reading,
  type Receipt,
  type Recipe,
  addressOfSet,
  inCatalog,
  isOfCatalog,
  publicSetAt,
} from '../../contract/index.ts'
import { shareOf, type ImportRequest, type ReadContext } from '../kinds/kind.ts'
import { isAddress, withoutSecrets } from './address.ts'
import { fetchFile, type FetchedFile } from './fetch-file.ts'
import {
  getPublicSet,
  isUnnamed,
  keptSet,
  namedFile,
  readingOfSet,
  setNamed,
  usualOfSet,
} from './public-sets.ts'
import type { FetchedTable } from './servers/fetch-table.ts'

export { isAddress, withoutSecrets } from './address.ts'

/** What a person named, and what they say of reading it. */
export interface Named extends Partial<Reading> {
  readonly path: string
  /** The base address of a mirror of public sets; absent or null: they come from their owners. */
  readonly mirror?: string | null
  readonly trust?: boolean | undefined
  /** Of a server, where the address does not hold it; kept nowhere. */
  readonly password?: string | undefined
}

/** What is said of reading the file that came, instead of what was said of the address. */
export interface Rest extends Partial<Reading> {
  /** Where nobody says what is predicted. */
  readonly usual?: ImportRequest['usual']
}

interface Read {
  readonly receipt: Receipt
  readonly recipe: Recipe
}

/** Whatever is read of it speaks of the address. `file`: what came of the web, to be kept. */
export async function withFetched<T extends Read>(
  named: Named,
  scratch: string,
  context: ReadContext,
  read: (path: string, context: ReadContext, rest: Rest) => Promise<T>,
  { passing = false }: { readonly passing?: boolean } = {},
): Promise<{ read: T; file: FetchedFile | null }> {
  if (!isAddress(named.path)) return { read: await read(named.path, context, {}), file: null }
  if (serverAt(named.path) !== null)
    return { read: await withTable(named, scratch, context, read), file: null }
  if (isOfCatalog(named.path)) return { read: await withSet(named, scratch, context, read), file: null }
  const file = await fetchFile(
    named.path,
    // Beside the folder of this try, which goes with it.
    { folder: join(scratch, 'fetched'), begun: join(dirname(scratch), 'begun') },
    { limits: context.limits, progress: shareOf(context, 0, 0.5).progress, passing },
  )
  const { fetched } = file
  const made = await spokenOf(file.path, fetched.address, () =>
    read(file.path, shareOf(context, 0.5, 0.5), {}),
  )
  const notes = [...secretNote(named.path), ...ledNote(file), ...made.receipt.notes]
  return { read: { ...made, receipt: { ...made.receipt, fetched, notes } }, file }
}

/** Nothing of it is kept but what is made of it: read again, it is asked of the server again. */
async function withTable<T extends Read>(
  named: Named,
  scratch: string,
  context: ReadContext,
  read: (path: string, context: ReadContext, rest: Rest) => Promise<T>,
): Promise<T> {
  const table = await tableOf(
    named,
    join(scratch, 'fetched'),
    context.limits,
    shareOf(context, 0, 0.5).progress,
  )
  const { path, name, bytes, sha256, kind, address, decisions, notes } = table
  const at = Date.now()
  const made = await spokenOf(path, address, () => read(path, shareOf(context, 0.5, 0.5), usualTable))
  const { receipt, recipe } = made
  // The table that was found, so that the same is read another time.
  const source = {
    ...recipe.data.source,
    path: address,
    ...Object.fromEntries(decisions.map(({ option, value }) => [option, value])),
  }
  return {
    ...made,
    recipe: { ...recipe, data: { ...recipe.data, source } } as Recipe,
    receipt: {
      ...receipt,
      path: address,
      fileName: name,
      format: kind,
      bytes,
      sha256,
      fetched: { address, redirects: [], at, etag: null, modified: null },
      layout: [...decisions, ...receipt.layout],
      notes: [...notes, ...receipt.notes],
    },
  }
}

/** The set is kept for this user, so that its name is enough to read it again. */
async function withSet<T extends Read>(
  named: Named,
  scratch: string,
  context: ReadContext,
  read: (path: string, context: ReadContext, rest: Rest) => Promise<T>,
): Promise<T> {
  const name = setNamed(named.path)
  const { limits } = context
  const { progress } = shareOf(context, 0, 0.5)
  const set = await getPublicSet(name, scratch, {
    limits,
    progress,
    mirror: named.mirror ?? null,
    trust: named.trust === true,
  })
  const path = await namedFile(set, join(scratch, 'named'))
  const rest = { ...readingOfSet(name, named), usual: usualOfSet(name) }
  const made = await spokenOf(path, inCatalog(name), () => read(path, shareOf(context, 0.5, 0.5), rest))
  const { receipt, recipe } = made
  const source = { ...recipe.data.source, path: inCatalog(name) }
  return {
    ...made,
    recipe: { ...recipe, data: { ...recipe.data, source } } as Recipe,
    receipt: {
      ...receipt,
      path: inCatalog(name),
      fileName: basename(set.path),
      bytes: set.bytes,
      sha256: set.sha256,
      fetched: set.fetched,
      notes: [
        ...set.notes,
        ...ledNote(set),
        ...(isUnnamed(name)
          ? ['The file has no names: those of its description stand above its columns.']
          : []),
        ...receipt.notes,
      ],
    },
  }
}

/** Clients of servers are loaded where one is asked. */
async function tableOf(
  { path, table, query, password }: Named,
  folder: string,
  limits: Limits,
  progress: (share: number) => void,
): Promise<FetchedTable> {
  const { fetchTable } = await import('./servers/fetch-table.ts')
  return await fetchTable({ address: path, table, query, password }, folder, { limits, progress })
}

/** The file holds one table. */
const usualTable: Rest = { table: 'auto', query: 'auto' }

/** The address that the host goes to for it, as it may be kept; null: it is here. */
export async function connectedTo(
  { path, trust = false }: Pick<Named, 'path' | 'trust'>,
  mirror: string | null,
): Promise<string | null> {
  if (!isAddress(path)) return null
  if (!isOfCatalog(path)) return withoutSecrets(path)
  const name = publicSetAt(path)
  return name === null || (!trust && (await keptSet(name)) !== null) ? null : addressOfSet(name, mirror)
}

/** A file that has what a person named, for whoever reads files alone. `folder`: for what is fetched. */
export async function fetchedPath(
  named: Named,
  folder: string,
  limits: Limits,
): Promise<{ readonly path: string; readonly rest: Rest; readonly notes: readonly string[] }> {
  if (!isAddress(named.path)) return { path: named.path, rest: {}, notes: [] }
  const into = join(folder, 'fetched')
  const progress = () => undefined
  if (serverAt(named.path) !== null) {
    const { path, notes } = await tableOf(named, into, limits, progress)
    return { path, rest: usualTable, notes }
  }
  if (isOfCatalog(named.path)) {
    const name = setNamed(named.path)
    const set = await getPublicSet(name, folder, {
      limits,
      progress,
      mirror: named.mirror ?? null,
      trust: named.trust === true,
    })
    return { path: await namedFile(set, into), rest: readingOfSet(name, named), notes: set.notes }
  }
  const { path } = await fetchFile(
    named.path,
    { folder: into, begun: join(folder, 'begun') },
    { limits, progress, passing: true },
  )
  return { path, rest: {}, notes: [] }
}

async function spokenOf<T extends Read>(path: string, address: string, read: () => Promise<T>): Promise<T> {
  const inWords = (text: string): string => text.replaceAll(path, address)
  try {
    const made = await read()
    return { ...made, receipt: { ...made.receipt, notes: made.receipt.notes.map(inWords) } }
  } catch (error) {
    if (!(error instanceof DescentError)) throw error
    throw new DescentError(error.code, inWords(error.message), error.field)
  }
}

const secretNote = (address: string): string[] =>
  withoutSecrets(address) === address
    ? []
    : [
        'The address holds a secret, which is not kept: to fetch the file once more, the whole address has to be given again.',
      ]

const ledNote = ({ fetched: { redirects } }: { readonly fetched: Fetched }): string[] =>
  redirects.length === 0 ? [] : [`The address led to ${redirects.at(-1)!}.`]
