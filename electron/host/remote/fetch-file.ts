/**
 * A file from an address that a person gave: the only place where the host goes to the network. Nothing is sent but the
 * request; redirects are followed one by one and told; what broke off goes on where it stopped.
 */
import { createHash } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { describeLimit, DescentError, type Fetched, type Limits } from '../../contract/index.ts'
import { limitError } from '../inputs/limit-error.ts'
import { fileNameOf, isPrivateNumber, parseAddress, withoutSecrets } from './address.ts'
import { begunAt, claimPartial, type Begun, type Partial } from './partial.ts'

export interface FetchOptions {
  readonly limits: Limits
  /** 0…1; not told where the server does not say how large the file is. */
  progress(share: number): void
  /** Without an answer, or any further byte, for so long, the server is given up. */
  readonly patience?: number
  /** The folder for what came so far goes with this try. */
  readonly passing?: boolean
}

export interface FetchedFile {
  readonly path: string
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  readonly fetched: Fetched
}

const mostRedirects = 10
const mostTries = 4
const usualPatience = 30_000

const refuse = (message: string): DescentError => new DescentError('badData', message, 'path')

const meanings: Readonly<Record<number, string>> = {
  401: 'it wants a password',
  403: 'it is not given to everybody',
  404: 'there is nothing at this address',
  410: 'what was there is gone',
  429: 'it was asked too often: try again later',
}
const statusText = (status: number): string =>
  meanings[status] ?? (status >= 500 ? 'the server has trouble: try again later' : 'the server refused')

async function isPrivate(hostname: string): Promise<boolean> {
  const plain = hostname.replace(/^\[|\]$/g, '')
  if (isIP(plain) !== 0) return isPrivateNumber(plain)
  if (/(^|\.)localhost$/i.test(plain)) return true
  const found = await lookup(plain, { all: true }).catch(() => [])
  return found.some(({ address }) => isPrivateNumber(address))
}

/** Where an answer leads; throws what a person did not ask for. */
async function nextAddress(from: URL, location: string | null, typed: URL): Promise<URL> {
  const to = location === null ? null : URL.parse(location, from)
  if (to === null || !/^https?:$/.test(to.protocol))
    throw refuse(
      `${withoutSecrets(typed.href)} leads on to somewhere that is no address: “${withoutSecrets(location ?? '')}”.`,
    )
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw refuse(
      `${withoutSecrets(typed.href)} leads from https to http (${withoutSecrets(to.href)}), where anybody on the way could change the file. Give that address itself if you trust it.`,
    )
  if (to.hostname !== typed.hostname && !(await isPrivate(typed.hostname)) && (await isPrivate(to.hostname)))
    throw refuse(
      `${withoutSecrets(typed.href)} leads into a private network (${withoutSecrets(to.href)}). Give that address itself if you mean it.`,
    )
  return to
}

interface Answer {
  readonly response: Response
  readonly url: URL
  readonly redirects: string[]
}

async function ask(typed: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
  const redirects: string[] = []
  for (let url = typed; ;) {
    const response = await fetch(url, {
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'Descent', ...headers },
      redirect: 'manual',
      credentials: 'omit',
      signal,
    })
    if (![301, 302, 303, 307, 308].includes(response.status)) return { response, url, redirects }
    await response.body?.cancel()
    url = await nextAddress(url, response.headers.get('location'), typed)
    if (redirects.length >= mostRedirects || [typed.href, ...redirects].includes(url.href))
      throw refuse(`${withoutSecrets(typed.href)} leads from one address to the next without an end.`)
    redirects.push(url.href)
  }
}

const isWebPage = (head: string): boolean => /^\ufeff?\s*(<!doctype html|<html[\s>])/i.test(head)

/** What the network says to programmers, in words; what we say ourselves passes. */
function asSentence(error: unknown, url: URL, patience: number, isKept: boolean): unknown {
  if (error instanceof DescentError) return error
  const { cause, name, message } = error as Error & { cause?: { code?: string; message?: string } }
  const code = cause?.code ?? (error as { code?: string }).code ?? ''
  if (['ENOSPC', 'EACCES', 'EIO'].includes(code)) return error
  const why =
    name === 'TimeoutError' || name === 'AbortError'
      ? `the server said nothing for ${patience / 1000} seconds`
      : ({
          ENOTFOUND: `there is no “${url.hostname}”, or no connection to the network`,
          EAI_AGAIN: `“${url.hostname}” cannot be looked up: there is no connection to the network`,
          ECONNREFUSED: 'nobody answers there',
          ECONNRESET: 'the connection broke off',
          UND_ERR_SOCKET: 'the connection broke off',
        }[code] ??
        (/terminated|aborted/.test(message)
          ? 'the connection broke off'
          : `the connection failed (${code || message})`))
  return refuse(
    `${withoutSecrets(url.href)} could not be fetched: ${why}. Try again${isKept ? ': what came so far is kept' : ''}.`,
  )
}

interface Got {
  readonly answer: Answer
  readonly bytes: number
}

/** One try: from where the last one stopped, if the file is still the same. */
async function attempt(typed: URL, partial: Partial, options: FetchOptions): Promise<Got> {
  const { limits, progress, patience = usualPatience } = options
  const controller = new AbortController()
  let timer = setTimeout(() => controller.abort(), patience)
  const alive = () => {
    clearTimeout(timer)
    timer = setTimeout(() => controller.abort(), patience)
  }
  try {
    const before = await begunAt(partial)
    const validator = before && (before.begun.etag ?? before.begun.modified)
    const headers: Record<string, string> =
      before && validator ? { range: `bytes=${before.bytes}-`, 'if-range': validator } : {}
    let answer = await ask(typed, headers, controller.signal)
    // What is there is more than the server has.
    if (answer.response.status === 416) {
      await answer.response.body?.cancel()
      await rm(partial.file, { force: true })
      answer = await ask(typed, {}, controller.signal)
    }
    const { response } = answer
    if (!response.ok) {
      await response.body?.cancel()
      throw refuse(
        `${withoutSecrets(typed.href)} could not be fetched: ${statusText(response.status)} (${response.status}).`,
      )
    }
    const goesOn =
      response.status === 206 &&
      before !== null &&
      response.headers.get('content-range')?.startsWith(`bytes ${before.bytes}-`)
    let bytes = goesOn ? before.bytes : 0
    const isPacked = (response.headers.get('content-encoding') ?? 'identity') !== 'identity'
    const length = Number(response.headers.get('content-length') ?? NaN)
    const total = isPacked || Number.isNaN(length) ? null : bytes + length
    if (total !== null && total > limits.fileSize) {
      await response.body?.cancel()
      throw limitError('fileSize', limits, `${withoutSecrets(typed.href)} has`, total)
    }
    const strong = (etag: string | null) => (etag === null || etag.startsWith('W/') ? null : etag)
    const begun: Begun = {
      url: withoutSecrets(answer.url.href),
      etag: isPacked ? null : strong(response.headers.get('etag')),
      modified: isPacked ? null : response.headers.get('last-modified'),
    }
    await writeFile(partial.note, JSON.stringify(begun), { mode: 0o600 })
    const file = await open(partial.file, goesOn ? 'a' : 'w', 0o600)
    try {
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        alive()
        bytes += chunk.length
        if (bytes > limits.fileSize)
          throw limitError('fileSize', limits, `${withoutSecrets(typed.href)} has`, null)
        await file.writeFile(chunk)
        if (total !== null) progress(bytes / total)
      }
    } finally {
      await file.close()
    }
    if (total !== null && bytes !== total) throw new TypeError('terminated')
    return { answer, bytes }
  } finally {
    clearTimeout(timer)
  }
}

/** Trying again helps where a connection broke off, and nowhere else. */
const isBroken = (error: unknown): boolean =>
  !(error instanceof DescentError) &&
  error instanceof Error &&
  /terminated|other side closed|socket|ECONNRESET/i.test(
    `${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`,
  )

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>)
    hash.update(chunk)
  return hash.digest('hex')
}

async function headOf(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** `folder` takes the file; `begun` what came so far, for another try. */
export async function fetchFile(
  address: string,
  { folder, begun }: { readonly folder: string; readonly begun: string },
  options: FetchOptions,
): Promise<FetchedFile> {
  const typed = parseAddress(address)
  await mkdir(begun, { recursive: true, mode: 0o700 })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { patience = usualPatience } = options
  const partial = await claimPartial(begun, typed, patience)
  try {
    return await fetchTo(folder, typed, partial, { ...options, patience })
  } finally {
    await partial.release()
  }
}

async function fetchTo(
  folder: string,
  typed: URL,
  partial: Partial,
  options: FetchOptions & { readonly patience: number },
): Promise<FetchedFile> {
  let got: Got | null = null
  for (let tries = 1; got === null; tries++)
    try {
      got = await attempt(typed, partial, options)
    } catch (error) {
      if (tries >= mostTries || !isBroken(error)) {
        const isKept = options.passing !== true && partial.isFound && (await begunAt(partial)) !== null
        throw asSentence(error, typed, options.patience, isKept)
      }
      // A connection that broke off at once is given a moment.
      await new Promise((resolve) => setTimeout(resolve, 200 * tries))
    }
  const { response, url, redirects } = got.answer
  const head = await headOf(partial.file)
  const name = fileNameOf(
    url,
    response.headers.get('content-disposition'),
    response.headers.get('content-type'),
  )
  const path = join(folder, name)
  await rename(partial.file, path)
  await rm(partial.note, { force: true })
  if (isWebPage(head))
    throw refuse(
      `${withoutSecrets(typed.href)} is a web page, not a file of data. Open it in a browser, and give the address of the download itself.`,
    )
  if (got.bytes === 0)
    throw refuse(`${withoutSecrets(typed.href)} is empty: ${describeLimit('bytes', 0)} came.`)
  return {
    path,
    name,
    bytes: got.bytes,
    sha256: await hashOf(path),
    fetched: {
      address: withoutSecrets(typed.href),
      redirects: redirects.map(withoutSecrets),
      at: Date.now(),
      etag: response.headers.get('etag'),
      modified: response.headers.get('last-modified'),
    },
  }
}
