/** Lays out, file by file, what is packaged: `app` becomes the asar, `resources` lies beside it. */
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DescentError } from '../../electron/contract/index.ts'
import type { UpdateSettings } from '../../electron/main/update-policy.ts'
import { hashFile, type Manifest } from '../../electron/main/verify-install.ts'
import { contentsOf, nodeBinary, type Component, type Project } from './contents.ts'
import { launcher } from './launcher.ts'
import { licenseTexts } from './licenses.ts'
import { filesBelow } from './project.ts'
import { buildShell, readPackageJson } from './shell-build.ts'
import { nameOf, type Target } from './targets.ts'

export interface Staged {
  readonly app: string
  readonly resources: string
  readonly icons: string
  readonly contents: readonly Component[]
}

function requireAll(contents: readonly Component[], target: Target): void {
  const absent = contents.flatMap((component) => component.absent)
  if (absent.length > 0)
    throw new DescentError(
      'badRequest',
      `${nameOf(target)} cannot be packaged here: npm installs ${absent.join(', ')} only on that system. ` +
        'Run this there, or add --list to see what would go in.',
    )
}

function write(path: string, text: string, mode?: number): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  if (mode !== undefined) chmodSync(path, mode)
}

/** What has no source in the project. */
function writeMade(root: string, resources: string, project: Project, target: Target): void {
  const { name, version, license } = readPackageJson(root)
  write(join(resources, 'descent/package.json'), JSON.stringify({ name, version, license, type: 'module' }))
  write(join(resources, 'descent/THIRD-PARTY-LICENSES.txt'), licenseTexts(root, project, target))
  const { file, text } = launcher(target)
  write(join(resources, file), text, 0o755)
}

async function manifestOf(resources: string): Promise<Manifest> {
  const manifest: Manifest = {}
  for (const file of filesBelow(resources)) manifest[file] = await hashFile(join(resources, file))
  return manifest
}

export interface Seal {
  /** Signs what runs, before it is hashed: a signature changes a binary. */
  readonly beforeHashing?: (resources: string) => void
  /** What the app needs to follow a feed; null: it does not. */
  readonly updates?: UpdateSettings | null
}

export async function stage(
  root: string,
  project: Project,
  target: Target,
  folder: string,
  { beforeHashing, updates = null }: Seal = {},
): Promise<Staged> {
  const contents = contentsOf(target, project)
  requireAll(contents, target)
  const [app, resources, icons] = ['app', 'resources', 'icons'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  rmSync(folder, { recursive: true, force: true })
  for (const { from, to } of contents.flatMap(({ files }) => files))
    cpSync(join(root, from), join(resources, to), { dereference: true })
  chmodSync(join(resources, nodeBinary(target)), 0o755)
  writeMade(root, resources, project, target)
  beforeHashing?.(resources)
  cpSync(join(root, 'resources/icons/descent.png'), join(icons, '512x512.png'))
  await buildShell(root, app)
  write(join(app, 'manifest.json'), JSON.stringify(await manifestOf(resources), null, 1))
  if (updates) write(join(app, 'updates.json'), JSON.stringify(updates))
  return { app, resources, icons, contents }
}
