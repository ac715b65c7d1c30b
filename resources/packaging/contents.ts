/**
 * What goes into an installed Descent, for any system: the one description that the packages, the checksums, the budgets, the
 * lists and the licenses are made of. Beside `app.asar` lie the pinned Node in `node/`, and in `descent/` the host's programs with
 * the packages that cannot be built into them, of which only what is loaded goes in.
 */
import { posix } from 'node:path'
import { nodePackages } from '../../electron/pinned-node.mjs'
import { isForOneSystem, nameOfPackage, packageOf, resolved, suits, type Lock } from './lock-file.ts'
import { nativePackages, programsFolder } from './programs-build.ts'
import { isFor, type Target } from './targets.ts'

/** Where a file comes from, relative to the project, and where it lies in the app's resources. */
export interface PackagedFile {
  readonly from: string
  readonly to: string
}

export interface Component {
  readonly name: ComponentName
  readonly files: readonly PackagedFile[]
  /** Packages for the target that are not installed on this system: npm brings them where the target is built. */
  readonly absent: readonly string[]
}

/** What is known of a project without building it. */
export interface Project {
  /** All that the host's programs load, from `loadedFiles`. */
  readonly loaded: readonly string[]
  readonly lock: Lock
  /** The files below a folder, relative to it; null where there is none. */
  list(folder: string): readonly string[] | null
}

interface Described {
  readonly reason: string
  /** Unpacked, in MB of 10⁶ bytes: a growth beyond it is a decision, made here. */
  readonly budget: number
}

export const components = {
  node: { reason: 'the pinned Node that runs the host: Dawn cannot run inside Electron', budget: 130 },
  host: { reason: 'host, engine and command line as JavaScript, with zod', budget: 8 },
  window: { reason: 'the built window: page, scripts, styles', budget: 4 },
  samples: { reason: 'the data of the sample projects', budget: 1 },
  duckdb: { reason: 'reads tables: CSV, TSV, Parquet', budget: 75 },
  dawn: { reason: 'WebGPU for the engine', budget: 45 },
  pictures: { reason: 'decodes pictures: JPEG, PNG, WebP, GIF, TIFF', budget: 25 },
  onnxruntime: { reason: 'runs exported models, and goes into web pages that are exported', budget: 16 },
  portable: { reason: 'what exports ship as it is: readers, a page, a server, a training', budget: 1 },
  sqlite: { reason: 'the workspace’s database', budget: 3 },
  libraries: { reason: 'what the native packages import', budget: 1 },
  legal: { reason: 'our license, and those of everything above', budget: 2 },
} as const satisfies Record<string, Described>
export type ComponentName = keyof typeof components

/** Packages that are components of their own; a prefix covers those of single systems. */
const ofPackages: readonly (readonly [prefix: string, ComponentName])[] = [
  ['@duckdb/', 'duckdb'],
  ['better-sqlite3', 'sqlite'],
  ['onnxruntime-web', 'onnxruntime'],
  ['webgpu', 'dawn'],
  ['sharp', 'pictures'],
  ['@img/sharp', 'pictures'],
]

const componentOf = (folder: string): ComponentName =>
  ofPackages.find(([prefix]) => nameOfPackage(folder).startsWith(prefix))?.[1] ?? 'libraries'

/** What a package reads that no module names as an import. */
const readBeside: Readonly<Record<string, readonly string[]>> = {
  // In Node its bundle loads both by these names when a session is made.
  'onnxruntime-web': ['dist/ort-wasm-simd-threaded.wasm', 'dist/ort-wasm-simd-threaded.mjs'],
}

const isBinary = (path: string): boolean => /\.(node|dll|so|dylib)$/.test(path)
const isDocumentation = (path: string): boolean => /\.(md|markdown)$/i.test(path)
/** What a compiler would ask for. */
const isHeader = (path: string): boolean => /\.(h|hpp)$/i.test(path)

/** package.json says how the files around it are to be read: every one from the file's folder up to its package's. */
function manifestsOf(file: string, folder: string, all: ReadonlySet<string>): string[] {
  const manifests: string[] = []
  for (let place = posix.dirname(file); place.length >= folder.length; place = posix.dirname(place))
    if (all.has(`${place}/package.json`)) manifests.push(`${place}/package.json`)
  return manifests
}

/** What a package ships for the target: the files that are loaded, how to read them, and the target's binaries. */
function filesOfPackage(
  folder: string,
  loaded: readonly string[],
  target: Target,
  project: Project,
): string[] {
  const all = (project.list(folder) ?? []).map((file) => `${folder}/${file}`)
  const known = new Set(all)
  const modules = loaded.filter((file) => packageOf(file) === folder && !isBinary(file))
  const binaries = all.filter((file) => isBinary(file) && isFor(target, file.slice(folder.length)) === true)
  const beside = (readBeside[nameOfPackage(folder)] ?? []).map((file) => `${folder}/${file}`)
  const manifests = modules.flatMap((file) => manifestsOf(file, folder, known))
  return [...modules, ...manifests, ...binaries, ...beside.filter((file) => known.has(file))]
}

/** The packages for the target alone that the given ones may load; npm installs those of the system it runs on. */
const systemPackages = (folders: readonly string[], target: Target, lock: Lock): string[] =>
  folders
    .flatMap((folder) =>
      Object.keys(lock[folder]?.optionalDependencies ?? {}).map((name) => resolved(lock, folder, name)),
    )
    .filter((folder) => folder !== null)
    .filter((folder) => isForOneSystem(lock[folder]!) && suits(lock[folder]!, target))

/** All packages that something needs, and what these need. */
export function closure(lock: Lock, folders: readonly string[], reached = new Set<string>()): Set<string> {
  for (const folder of folders.filter((each) => !reached.has(each))) {
    reached.add(folder)
    const needed = Object.keys(lock[folder]?.dependencies ?? {}).map((name) => resolved(lock, folder, name))
    closure(
      lock,
      needed.filter((each) => each !== null),
      reached,
    )
  }
  return reached
}

/** Those that go in as packages: the native ones, and what they load; all others are built into the programs. */
export function packagesOf(target: Target, { loaded, lock }: Project): string[] {
  const kept = closure(
    lock,
    nativePackages.map((name) => `node_modules/${name}`),
  )
  const used = new Set(loaded.map(packageOf))
  const folders = [...kept].filter((folder) => used.has(folder))
  return [...new Set([...folders, ...systemPackages(folders, target, lock)])].sort()
}

export function nodePackage({ platform, arch }: Target, lock: Lock): string {
  const folder = nodePackages(platform, arch)
    .map((name) => `node_modules/${name}`)
    .find((each) => lock[each])
  if (folder === undefined) throw new Error(`package.json pins no Node for ${platform}-${arch}.`)
  return folder
}

/** Where electron/main looks for it. */
export const nodeBinary = ({ platform }: Pick<Target, 'platform'>): string =>
  platform === 'win32' ? 'node/node.exe' : 'node/bin/node'

function nodeComponent(target: Target, { lock, list }: Project): Component {
  const folder = nodePackage(target, lock)
  const binary = lock[folder]?.bin?.['node'] ?? 'bin/node'
  return list(folder)
    ? { name: 'node', files: [{ from: `${folder}/${binary}`, to: nodeBinary(target) }], absent: [] }
    : { name: 'node', files: [], absent: [`${nameOfPackage(folder)} ${lock[folder]?.version}`] }
}

/** Where the host's programs are built before they are packaged. */
export const builtPrograms = `dist/${programsFolder}`

const below = ({ list }: Project, folder: string, wanted = (_file: string): boolean => true): string[] =>
  (list(folder) ?? []).filter(wanted).map((file) => `${folder}/${file}`)

/** Everything but the asar, component by component. What is built has to be built before, or its list is empty. */
export function contentsOf(target: Target, project: Project): Component[] {
  const { loaded, lock, list } = project
  const files = new Map<ComponentName, PackagedFile[]>()
  const absent = new Map<ComponentName, string[]>()
  const add = (
    name: ComponentName,
    from: readonly string[],
    place = (file: string): string => file,
  ): void => {
    const more = [...new Set(from)].sort().map((file) => ({ from: file, to: `descent/${place(file)}` }))
    files.set(name, [...(files.get(name) ?? []), ...more])
  }
  for (const folder of packagesOf(target, project)) {
    const name = componentOf(folder)
    if (list(folder) === null)
      absent.set(name, [...(absent.get(name) ?? []), `${nameOfPackage(folder)} ${lock[folder]?.version}`])
    else if (isForOneSystem(lock[folder]!))
      add(
        name,
        below(project, folder, (file) => !isDocumentation(file) && !isHeader(file)),
      )
    else add(name, filesOfPackage(folder, loaded, target, project))
  }
  add('host', below(project, builtPrograms), (file) => file.slice('dist/'.length))
  add(
    'window',
    below(project, 'renderer/dist', (file) => !file.startsWith('.')),
  )
  add(
    'samples',
    below(project, 'resources/samples', (file) => /\.(csv|txt|zip)$/.test(file)),
  )
  add(
    'portable',
    below(project, 'resources/portable', (file) => !file.endsWith('.ts') && !file.includes('__pycache__')),
  )
  add('legal', ['LICENSE'])
  return (Object.keys(components) as ComponentName[]).map((name) =>
    name === 'node'
      ? nodeComponent(target, project)
      : { name, files: files.get(name) ?? [], absent: absent.get(name) ?? [] },
  )
}
