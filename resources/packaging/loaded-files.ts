/**
 * Which files a program loads, found as the bundler finds them: imports that Node would follow, and files that a module names
 * by `new URL('./x', import.meta.url)` (programs that are started as processes). Nothing is bundled; only the graph is read.
 */
import { builtinModules } from 'node:module'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { rolldown } from 'rolldown'
import { namedBeside } from './programs-build.ts'

const slashed = (path: string): string => path.split(sep).join('/')

/** All paths are relative to `root`, with slashes; those of packages begin with `node_modules/`. */
export async function loadedFiles(root: string, entries: readonly string[]): Promise<string[]> {
  const found = new Set<string>()
  let waiting = entries.map((entry) => resolve(root, entry))
  while (waiting.length > 0) {
    const graph = await graphOf(root, waiting)
    for (const file of graph) found.add(file)
    waiting = [...graph]
      .filter(isOurs(root))
      .flatMap(namedFiles)
      .filter((file) => !found.has(file))
  }
  return [...found].map((file) => slashed(relative(root, file))).sort()
}

const isOurs =
  (root: string) =>
  (file: string): boolean =>
    !relative(root, file).startsWith('node_modules') && /\.m?ts$|\.mjs$/.test(file)

const namedFiles = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(namedBeside)]
    .map(([, name]) => resolve(dirname(file), name!))
    .filter((named) => existsSync(named))

async function graphOf(root: string, input: readonly string[]): Promise<Set<string>> {
  const files = new Set<string>()
  const bundle = await rolldown({
    cwd: root,
    input: [...input],
    platform: 'node',
    treeshake: false,
    logLevel: 'silent',
    external: [...builtinModules, /^node:/],
    resolve: { mainFields: ['main'] },
    plugins: [
      {
        name: 'loaded-files',
        load: {
          // Binaries are loaded, and are no modules to look into.
          filter: { id: /\.node$/ },
          handler: () => ({ code: '' }),
        },
        buildEnd() {
          for (const id of this.getModuleIds()) if (id.startsWith(root) && existsSync(id)) files.add(join(id))
        },
      },
    ],
  })
  await bundle.generate({ dir: join(root, 'dist') })
  await bundle.close()
  return files
}
