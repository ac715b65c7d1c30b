/** Builds the window when its sources have changed since the last build. */
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** All that goes into the build. Tests beside the sources do not. */
const sources = ['renderer/**/*', 'electron/contract/**/*.ts', 'package.json', 'package-lock.json']

export function sourceHash(root: string, patterns: readonly string[] = sources): string {
  const files = globSync([...patterns], {
    cwd: root,
    withFileTypes: true,
    exclude: (entry) => ['dist', 'node_modules'].includes(entry.name),
  })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const hash = createHash('sha256')
  for (const file of files)
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

/** Returns whether it had to build. */
export async function buildWindow(root: string): Promise<boolean> {
  const stamp = join(root, 'renderer/dist/.sources')
  const hash = sourceHash(root)
  const fresh = existsSync(join(root, 'renderer/dist/index.html')) && existsSync(stamp)
  if (fresh && readFileSync(stamp, 'utf8') === hash) return false
  console.log('Building the window…')
  // Loaded only when needed: Vite is most of a start's time.
  const { build } = await import('vite')
  await build({ configFile: join(root, 'renderer/vite.config.ts'), logLevel: 'warn' })
  writeFileSync(stamp, hash)
  return true
}
