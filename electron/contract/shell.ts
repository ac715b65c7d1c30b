/** A word for a POSIX shell or cmd.exe: quoted only where it must be. */
export function shellWord(word: string, platform: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(word)) return platform === 'win32' ? word : word.replaceAll('\\', '\\\\')
  return platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`
}
