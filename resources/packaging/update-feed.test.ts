import { parseUpdateInfo } from 'electron-updater/out/providers/Provider.js'
import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { whyNotUpdate } from '../../electron/main/update-policy.ts'
import { codesignArgs, runsOnMac, signedForMac } from './sign-mac.ts'
import { signedList, updatesWanted } from './update-feed.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const key = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()

/** As electron-builder writes it. */
const list = `version: 0.2.0
files:
  - url: descent-0.2.0-linux-x86_64.AppImage
    sha512: Zm9v
    size: 190000000
    blockMapSize: 200000
  - url: descent-0.2.0-linux-amd64.deb
    sha512: YmFy
    size: 180000000
path: descent-0.2.0-linux-x86_64.AppImage
sha512: Zm9v
releaseDate: '2026-11-29T00:00:00.000Z'
`
const read = (text: string): unknown =>
  parseUpdateInfo(text, 'latest-linux.yml', new URL('https://feed.invalid/'))

test('updates are off unless a feed and its key are given, and wrong ones are refused', () => {
  const url = 'https://updates.example/descent'
  expect(updatesWanted({})).toBe(null)
  expect(updatesWanted({ DESCENT_UPDATE_FEED: url, DESCENT_UPDATE_KEY: key })).toEqual({
    feed: { url },
    settings: { publicKey: key },
  })
  expect(() => updatesWanted({ DESCENT_UPDATE_FEED: url })).toThrow('DESCENT_UPDATE_KEY')
  expect(() => updatesWanted({ DESCENT_UPDATE_KEY: key })).toThrow('DESCENT_UPDATE_FEED')
  expect(() => updatesWanted({ DESCENT_UPDATE_FEED: 'http://x/', DESCENT_UPDATE_KEY: key })).toThrow(
    'https://',
  )
  for (const wrong of ['AAAA', pem])
    expect(() => updatesWanted({ DESCENT_UPDATE_FEED: url, DESCENT_UPDATE_KEY: wrong })).toThrow('Ed25519')
})

test('a list that was signed is what the app accepts; a changed one is not', () => {
  const signed = signedList(list, pem)
  expect(whyNotUpdate(read(signed), '0.1.0', { publicKey: key })).toBe(null)
  expect(whyNotUpdate(read(signed.replaceAll('Zm9v', 'ZXZpbA==')), '0.1.0', { publicKey: key })).toContain(
    'not signed',
  )
  expect(whyNotUpdate(read(list), '0.1.0', { publicKey: key })).toContain('not signed')
  // Raised while it is out, without another signature.
  expect(whyNotUpdate(read(`${signed}stagingPercentage: 50\n`), '0.1.0', { publicKey: key })).toBe(null)
  expect(signedList(signed, pem)).toBe(signed)
})

test('macOS signs binaries with the identity that was given, before they are hashed', () => {
  const mac = { platform: 'darwin', arch: 'arm64' } as const
  expect(signedForMac(mac, {})).toBe(undefined)
  expect(signedForMac({ platform: 'linux', arch: 'x64' }, { CSC_NAME: 'Us' })).toBe(undefined)
  expect(signedForMac(mac, { CSC_NAME: 'Us' })).toBeTypeOf('function')
  const files = [
    'node/bin/node',
    'descent/programs/main.js',
    'descent/node_modules/x/duckdb.node',
    'descent/x.dylib',
  ]
  expect(files.filter(runsOnMac)).toEqual([files[0], files[2], files[3]])
  expect(codesignArgs('Us', 'e.plist', 'f')).toContain('--options=runtime')
})
