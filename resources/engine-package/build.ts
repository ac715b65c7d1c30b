/**
 * The engine as a package of its own, for Node and browsers: JavaScript file by file beside its types, with nothing else in it.
 * Nothing is bundled, so that whoever bundles can leave out what is not used.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

/** What can be imported of the package, by the file that it is. */
export const entryPoints: Readonly<Record<string, string>> = {
  '.': 'index',
  './node': 'node',
  './numpy': 'formats/numpy',
  './npz': 'formats/npz',
  './safetensors': 'formats/safetensors',
}

/** Started by their file, and so imported by nobody. */
const started = ['data/worker', 'backends/wasm/pool-thread']
/** JavaScript with types of its own, which is there as it is. */
const plain = ['cache-folder.mjs', 'cache-folder.d.mts']

interface Manifest {
  readonly version: string
  readonly license: string
  readonly engines: { readonly node: string }
  readonly dependencies: Readonly<Record<string, string>>
}

/** package.json of the package. */
export function manifestOf({ version, license, engines, dependencies }: Manifest): object {
  const exported = Object.entries(entryPoints).map(([name, file]) => [
    name,
    { types: `./${file}.d.ts`, default: `./${file}.js` },
  ])
  return {
    name: 'descent-engine',
    version,
    description:
      'PyTorch’s semantics in TypeScript: tensors, autograd, networks and training on WebGPU and WebAssembly',
    license,
    type: 'module',
    sideEffects: true,
    engines: { node: engines.node },
    exports: Object.fromEntries(exported) as object,
    // Dawn, which gives Node a GPU; without it there is WebAssembly.
    peerDependencies: { webgpu: dependencies['webgpu'] },
    peerDependenciesMeta: { webgpu: { optional: true } },
    // What only Node has is asked for only there.
    browser: { webgpu: false, 'node:worker_threads': false },
  }
}

/** The errors of a compilation, as lines. */
const lines = (diagnostics: readonly ts.Diagnostic[]): string =>
  ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => process.cwd(),
    getNewLine: () => '\n',
  })

/** Writes the package's folder. Errors: an Error with the compiler's sentences. */
export function buildPackage(root: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const engine = join(root, 'engine')
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(
    { ...config.config, include: [], files: [] },
    ts.sys,
    root,
  )
  const program = ts.createProgram(
    [...Object.values(entryPoints), ...started].map((name) => join(engine, `${name}.ts`)),
    {
      ...options,
      noEmit: false,
      declaration: true,
      stripInternal: true,
      rewriteRelativeImportExtensions: true,
      rootDir: engine,
      outDir: folder,
    },
  )
  const diagnostics = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics]
  if (diagnostics.length > 0) throw new Error(lines(diagnostics))
  for (const name of plain) copyFileSync(join(engine, name), join(folder, name))
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifestOf(manifest), null, 2)}\n`)
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  copyFileSync(join(root, 'resources/engine-package/README.md'), join(folder, 'README.md'))
}

/** npm's own script, beside the Node that runs this, or of the npm that started it. */
function npm(args: readonly string[], cwd: string): string {
  const own = process.env['npm_execpath']
  const finished = own
    ? spawnSync(process.execPath, [own, ...args], { cwd, encoding: 'utf8' })
    : spawnSync('npm', [...args], { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
  if (finished.status !== 0)
    throw new Error(`npm ${args.join(' ')} failed: ${finished.stderr || finished.stdout}`)
  return finished.stdout
}

/** Builds and packs; returns the path of the .tgz, in the folder that holds the package's. Errors: as buildPackage, or npm's. */
export function packEngine(root: string, folder: string): string {
  buildPackage(root, folder)
  const printed = JSON.parse(npm(['pack', '--json', '--pack-destination', '..'], folder)) as
    readonly { filename: string }[] | Record<string, { filename: string }>
  const [packed] = Object.values(printed)
  return join(dirname(folder), packed!.filename)
}
