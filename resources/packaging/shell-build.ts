/** What goes into app.asar: Electron reads JavaScript there and nothing else, so the shell is the one part that is built. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'
import { packageOf } from './lock-file.ts'

const copied = ['electron/preload/preload.cjs', 'resources/icons/descent.png', 'LICENSE']

interface PackageJson {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
}

export const readPackageJson = (root: string): PackageJson =>
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson

/** Of whoever builds it in public; electron-builder makes no .deb without one, and `deb.mjs` leaves this out. */
export const noHomepage = 'about:blank'

export function homepage(env: NodeJS.ProcessEnv): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = env
  return server !== undefined && repository !== undefined ? `${server}/${repository}` : noHomepage
}

/** The asar's folders are a checkout's, so that main finds everything by the same paths. Returns the packages in the bundle. */
export async function buildShell(root: string, folder: string): Promise<string[]> {
  const bundle = await rolldown({
    cwd: root,
    input: { main: join(root, 'electron/main/main.ts') },
    platform: 'node',
    external: ['electron'],
    logLevel: 'warn',
  })
  // What fetches updates is a file of its own, which most never load.
  const { output } = await bundle.write({
    dir: join(folder, 'electron/main'),
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  })
  await bundle.close()
  for (const file of copied) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    copyFileSync(join(root, file), join(folder, file))
  }
  const { name, version, description, license } = readPackageJson(root)
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify(
      {
        name,
        productName: 'Descent',
        version,
        description,
        license,
        author: 'Descent contributors',
        homepage: homepage(process.env),
        desktopName: 'descent.desktop',
        private: true,
        type: 'module',
        main: 'electron/main/main.js',
      },
      null,
      2,
    ),
  )
  const modules = output.flatMap((chunk) => ('moduleIds' in chunk ? chunk.moduleIds : []))
  const folders = modules.map((id) => packageOf(id.slice(root.length + 1).replaceAll('\\', '/')))
  return [...new Set(folders)].filter((each) => each !== null).sort()
}
