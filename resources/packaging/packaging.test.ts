import { validateConfiguration } from 'app-builder-lib/out/util/config/config.js'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { madeFiles } from '../samples/made.ts'
import { builderConfig, packageTypes, type Packaging } from './builder-config.ts'
import { components, contentsOf, nodeBinary, type Project } from './contents.ts'
import { dependencies } from './dependencies.ts'
import { launcher } from './launcher.ts'
import { licenseTexts, thirdParties, thirdPartyPage } from './licenses.ts'
import { packageOf, resolved, type Lock } from './lock-file.ts'
import { readProject } from './project.ts'
import { contentsTable, overBudget, tooLarge, whyNotMade } from './report.ts'
import { readPackageJson } from './shell-build.ts'
import { isFor, nameOf, targetNamed, targets, type Target } from './targets.ts'

const root = resolve(import.meta.dirname, '../..')
let project: Project
beforeAll(async () => {
  project = await readProject(root)
})

const filesFor = (target: Target): string[] =>
  contentsOf(target, project).flatMap(({ files }) => files.map(({ to }) => to))

const silent = { isEnabled: false, add: () => {} } as unknown as Parameters<typeof validateConfiguration>[1]

const [linux, arm, windows, mac] = targets as [Target, Target, Target, Target]

describe('what goes in', () => {
  test('on every system that it is packaged for, only that system’s binaries', () => {
    for (const target of targets) {
      const files = filesFor(target)
      const binaries = files.filter((file) => /\.(node|dll|so|dylib)$/.test(file))
      expect(binaries.length).toBeGreaterThan(1)
      for (const file of files) expect([file, isFor(target, file)]).not.toEqual([file, false])
      expect(files.filter((file) => file.endsWith('/dawn.node'))).toHaveLength(1)
      expect(files.filter((file) => file.includes('better-sqlite3/prebuilds/'))).toEqual([
        `descent/node_modules/better-sqlite3/prebuilds/${nameOf(target)}.node`,
      ])
    }
  })

  test('what Dawn needs beside it on Windows', () => {
    const dlls = filesFor(windows).filter((file) => file.endsWith('.dll'))
    expect(dlls.map((file) => file.split('/').at(-1))).toEqual(['d3dcompiler_47.dll', 'dxcompiler.dll'])
    expect(filesFor(mac).some((file) => file.includes('darwin-universal'))).toBe(true)
  })

  test('each system has a Node and a DuckDB, here or named as what npm installs there', () => {
    for (const target of targets) {
      const contents = contentsOf(target, project)
      for (const name of ['node', 'duckdb'] as const) {
        const { files, absent } = contents.find((component) => component.name === name)!
        const brought =
          name === 'node' ? files.length > 0 : files.some(({ to }) => to.endsWith('duckdb.node'))
        expect([nameOf(target), name, brought || absent.length === 1]).toEqual([nameOf(target), name, true])
      }
    }
    const own = { platform: process.platform, arch: process.arch } as Target
    expect(contentsOf(own, project).flatMap(({ absent }) => absent)).toEqual([])
  })

  test('neither headers, sources of binaries, types, documentation nor tests', () => {
    for (const target of targets)
      for (const file of filesFor(target))
        expect(file).not.toMatch(
          /\.(h|hpp|c|cpp|gyp|ts|md)$|\/(include|deps|src)\/.*\.c|\.test\.|fixtures|\/@types\//,
        )
  })

  test('no package of the window: it is built', () => {
    const packages = new Set(filesFor(linux).map((file) => packageOf(file)))
    expect(
      [...packages]
        .filter((each) => each !== null)
        .map((each) => each.slice('descent/node_modules/'.length))
        .sort(),
    ).toEqual(
      [
        '@duckdb/node-api',
        '@duckdb/node-bindings',
        ...(process.platform === 'linux' ? [`@duckdb/node-bindings-linux-${process.arch}`] : []),
        '@img/colour',
        ...(process.platform === 'linux'
          ? [`@img/sharp-libvips-linux-${process.arch}`, `@img/sharp-linux-${process.arch}`]
          : []),
        'better-sqlite3',
        'detect-libc',
        // What onnxruntime-web names; libraries that are built in have them, too.
        'flatbuffers',
        'long',
        'onnxruntime-web',
        'semver',
        'sharp',
        'webgpu',
      ].sort(),
    )
  })

  test('what onnxruntime loads by its name alone', () => {
    for (const name of ['wasm', 'mjs'])
      expect(filesFor(mac)).toContain(
        `descent/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.${name}`,
      )
  })

  test('all of the samples, which nothing imports', () => {
    for (const name of Object.keys(madeFiles()))
      expect(filesFor(mac)).toContain(`descent/resources/samples/${name}`)
  })

  test('every file is there', () => {
    for (const target of targets)
      for (const { from } of contentsOf(target, project).flatMap(({ files }) => files))
        expect([from, existsSync(join(root, from))]).toEqual([from, true])
  })

  test('within the budget of each component', () => {
    for (const target of targets) {
      const contents = contentsOf(target, project)
      const sizes = new Map(
        contents.map(({ name, files }) => [
          name,
          files.reduce((sum, { from }) => sum + statSync(join(root, from)).size, 0),
        ]),
      )
      expect(overBudget(sizes)).toEqual([])
      for (const name of Object.keys(components)) expect(contentsTable(contents, sizes)).toContain(name)
    }
    expect(overBudget(new Map([['node', 131e6]]))).toEqual(['node weighs 131.0 MB of 130'])
  })

  test('an installer is held to its size, without Electron to what is left', () => {
    const made = { type: 'deb', result: { file: 'x.deb', bytes: 200e6 } }
    expect(tooLarge(made, true)).toBe(null)
    expect(tooLarge(made, false)).toBe('deb has 200.0 MB of 125')
    expect(tooLarge({ type: 'deb', result: { missing: 'no tool' } }, true)).toBe(null)
    expect(whyNotMade('getaddrinfo ENOTFOUND x')).toContain('cannot be downloaded')
    expect(whyNotMade('disk full')).toBe('disk full')
  })

  test('the page of sizes has every component with its budget', () => {
    const page = readFileSync(join(root, 'docs/package-sizes.md'), 'utf8')
    for (const [name, { reason, budget }] of Object.entries(components))
      expect(page).toContain(`| ${name} | ${reason} | ${budget} |`)
  })

  test('a system without a Node of its own is refused, with those that there are', () => {
    expect(() => targetNamed('darwin-x64')).toThrow(
      'give one of linux-x64, linux-arm64, win32-x64, darwin-arm64',
    )
    expect(targetNamed('linux-arm64')).toBe(arm)
  })
})

test('paths say which system they are for', () => {
  expect(isFor(linux, 'dist/linux-x64/dawn.node')).toBe(true)
  expect(isFor(linux, 'prebuilds/linuxmusl-x64.node')).toBe(false)
  expect(isFor(linux, '@duckdb/node-bindings-linux-x64-musl/duckdb.node')).toBe(false)
  expect(isFor(linux, 'dist/linux-arm64/dawn.node')).toBe(false)
  expect(isFor(mac, 'dist/darwin-universal/dawn.node')).toBe(true)
  expect(isFor(linux, 'lib/index.js')).toBe(null)
})

test('packages are looked for as Node looks for them', () => {
  const locked = { version: '1', dependencies: {}, optionalDependencies: {}, devDependencies: {} }
  const lock: Lock = {
    'node_modules/a': locked,
    'node_modules/a/node_modules/c': locked,
    'node_modules/c': locked,
  }
  expect(resolved(lock, 'node_modules/a', 'c')).toBe('node_modules/a/node_modules/c')
  expect(resolved(lock, 'node_modules/a/node_modules/c', 'a')).toBe('node_modules/a')
  expect(resolved(lock, '', 'c')).toBe('node_modules/c')
  expect(resolved(lock, 'node_modules/a', 'd')).toBe(null)
})

test('the command of an installed app starts the packaged Node, from wherever it is called', () => {
  for (const target of targets) {
    const { file, text } = launcher(target)
    const node = target.platform === 'win32' ? nodeBinary(target).replaceAll('/', '\\') : nodeBinary(target)
    expect(file).toMatch(/^descent\/descent(\.cmd)?$/)
    expect(text).toContain(node)
    expect(text).toContain('NODE_OPTIONS')
  }
})

describe('electron-builder accepts the configuration', () => {
  const packaging = (target: Target, more: Partial<Packaging> = {}): Packaging => ({
    target,
    root,
    app: join(root, 'dist/staged/app'),
    resources: join(root, 'dist/staged/resources'),
    icons: join(root, 'dist/staged/icons'),
    output: join(root, 'dist/packages'),
    electron: { version: '45.0.0', folder: join(root, 'dist/electron'), isStandIn: false },
    feed: { url: 'https://updates.example/' },
    inspectable: false,
    notarize: false,
    ...more,
  })

  test.each(targets.map((target) => [nameOf(target), target] as const))('of %s', async (_name, target) => {
    await validateConfiguration(builderConfig(packaging(target)), silent)
    await validateConfiguration(builderConfig(packaging(target, { feed: null, inspectable: true })), silent)
  })

  test('and would say what it does not know', async () => {
    const wrong = { ...builderConfig(packaging(linux)), linux: { targets: ['deb'] } } as object
    await expect(validateConfiguration(wrong, silent)).rejects.toThrow('configuration.linux')
  })

  test('fuses are set, but on a stand-in; only an app to be tested can be inspected', () => {
    expect(builderConfig(packaging(mac)).electronFuses).toMatchObject({
      runAsNode: false,
      onlyLoadAppFromAsar: true,
      enableEmbeddedAsarIntegrityValidation: true,
      enableNodeCliInspectArguments: false,
    })
    const tested = builderConfig(packaging(mac, { inspectable: true })).electronFuses
    expect(tested?.enableNodeCliInspectArguments).toBe(true)
    const electron = { ...packaging(linux).electron, isStandIn: true }
    expect(builderConfig(packaging(linux, { electron })).electronFuses).toBe(undefined)
  })

  test('uninstalling keeps what people made, and nothing is published by building', () => {
    expect(builderConfig(packaging(windows)).nsis).toMatchObject({ deleteAppDataOnUninstall: false })
    expect(builderConfig(packaging(linux, { feed: null })).publish).toBe(null)
    expect(packageTypes.darwin).toContain('zip')
  })

  test('what was hashed before is not signed again', () => {
    expect(builderConfig(packaging(windows)).win?.signExts).toEqual(['!node.exe'])
    const { signIgnore, entitlements } = builderConfig(packaging(mac)).mac ?? {}
    const [ignored] = signIgnore as string[]
    for (const file of ['node/bin/node', 'descent/node_modules/webgpu/dist/darwin-universal/dawn.node'])
      expect(`/Applications/Descent.app/Contents/Resources/${file}`).toMatch(new RegExp(ignored!))
    expect(readFileSync(String(entitlements), 'utf8')).toContain('com.apple.security.cs.allow-jit')
  })
})

describe('the work of others', () => {
  test('every dependency has its reason, and none is listed that is gone', () => {
    const { '': own } = project.lock
    const named = Object.keys({ ...own!.dependencies, ...own!.devDependencies, ...own!.optionalDependencies })
    expect(Object.keys(dependencies).sort()).toEqual(named.sort())
  })

  test('has a version and a license that lets us ship it', () => {
    const free =
      /^\(?(MIT|ISC|BSD-[23]-Clause|Apache-2\.0|0BSD|MPL-2\.0|BlueOak-1\.0\.0|Python-2\.0|CC-BY-4\.0|\(MIT OR [\w-]+\))/
    // A shared library beside the program, which whoever likes may replace by another build of it.
    const shared = (name: string, license: string): boolean =>
      name.startsWith('@img/sharp-libvips-') && license === 'LGPL-3.0-or-later'
    for (const { name, version, license } of thirdParties(project)) {
      expect([name, /^\d/.test(version)]).toEqual([name, true])
      expect([name, free.test(license) || shared(name, license)]).toEqual([name, true])
    }
  })

  test('is on the page', async () => {
    await expect(thirdPartyPage(project)).toMatchFileSnapshot(join(root, 'docs/third-party.md'))
  })

  test('comes with its texts', () => {
    const text = licenseTexts(root, project, { platform: process.platform, arch: process.arch } as Target)
    for (const name of ['Node.js is licensed', 'SQLite', 'DuckDB', 'Abseil', 'vue 3', 'electron-updater'])
      expect(text).toContain(name)
    expect(text.length).toBeGreaterThan(100_000)
  })
})

test('the shell is named and numbered as the project', () => {
  expect(readPackageJson(root)).toMatchObject({ name: 'descent', license: 'MIT' })
})
