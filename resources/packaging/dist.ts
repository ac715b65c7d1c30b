/**
 * `npm run dist`: the app and its packages for the system that this runs on, in dist/packages.
 * `npm run dist -- --list win32-x64`: what would go in on another one.
 * `npm run dist -- --dir`: only the unpacked app.
 * `npm run dist -- --sizes`: writes docs/package-sizes.md, too.
 * `npm run dist -- --inspectable`: an app that Playwright can steer, to be tested and not to be given away.
 * DESCENT_UPDATE_FEED and DESCENT_UPDATE_KEY configure updates, see docs/installer.md.
 */
import { Arch, build, Platform } from 'electron-builder'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { DescentError } from '../../electron/contract/index.ts'
import { buildWindow } from '../../electron/launch/window-build.ts'
import { manifestSchema, whyNotSound } from '../../electron/main/verify-install.ts'
import { builderConfig, packageTypes, type Packaging } from './builder-config.ts'
import { builtPrograms, contentsOf, type Component, type Project } from './contents.ts'
import { electronFor } from './electron.ts'
import { buildPrograms } from './programs-build.ts'
import { filesBelow, readProject } from './project.ts'
import {
  contentsTable,
  madeTable,
  megabytes,
  overBudget,
  shellBudget,
  sizesPage,
  tooLarge,
  whyNotMade,
  type Made,
} from './report.ts'
import { signedForMac } from './sign-mac.ts'
import { stage } from './stage.ts'
import { nameOf, targetNamed, targets, type Target } from './targets.ts'
import { provideTools } from './tools.ts'
import { updatesWanted } from './update-feed.ts'

const root = resolve(import.meta.dirname, '../..')
const dist = join(root, 'dist')

const sizesOf = (contents: readonly Component[]): Map<string, number> =>
  new Map(
    contents.map(({ name, files }) => [
      name,
      files.reduce((sum, { from }) => sum + statSync(join(root, from)).size, 0),
    ]),
  )

async function buildAll(): Promise<Project> {
  await buildWindow(root)
  await buildPrograms(root, join(root, builtPrograms))
  return readProject(root)
}

async function list(target: Target): Promise<void> {
  const contents = contentsOf(target, await buildAll())
  for (const { to } of contents.flatMap(({ files }) => files)) console.log(to)
  console.log(`\n${nameOf(target)}\n${contentsTable(contents, sizesOf(contents))}`)
}

const platforms = { linux: Platform.LINUX, win32: Platform.WINDOWS, darwin: Platform.MAC } as const

/** As a package of this type is named. */
const extensionOf = (type: string): string => (type === 'nsis' ? '.exe' : `.${type}`)

async function makeFolder(packaging: Packaging): Promise<Made> {
  const { target, output } = packaging
  const targets = platforms[target.platform].createTarget('dir', Arch[target.arch])
  await build({ projectDir: root, targets, publish: 'never', config: builderConfig(packaging) })
  const folder = unpacked(output, target)
  const bytes = filesBelow(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
  return { type: 'unpacked', result: { file: folder, bytes } }
}

/** `types` at once: a feed's list names the packages of one call. */
async function make(types: readonly string[], packaging: Packaging): Promise<Made[]> {
  const { target, output } = packaging
  const targets = platforms[target.platform].createTarget([...types], Arch[target.arch])
  const config = builderConfig(packaging)
  try {
    const prepackaged = unpacked(output, target)
    const files = await build({ projectDir: root, targets, publish: 'never', config, prepackaged })
    return types.map((type) => {
      const file = files.find((each) => each.endsWith(extensionOf(type)))
      return {
        type,
        result:
          file === undefined
            ? { missing: 'electron-builder made no file' }
            : { file, bytes: statSync(file).size },
      }
    })
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return types.map((type) => ({ type, result: { missing: whyNotMade(reason) } }))
  }
}

/** As electron-builder names the folder. */
function unpacked(output: string, { platform, arch }: Target): string {
  const suffix = arch === 'x64' ? '' : `-${arch}`
  if (platform === 'darwin') return join(output, `mac${suffix}`, 'Descent.app')
  return join(output, `${platform === 'win32' ? 'win' : 'linux'}${suffix}-unpacked`)
}

const resourcesOf = (output: string, target: Target): string =>
  join(unpacked(output, target), target.platform === 'darwin' ? 'Contents/Resources' : 'resources')

interface Wanted {
  /** Only the unpacked app. */
  readonly dir: boolean
  readonly inspectable: boolean
  readonly sizes: boolean
}

function writeSizes(project: Project, here: Target, made: readonly Made[], standIn: boolean): void {
  const listed = targets.map((target) => {
    const contents = contentsOf(target, project)
    return { target: nameOf(target), contents, sizes: sizesOf(contents) }
  })
  writeFileSync(join(root, 'docs/package-sizes.md'), sizesPage(listed, nameOf(here), made, standIn))
}

async function makeAll(target: Target, wanted: Wanted): Promise<boolean> {
  const project = await buildAll()
  const updates = updatesWanted(process.env)
  const staged = await stage(root, project, target, join(dist, 'staged', nameOf(target)), {
    updates: updates?.settings ?? null,
    beforeHashing: signedForMac(target, process.env),
  })
  const electron = await electronFor(root, target, join(dist, 'electron-stand-in'))
  const output = join(dist, 'packages')
  rmSync(output, { recursive: true, force: true })
  provideTools()
  const packaging: Packaging = {
    ...staged,
    target,
    root,
    output,
    electron: { ...electron, isStandIn: electron.standIn !== null },
    feed: updates?.feed ?? null,
    inspectable: wanted.inspectable,
    notarize: process.env['APPLE_TEAM_ID'] !== undefined,
  }
  const made = [await makeFolder(packaging)]
  const types = wanted.dir ? [] : packageTypes[target.platform]
  // Where a tool cannot be had, that costs only its own package; but what is published is all of it or nothing.
  for (const group of updates === null ? types.map((type) => [type]) : [types])
    if (group.length > 0) made.push(...(await make(group, packaging)))

  const sizes = sizesOf(staged.contents)
  console.log(`\n${nameOf(target)}\n${contentsTable(staged.contents, sizes)}\n\n${madeTable(made)}`)
  if (electron.standIn !== null)
    console.log(
      `\nA stand-in takes Electron’s place: ${electron.standIn}. What was made holds the real host and Node, and no window; ` +
        'its fuses were not set.',
    )
  if (wanted.sizes) writeSizes(project, target, made, electron.standIn !== null)
  const inside = resourcesOf(output, target)
  const asar = statSync(join(inside, 'app.asar')).size
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(staged.app, 'manifest.json'), 'utf8')))
  // What a signature or a copy has changed would be refused by everybody's Descent.
  const fault = await whyNotSound(inside, manifest)
  if (fault !== null) throw new Error(`The package is not what was hashed: ${fault}`)
  const problems = [
    ...(asar > shellBudget * 1e6 ? [`the shell has ${megabytes(asar)} MB of ${shellBudget}`] : []),
    ...overBudget(sizes),
    ...made.flatMap((each) => tooLarge(each, electron.standIn === null) ?? []),
  ]
  for (const problem of problems) console.error(`Too large: ${problem}. See resources/packaging/contents.ts.`)
  const incomplete = updates !== null && made.some(({ result }) => 'missing' in result)
  return problems.length === 0 && !incomplete
}

const { values } = parseArgs({
  options: {
    list: { type: 'string' },
    dir: { type: 'boolean', default: false },
    inspectable: { type: 'boolean', default: false },
    sizes: { type: 'boolean', default: false },
  },
})
try {
  const here = `${process.platform}-${process.arch}`
  if (values.list !== undefined) await list(targetNamed(values.list))
  else if (!(await makeAll(targetNamed(here), values))) process.exitCode = 1
} catch (error) {
  console.error(error instanceof DescentError ? error.message : error)
  process.exitCode = 1
}
