/** What a person named, where it is on this machine: an address is fetched, a path stays. */
import { dirname, join } from 'node:path'
import { DescentError, type Fetched } from '../../contract/index.ts'
import { shareOf, type ReadContext } from '../kinds/kind.ts'
import { isAddress, withoutSecrets } from './address.ts'
import { fetchFile, type FetchedFile } from './fetch-file.ts'

export { isAddress, withoutSecrets } from './address.ts'
export { fetchFile } from './fetch-file.ts'

const inNotes = (texts: readonly string[], { path, fetched }: FetchedFile): string[] =>
  texts.map((text) => text.replaceAll(path, fetched.address))

/** Whatever is read of it speaks of the address. */
export async function withFetched<T extends { readonly receipt: { readonly notes: string[] } }>(
  address: string,
  scratch: string,
  context: ReadContext,
  read: (path: string, context: ReadContext) => Promise<T>,
  { passing = false }: { readonly passing?: boolean } = {},
): Promise<{ read: T; file: FetchedFile | null }> {
  if (!isAddress(address)) return { read: await read(address, context), file: null }
  const file = await fetchFile(
    address,
    // Beside the folder of this try, which goes with it.
    { folder: join(scratch, 'fetched'), begun: join(dirname(scratch), 'begun') },
    { limits: context.limits, progress: shareOf(context, 0, 0.5).progress, passing },
  )
  try {
    const made = await read(file.path, shareOf(context, 0.5, 0.5))
    const { receipt } = made
    const fetched: Fetched = file.fetched
    return {
      read: {
        ...made,
        receipt: {
          ...receipt,
          fetched,
          notes: [...secretNote(address), ...ledNote(file), ...inNotes(receipt.notes, file)],
        },
      },
      file,
    }
  } catch (error) {
    if (!(error instanceof DescentError)) throw error
    const [message = ''] = inNotes([error.message], file)
    throw new DescentError(error.code, message, error.field)
  }
}

const secretNote = (address: string): string[] =>
  withoutSecrets(address) === address
    ? []
    : [
        'The address holds a secret, which is not kept: to fetch the file once more, the whole address has to be given again.',
      ]

const ledNote = ({ fetched: { redirects } }: FetchedFile): string[] =>
  redirects.length === 0 ? [] : [`The address led to ${redirects.at(-1)!}.`]
