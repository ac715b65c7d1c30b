/** Which files are pictures: by their names where many are looked through, by their first bytes where one is opened. */

/** What is decoded. Others that libvips knows are left alone: SVG and PDF are programs, and camera files no two decoders agree on. */
export type PictureFormat = 'JPEG' | 'PNG' | 'WebP' | 'GIF' | 'TIFF' | 'BMP' | 'AVIF'

const endings = ['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'gif', 'tif', 'tiff', 'bmp', 'avif'] as const

/** RE2 reads it as JavaScript does. */
export const pictureNames = new RegExp(String.raw`\.(?:${endings.join('|')})$`, 'i')
export const hasPictureName = (name: string): boolean => pictureNames.test(name)

/** Of a table that may say what the pictures beside it are. */
export const hasTableName = (name: string): boolean => /\.(csv|tsv|tab)$/i.test(name)

const begins: readonly (readonly [PictureFormat, RegExp])[] = [
  ['JPEG', /^\xff\xd8\xff/],
  ['PNG', /^\x89PNG\r\n\x1a\n/],
  ['WebP', /^RIFF[\s\S]{4}WEBP/],
  ['GIF', /^GIF8[79]a/],
  ['TIFF', /^(II\x2a\x00|MM\x00\x2a|II\x2b\x00|MM\x00\x2b)/],
  ['BMP', /^BM[\s\S]{12}[\s\S](?=\x00)/],
  ['AVIF', /^[\s\S]{4}ftypavi[fs]/],
]

/** null: none that is decoded. */
export function formatOf(head: Uint8Array): PictureFormat | null {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 32)).toString('latin1')
  return begins.find(([, pattern]) => pattern.test(text))?.[0] ?? null
}

const others: readonly (readonly [RegExp, string])[] = [
  [/^\s*(<\?xml|<svg|<!doctype|<html)/i, 'a page or drawing as text (SVG, HTML)'],
  [/^%PDF/, 'a PDF'],
  [/^PK\x03\x04/, 'a ZIP archive'],
  [/^[\s\S]{4}ftyp(hei[cfsx]|mif1|msf1)/, 'an HEIC picture, whose codec is not free: save it as JPEG or PNG'],
  [/^[\s\S]{4}ftyp/, 'a film'],
  [/^[\x09\x0a\x0d\x20-\x7e]+$/, 'text'],
]

/** What a file is that is no picture, in words; null: nobody knows. */
export function otherThanPicture(head: Uint8Array): string | null {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 256)).toString('latin1')
  return others.find(([pattern]) => pattern.test(text))?.[1] ?? null
}
