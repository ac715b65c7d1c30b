import type { AppAdapter } from 'electron-updater/out/AppAdapter.js'
import { AppImageUpdater } from 'electron-updater'
import { configureRequestOptions, HttpExecutor, type DownloadOptions } from 'builder-util-runtime'
import { spawn } from 'node:child_process'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { once } from 'node:events'
import { createServer, request as httpRequest, type ClientRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { replaceAppImage, stagedBeside } from './replace-app-image.ts'
import { isNewer, signedText, whyNotUpdate } from './update-policy.ts'
import { followUpdates } from './updates.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const spki = (key: typeof publicKey): string => key.export({ format: 'der', type: 'spki' }).toString('base64')
const settings = { publicKey: spki(publicKey) }

const file = (content: string): { url: string; sha512: string; size: number } => ({
  url: 'descent-0.2.0.AppImage',
  sha512: createHash('sha512').update(content).digest('base64'),
  size: Buffer.byteLength(content),
})
const signed = <T extends { version: string; files: ReturnType<typeof file>[] }>(
  offer: T,
  key = privateKey,
): T & { signature: string } => ({
  ...offer,
  signature: sign(null, Buffer.from(signedText(offer)), key).toString('base64'),
})
const offer = signed({ version: '0.2.0', files: [file('new')] })

describe('what may be installed', () => {
  test('a signed and newer version', () => {
    expect(whyNotUpdate(offer, '0.1.0', settings)).toBe(null)
    // The share of people who get it is raised while it is out.
    expect(whyNotUpdate({ ...offer, stagingPercentage: 10 }, '0.1.0', settings)).toBe(null)
  })

  test('not without a signature, with somebody else’s, or with other files than were signed', () => {
    const { signature: _signature, ...unsigned } = offer
    expect(whyNotUpdate(unsigned, '0.1.0', settings)).toContain('is not signed')
    const other = generateKeyPairSync('ed25519')
    expect(whyNotUpdate(signed(unsigned, other.privateKey), '0.1.0', settings)).toContain('whoever made')
    expect(whyNotUpdate({ ...offer, files: [file('evil')] }, '0.1.0', settings)).toContain('whoever made')
    expect(whyNotUpdate({ ...offer, version: '9.0.0' }, '0.1.0', settings)).toContain('whoever made')
    expect(whyNotUpdate(offer, '0.1.0', { publicKey: 'AAAA' })).toContain('whoever made')
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    expect(whyNotUpdate(offer, '0.1.0', { publicKey: spki(rsa.publicKey) })).toContain('whoever made')
  })

  test('no older version, however well signed, nor one to be tried out', () => {
    expect(whyNotUpdate(offer, '0.2.0', settings)).toContain('not newer than 0.2.0')
    expect(whyNotUpdate(offer, '0.10.0', settings)).toContain('not newer')
    expect(isNewer('0.10.0', '0.9.9')).toBe(true)
    expect(isNewer('1.0.0', '0.9.9')).toBe(true)
    expect(isNewer('0.9.9', '1.0.0')).toBe(false)
    expect(isNewer('0.3.0-beta.1', '0.2.0')).toBe(false)
  })

  test('nothing that is not understood', () => {
    for (const info of [null, 'x', {}, { version: '1.0.0', files: [] }])
      expect(whyNotUpdate(info, '0.1.0', settings)).toContain('not understood')
  })
})

let folder: string
let server: Server | null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-updates-'))
  server = null
})
afterEach(() => {
  server?.close()
  delete process.env['APPIMAGE']
  rmSync(folder, { recursive: true, force: true })
})

describe('an AppImage is replaced whole or not at all', () => {
  test('by what was downloaded, which can be run', () => {
    const [app, downloaded] = [join(folder, 'Descent.AppImage'), join(folder, 'pending')]
    writeFileSync(app, 'old')
    writeFileSync(downloaded, 'new')
    writeFileSync(stagedBeside(app), 'half of an earlier try')
    replaceAppImage(app, downloaded)
    expect(readFileSync(app, 'utf8')).toBe('new')
    if (process.platform !== 'win32') expect(statSync(app).mode & 0o777).toBe(0o755)
    expect(readdirSync(folder).sort()).toEqual(['Descent.AppImage', 'pending'])
  })

  test('and stays where the new one cannot be read or written', () => {
    const app = join(folder, 'Descent.AppImage')
    writeFileSync(app, 'old')
    expect(() => replaceAppImage(app, join(folder, 'gone'))).toThrow('ENOENT')
    mkdirSync(stagedBeside(app))
    writeFileSync(join(folder, 'pending'), 'new')
    expect(() => replaceAppImage(app, join(folder, 'pending'))).toThrow()
    expect(readFileSync(app, 'utf8')).toBe('old')
  })
})

/** A process that replaces a file over and over, each time with a new whole one. */
const replacing = (app: string, sources: readonly string[]): string => `
  import { replaceAppImage } from ${JSON.stringify(join(import.meta.dirname, 'replace-app-image.ts'))}
  console.log('started')
  for (let i = 0; ; i++) replaceAppImage(${JSON.stringify(app)}, ${JSON.stringify(sources)}[i % ${sources.length}])`

test('whenever the process is killed, an AppImage is the old one or the new one, whole', async () => {
  const app = join(folder, 'Descent.AppImage')
  const sources = ['a', 'b'].map((letter) => join(folder, letter))
  for (const source of sources) writeFileSync(source, Buffer.alloc(8_000_000, source.at(-1)))
  writeFileSync(app, readFileSync(sources[0]!))
  let left = 0
  for (let i = 0; i < 6; i++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', replacing(app, sources)])
    await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, 3 + 11 * i))
    child.kill('SIGKILL')
    await once(child, 'exit')
    const bytes = readFileSync(app)
    expect(sources.some((source) => bytes.equals(readFileSync(source)))).toBe(true)
    if (existsSync(stagedBeside(app))) left++
  }
  // Otherwise nothing was interrupted.
  expect(left).toBeGreaterThan(0)
})

/** electron-updater itself, over Node's own HTTP instead of Chromium's. */
class OverNode extends HttpExecutor<ClientRequest> {
  override createRequest(options: object, callback: (response: unknown) => void): ClientRequest {
    return httpRequest(options, callback)
  }
  download(url: URL, destination: string, options: DownloadOptions): Promise<string> {
    return options.cancellationToken.createPromise((resolve, reject, onCancel) => {
      const request = configureRequestOptions({
        protocol: 'http:',
        hostname: url.hostname,
        port: url.port,
        path: url.pathname,
      })
      const callback = (error?: Error | null): void => (error == null ? resolve(destination) : reject(error))
      this.doDownload(request, { destination, options, onCancel, callback, responseHandler: null }, 0)
    })
  }
}

async function updaterFor(feed: string): Promise<AppImageUpdater> {
  const adapter: AppAdapter = {
    version: '0.1.0',
    name: 'descent',
    isPackaged: true,
    appUpdateConfigPath: join(folder, 'app-update.yml'),
    userDataPath: folder,
    baseCachePath: folder,
    whenReady: async () => {},
    relaunch: () => {},
    quit: () => {},
    onQuit: () => {},
  }
  writeFileSync(adapter.appUpdateConfigPath, 'updaterCacheDirName: cache\n')
  const updater = new AppImageUpdater(null, adapter)
  // The feed takes the executor that is there when it is set.
  Object.assign(updater, { httpExecutor: new OverNode(), disableDifferentialDownload: true })
  updater.setFeedURL({ provider: 'generic', url: feed, useMultipleRangeRequest: false })
  return updater
}

/** A feed that offers this, and what it leads to: how the log begins, when it has been looked at. */
async function follow(
  latest: object,
  content: string,
): Promise<{ log: string[]; app: string; install(): void }> {
  server = createServer((request, response) => {
    const isList = request.url?.includes('.yml') === true
    // JSON is YAML.
    response.end(isList ? JSON.stringify(latest) : content)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server!.once('listening', resolve))
  const app = join(folder, 'Descent.AppImage')
  writeFileSync(app, 'old')
  process.env['APPIMAGE'] = app
  const log: string[] = []
  const updater = await updaterFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const settled = new Promise<void>((resolve) => {
    updater.on('update-not-available', () => resolve())
    updater.on('error', () => resolve())
    updater.on('update-downloaded', () => setImmediate(resolve))
  })
  const { install } = followUpdates(
    { settings, current: '0.1.0', appImage: app, log: (line) => log.push(line) },
    updater,
  )
  await settled
  return { log, app, install }
}

describe.skipIf(process.platform === 'win32')('a feed', () => {
  const latest = {
    ...offer,
    path: offer.files[0]!.url,
    sha512: offer.files[0]!.sha512,
    releaseDate: '2026-01-01',
  }

  test('that is signed is followed: the new app is there once the old one has been closed', async () => {
    const { log, app, install } = await follow(latest, 'new')
    expect(log).toEqual(['Descent 0.2.0 will be installed when this one is closed.'])
    expect(readFileSync(app, 'utf8')).toBe('old')
    install()
    expect(readFileSync(app, 'utf8')).toBe('new')
  })

  test('that is not signed is not: nothing is even fetched', async () => {
    const { log, app, install } = await follow({ ...latest, signature: undefined }, 'new')
    expect(log).toEqual(['The update to 0.2.0 is not signed.'])
    install()
    expect(readFileSync(app, 'utf8')).toBe('old')
    expect(existsSync(join(folder, 'cache/pending'))).toBe(false)
  })

  test('whose file is not the one that was signed is given up', async () => {
    const { log, app, install } = await follow(latest, 'evil')
    expect(log.join()).toContain('No update could be fetched')
    install()
    expect(readFileSync(app, 'utf8')).toBe('old')
  })

  test('that is for none of a hundred people yet offers this one nothing', async () => {
    const { log, app, install } = await follow({ ...latest, stagingPercentage: 0 }, 'new')
    expect(log).toEqual([])
    install()
    expect(readFileSync(app, 'utf8')).toBe('old')
  })
})
