/** What of an address may be kept and shown. Pure. */

export const removed = '***'

/** The password apart from what stands before and after it. */
export interface Apart {
  readonly before: string
  readonly password: string | null
  /** Begins with the `@`, where there is a password. */
  readonly after: string
}

const withUser = /^(\s*[a-z][a-z0-9+.-]*:\/\/[^:@/?#[]*):(.*)$/is
const ofWeb = /^\s*https?:/i
/** What follows the machine where nothing before it was a password: one name, and parameters. */
const plainRest = /^(?:\/[^/?#]*(?:\?(?:[\w.-]+=.*)?)?(?:#.*)?)?$/s
const port = /^\d*$/

/**
 * Of servers people write passwords as they are, with any character, so that one ends at the last `@` — of what stands before
 * the path where that can be told, as a path may have an `@` as well. In the web such characters are always encoded.
 */
export function passwordApart(address: string): Apart {
  const none = { before: address, password: null, after: '' }
  const [, before, behind] = withUser.exec(address) ?? []
  if (before === undefined || behind === undefined) return none
  const end = behind.search(/[/?#]/)
  const authority = end < 0 ? behind : behind.slice(0, end)
  const isPlain = ofWeb.test(address) || plainRest.test(behind.slice(authority.length))
  if (isPlain && authority.includes('@')) return split(before, behind, authority.lastIndexOf('@'))
  if (isPlain && port.test(authority)) return none
  const at = lastOfPassword(behind)
  return at < 0 ? none : split(before, behind, at)
}

/** Where parameters follow that have an `@` themselves, it is the last before them. */
function lastOfPassword(behind: string): number {
  const [parameters = ''] =
    /(?<=@[^@]*\/[^/?#@]*)\?(?:[\w.-]+=[^&#]*)(?:&[\w.-]+=[^&#]*)*$/s.exec(behind) ?? []
  return behind.slice(0, behind.length - parameters.length).lastIndexOf('@')
}

const split = (before: string, behind: string, at: number): Apart => ({
  before,
  password: behind.slice(0, at),
  after: behind.slice(at),
})

/** The password is taken out. */
export function withoutPassword(address: string): string {
  const { before, password, after } = passwordApart(address)
  return password === null ? address : `${before}:${removed}${after}`
}

const secretNames =
  'x-(?:amz|goog|ms)-[\\w-]+|[\\w.-]*(?:token|secret|signature|password|passwd|pwd|api[_-]?key|access[_-]?key(?:[_-]?id)?)|key|sig|auth'
const secrets = new RegExp(`([?&;](?:${secretNames})=)[^&;#]+`, 'gi')

/** As it may be kept and shown: values that open what is not given to everybody are taken out. */
export const withoutSecrets = (address: string): string =>
  withoutPassword(address).replaceAll(secrets, `$1${removed}`)
