/**
 * Pictures as files, for server.mjs: turned upright, on a background and in the size of the model, as Descent does it. sharp decodes
 * them; where it is not installed, a picture is the bytes that the model takes.
 */
const sharp = await import('sharp').then(
  (module) => module.default,
  () => null,
)
// Everything is decoded once.
sharp?.cache(false)

/** Of a request. A small file may hold more pixels than memory does. */
const limits = { files: 1000, pixels: 100_000_000, atOnce: 4 }

/** Why a request cannot be answered, and by which status that is said. */
export class NoPicture extends Error {
  constructor(message, status = 400) {
    super(message)
    this.status = status
  }
}

const begins = [
  ['JPEG', /^\xff\xd8\xff/],
  ['PNG', /^\x89PNG\r\n\x1a\n/],
  ['WebP', /^RIFF[\s\S]{4}WEBP/],
  ['GIF', /^GIF8[79]a/],
  ['TIFF', /^(II\x2a\x00|MM\x00\x2a|II\x2b\x00|MM\x00\x2b)/],
  ['AVIF', /^[\s\S]{4}ftypavi[fs]/],
]
const formatOf = (bytes) => {
  const head = bytes.subarray(0, 32).toString('latin1')
  return begins.find(([, pattern]) => pattern.test(head))?.[0] ?? null
}

const extentsOf = ({ shape }) => shape.slice(1)
const sizeOf = (input) => extentsOf(input).reduce((product, extent) => product * extent, 1)
const known = 'JPEG, PNG, WebP, GIF, TIFF or AVIF'
const formOf = (input) =>
  `${sharp === null ? '' : `a file (${known}) in base64, or `}${extentsOf(input).join(' × ')} bytes, channel by channel: a list of them, or base64${sharp === null ? '. Files are not decoded, as sharp is not installed here (npm install)' : ''}`

const isByte = (one) => Number.isInteger(one) && one >= 0 && one <= 255

/** `pixels`: as the model takes them; `file`: still to be decoded. */
function givenOf(cell, input, where) {
  const size = sizeOf(input)
  if (Array.isArray(cell)) {
    const pixels = cell.flat(3)
    if (pixels.length !== size || !pixels.every(isByte))
      throw new NoPicture(`${where} is no picture. Send ${formOf(input)}.`)
    return { pixels: Uint8Array.from(pixels) }
  }
  // As pages have files: data:image/png;base64,…
  const bytes =
    typeof cell === 'string' ? Buffer.from(cell.replace(/^\s*data:[^,]*;\s*base64\s*,/i, ''), 'base64') : cell
  if (!Buffer.isBuffer(bytes)) throw new NoPicture(`${where} is missing. Send ${formOf(input)}.`)
  const format = formatOf(bytes)
  if (format === null && bytes.length === size) return { pixels: new Uint8Array(bytes) }
  if (format === null || sharp === null)
    throw new NoPicture(`${where} is no picture that can be read here. Send ${formOf(input)}.`)
  return { file: bytes }
}

const options = {
  failOn: 'error',
  limitInputPixels: limits.pixels,
  animated: false,
  pages: 1,
  autoOrient: true,
}
const levels = { white: 255, black: 0, gray: 128 }
const fits = { crop: 'cover', pad: 'contain', stretch: 'fill' }

/** Red, green and blue of each pixel, in the size that the model takes. */
async function decoded(file, { width, height }, [, high, wide], { fit = 'crop', background = 'white' } = {}) {
  const level = levels[background]
  const behind = { r: level, g: level, b: level }
  let picture = sharp(file, options).flatten({ background: behind })
  if (width !== wide || height !== high)
    picture = picture.resize(wide, high, {
      fit: fits[fit],
      position: 'centre',
      // As PyTorch's Resize: linear, with as wide a filter as the picture becomes smaller.
      kernel: 'linear',
      background: behind,
      fastShrinkOnLoad: false,
    })
  return await picture.toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer()
}

/** Channel by channel; gray is 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601), as Pillow has it. */
function planar(pixels, channels) {
  const size = pixels.length / 3
  const planes = new Uint8Array(channels * size)
  for (let i = 0, at = 0; i < size; i++, at += 3) {
    const [red, green, blue] = [pixels[at], pixels[at + 1], pixels[at + 2]]
    if (channels === 1) planes[i] = (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16
    else {
      planes[i] = red
      planes[size + i] = green
      planes[2 * size + i] = blue
    }
  }
  return planes
}

/** libvips says which of its loaders failed in a line or more. */
const inWords = (error) =>
  String(error?.message ?? error)
    .replaceAll(/Input (file|buffer)|vips\w*:/gi, '')
    .split('\n')[0]
    .trim()
    .slice(0, 120)

/** Rows whose pictures are what the model takes. `inputs`: those of the signature that are pictures. Errors: a NoPicture that names the row. */
export async function withPictures(rows, inputs) {
  const ready = rows.map((row) => Object.assign(Object.create(null), row))
  const files = []
  for (const [i, row] of ready.entries())
    for (const input of inputs) {
      const where = `“${input.name}” of row ${i + 1}`
      const { pixels, file } = givenOf(row[input.name], input, where)
      row[input.name] = pixels
      if (file !== undefined) files.push({ row, input, where, file })
    }
  if (files.length > limits.files)
    throw new NoPicture(
      `A request has at most ${limits.files} pictures to decode, and this one has ${files.length}: send several requests.`,
      413,
    )
  let seen = 0
  const read = async ({ row, input, where, file }) => {
    try {
      const { autoOrient } = await sharp(file, { ...options, limitInputPixels: false }).metadata()
      seen += autoOrient.width * autoOrient.height
      if (seen > limits.pixels)
        throw new NoPicture(
          `The pictures of a request have at most ${limits.pixels / 1e6} million pixels together, and these have more: send fewer, or smaller ones.`,
          413,
        )
      const extents = extentsOf(input)
      row[input.name] = planar(await decoded(file, autoOrient, extents, input.picture), extents[0])
    } catch (error) {
      throw error instanceof NoPicture
        ? error
        : new NoPicture(`${where} is damaged or cut off (${inWords(error)}).`)
    }
  }
  // A few at a time: the pictures of others come in between.
  for (let from = 0; from < files.length; from += limits.atOnce)
    await Promise.all(files.slice(from, from + limits.atOnce).map(read))
  return ready
}

/** How a request brings a picture alone. */
export const isFileType = (type) =>
  sharp !== null && /^(image\/[\w.+-]+|application\/octet-stream)\b/i.test(type)
