/** Why a file cannot be read, without its path. */
export function inWordsOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'notFound') return 'it is not there'
  if (code === 'tooLarge') return 'it is too large'
  const said = error instanceof Error ? error.message : String(error)
  return /access is denied/.test(said) ? 'access is denied' : said.slice(0, 160).replace(/\.$/, '')
}
