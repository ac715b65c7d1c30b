/**
 * Which update may be installed. Decisions only, no Electron and no network. A feed is a file on somebody's server: what it
 * offers must be signed by the key that this very app was built with, be newer than it, and say what every file hashes to.
 * What electron-updater downloads it holds against these hashes.
 */
import { createPublicKey, verify } from 'node:crypto'
import { z } from 'zod'

/** Sealed into the app when it is packaged with a feed; without, there are no updates. */
export const updateSettingsSchema = z.strictObject({
  /** Ed25519, base64 of its DER (SPKI). */
  publicKey: z.string().min(1),
})
export type UpdateSettings = z.infer<typeof updateSettingsSchema>

/** The part of `latest.yml` that is signed, and the signature. */
const offerSchema = z.object({
  version: z.string(),
  files: z
    .array(z.object({ url: z.string(), sha512: z.string().min(1), size: z.number().optional() }))
    .min(1),
  signature: z.string().optional(),
})
type Offer = z.infer<typeof offerSchema>

/** What is signed. Not the share of people who get it: that is raised while it is out. */
export const signedText = ({ version, files }: Pick<Offer, 'version' | 'files'>): string =>
  JSON.stringify([version, ...files.map(({ url, sha512, size }) => [url, sha512, size ?? null])])

/** `1.2.3`; null for what is none, such as versions to be tried out. */
const numbersOf = (version: string): number[] | null =>
  /^\d+\.\d+\.\d+$/.test(version) ? version.split('.').map(Number) : null

export function isNewer(version: string, than: string): boolean {
  const [a, b] = [numbersOf(version), numbersOf(than)]
  if (!a || !b) return false
  const at = a.findIndex((number, i) => number !== b[i])
  return at >= 0 && a[at]! > b[at]!
}

function isSigned(offer: Offer, publicKey: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
    const signature = Buffer.from(offer.signature ?? '', 'base64')
    return key.asymmetricKeyType === 'ed25519' && verify(null, Buffer.from(signedText(offer)), key, signature)
  } catch {
    return false
  }
}

/** A sentence for the log, or null: it may be installed. */
export function whyNotUpdate(info: unknown, current: string, { publicKey }: UpdateSettings): string | null {
  const read = offerSchema.safeParse(info)
  if (!read.success) return 'An update was offered in a form that is not understood.'
  const offer = read.data
  if (!isNewer(offer.version, current))
    return `An update to ${offer.version} was offered, which is not newer than ${current}.`
  if (offer.signature === undefined) return `The update to ${offer.version} is not signed.`
  return isSigned(offer, publicKey)
    ? null
    : `The update to ${offer.version} is not signed by whoever made this Descent.`
}
