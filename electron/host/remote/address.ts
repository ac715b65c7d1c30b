/** Addresses that people type or paste. Pure. */
import { isIP } from 'node:net'
import { extname } from 'node:path'
import { DescentError, isOfCatalog, serverAt } from '../../contract/index.ts'
import { safeFileName } from '../server/names.ts'
import { removed, withoutSecrets } from './secrets.ts'

export { withoutSecrets } from './secrets.ts'

const field = 'path'

/** Of a file in the web. */
export const isOfWeb = (text: string): boolean => /^https?:\/\//i.test(text.trim())
/** Of the web, of a database server or of a public set; everything else is a path. */
export const isAddress = (text: string): boolean =>
  isOfWeb(text) || serverAt(text) !== null || isOfCatalog(text)

/** Errors: a DescentError for what is none, or holds a password, which would be kept where others can read it. */
export function parseAddress(text: string): URL {
  const url = URL.parse(text.trim())
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw new DescentError('badRequest', `“${withoutSecrets(text.trim())}” is no address of the web.`, field)
  if (url.username !== '' || url.password !== '')
    throw new DescentError(
      'badRequest',
      'The address holds a name or a password, which would be kept with the data. Download the file yourself, and import it.',
      field,
    )
  if (url.search.includes(`=${removed}`))
    throw new DescentError(
      'badRequest',
      `The address ${url.href} was kept without the secret in it, which stands there as ${removed}. Give the whole address.`,
      field,
    )
  url.hash = ''
  return url
}

/** On this machine or in its network, by the number of the address (RFC 1918, 4193, 3927, 6598). */
export function isPrivateNumber(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/^::ffff:/i, '')
  if (isIP(plain) === 4) {
    const [a = 0, b = 0] = plain.split('.').map(Number)
    return (
      a === 0 ||
      a === 10 ||
      a === 127 ||
      (a === 100 && b >= 64 && b < 128) ||
      (a === 169 && b === 254) ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168)
    )
  }
  return isIP(plain) === 6 && /^(::1?$|f[cd]|fe[89ab])/i.test(plain)
}

const endings: Readonly<Record<string, string>> = {
  'text/csv': '.csv',
  'text/tab-separated-values': '.tsv',
  'text/plain': '.txt',
  'application/json': '.json',
  'application/x-ndjson': '.jsonl',
  'application/zip': '.zip',
  'application/gzip': '.gz',
  'application/vnd.apache.parquet': '.parquet',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': '.xlsx',
  'application/vnd.ms-excel': '.xls',
  'application/vnd.oasis.opendocument.spreadsheet': '.ods',
}

/** What the file is called: by its server, or by its address. */
export function fileNameOf(url: URL, disposition: string | null, type: string | null): string {
  const [, extended, quotedName, plain] =
    /filename\*=(?:utf-8'[^']*')?([^;]+)|filename="([^"]+)"|filename=([^;]+)/i.exec(disposition ?? '') ?? []
  const said = extended === undefined ? (quotedName ?? plain) : decoded(extended)
  const last = decoded(url.pathname.split('/').findLast((part) => part !== '') ?? '')
  const name = safeFileName((said ?? last).trim() === '' ? url.hostname : (said ?? last).trim())
  return extname(name) === '' ? name + (endings[type?.split(';')[0]?.trim().toLowerCase() ?? ''] ?? '') : name
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
