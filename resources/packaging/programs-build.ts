/**
 * The host's programs as a few files of JavaScript. A checkout runs its TypeScript as it is; but 600 files whose types must be
 * stripped take twice as long to start, and three times without a cache, in the host and in every worker and trainer.
 */
import { existsSync, rmSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { rolldown, type Plugin } from 'rolldown'

/** Everything else is found from these: what they import, and the programs that they start. */
export const programs = { main: 'electron/host/main.ts', cli: 'electron/host/cli.ts' }

/** They load binaries that lie beside their own files, and so stay the packages that they are. */
export const nativePackages = ['@duckdb/node-api', 'better-sqlite3', 'onnxruntime-web', 'sharp', 'webgpu']

/** Whatever a module imports of them: a package has entries below its name, too. */
export const nativeImports = nativePackages.map((name) => new RegExp(`^${name}(/|$)`))

/** The folder of the built programs, beside those that the sources name from where they are. */
export const programsFolder = 'programs'

/** A file that a module names: `new URL('./worker.ts', import.meta.url)`. */
export const namedBeside = /new URL\(\s*'(\.[^']+)'\s*,\s*import\.meta\.url\s*\)/g

/** Programs that are started by their file become entries; folders are said from where the programs lie, `up` from there. */
function ownPlaces(root: string, up: string): Plugin {
  return {
    name: 'own-places',
    transform: {
      filter: { id: /\.m?ts$|\.mjs$/ },
      handler(code, id) {
        if (id.includes('node_modules')) return null
        const folder = relative(root, dirname(id)).split(sep).join('/')
        const placed = code
          .replace(namedBeside, (all, name: string) => {
            const file = resolve(dirname(id), name)
            if (!/\.ts$/.test(file) || !existsSync(file)) return all
            return `new URL(import.meta.ROLLUP_FILE_URL_${this.emitFile({ type: 'chunk', id: file })})`
          })
          .replaceAll('import.meta.dirname', `(import.meta.dirname + '/${up}/${folder}')`)
        return placed === code ? null : { code: placed, map: null }
      },
    },
  }
}

interface Build {
  /** Programs by name, as files below the root. */
  readonly entries?: Readonly<Record<string, string>>
  /** The way from where the programs will lie to the folder that holds `electron` and `engine`. */
  readonly up?: string
  /** Packages that stay what they are. */
  readonly external?: readonly (string | RegExp)[]
}

/** Returns all modules that went in. */
export async function buildPrograms(
  root: string,
  folder: string,
  { entries = programs, up = '..', external = nativeImports }: Build = {},
): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true })
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(root, file)])),
    platform: 'node',
    external: [...external],
    logLevel: 'warn',
    plugins: [ownPlaces(root, up)],
  })
  const { output } = await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  })
  await bundle.close()
  return output.flatMap((chunk) => ('moduleIds' in chunk ? chunk.moduleIds : []))
}
