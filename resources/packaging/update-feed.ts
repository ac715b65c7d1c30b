/**
 * Where an app that is built looks for updates, and how what is published there is signed.
 * `node resources/packaging/update-feed.ts dist/packages/latest*.yml` signs, with the private key in DESCENT_UPDATE_SIGNING_KEY.
 */
import { parseUpdateInfo } from 'electron-updater/out/providers/Provider.js'
import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { DescentError } from '../../electron/contract/index.ts'
import { signedText, whyNotUpdate, type UpdateSettings } from '../../electron/main/update-policy.ts'

export interface WantedUpdates {
  readonly feed: { readonly url: string }
  readonly settings: UpdateSettings
}

/** null: no feed is configured, so updates are off. */
export function updatesWanted(env: NodeJS.ProcessEnv): WantedUpdates | null {
  const { DESCENT_UPDATE_FEED: url = '', DESCENT_UPDATE_KEY: publicKey = '' } = env
  if (url === '' && publicKey === '') return null
  if (url === '' || publicKey === '')
    throw new DescentError(
      'badRequest',
      'Updates need both DESCENT_UPDATE_FEED, an address, and DESCENT_UPDATE_KEY, the public key of what is published there.',
    )
  if (URL.parse(url)?.protocol !== 'https:')
    throw new DescentError('badRequest', `DESCENT_UPDATE_FEED has to begin with https://: ${url}`)
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
    if (key.asymmetricKeyType === 'ed25519') return { feed: { url }, settings: { publicKey } }
  } catch {
    // Said below.
  }
  throw new DescentError('badRequest', 'DESCENT_UPDATE_KEY is no Ed25519 key in base64 of its DER (SPKI).')
}

/** The list as electron-builder wrote it, with a signature at its end; an earlier one is replaced. */
export function signedList(list: string, privatePem: string): string {
  const key = createPrivateKey(privatePem)
  const plain = list.replace(/^signature: .*\n?/m, '')
  const info = parseUpdateInfo(plain, 'latest.yml', new URL('https://feed.invalid/latest.yml'))
  const signature = sign(null, Buffer.from(signedText(info)), key).toString('base64')
  const signed = `${plain.trimEnd()}\nsignature: ${signature}\n`
  // As the app will read it.
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64')
  const read = parseUpdateInfo(signed, 'latest.yml', new URL('https://feed.invalid/latest.yml'))
  const refusal = whyNotUpdate(read, '0.0.0', { publicKey })
  if (refusal !== null) throw new DescentError('internal', `What was signed would be refused: ${refusal}`)
  return signed
}

if (process.argv[1] === import.meta.filename) {
  const { DESCENT_UPDATE_SIGNING_KEY: key } = process.env
  const files = process.argv.slice(2)
  if (key === undefined || key === '' || files.length === 0) {
    console.error('Give the lists to sign, and the private key (PEM, Ed25519) in DESCENT_UPDATE_SIGNING_KEY.')
    process.exit(2)
  }
  for (const file of files) {
    writeFileSync(file, signedList(readFileSync(file, 'utf8'), key))
    console.log(`Signed ${basename(file)}.`)
  }
}
