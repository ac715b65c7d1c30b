/** A picture file as the bytes that the model takes: upright, on a background, in its size, channel by channel. */

const levels = { white: 255, black: 0, gray: 128 }

/** Along one direction: linear, with as wide a filter as the picture becomes smaller. */
function resized(source, lines, from, to, stride, next, channels) {
  const out = new Float64Array(lines * to * channels)
  const scale = from / to
  const reach = Math.max(1, scale)
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale - 0.5
    const [first, last] = [Math.ceil(center - reach), Math.floor(center + reach)]
    const weights = []
    for (let k = first; k <= last; k++) weights.push(Math.max(0, 1 - Math.abs(k - center) / reach))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    for (let line = 0; line < lines; line++)
      for (let c = 0; c < channels; c++) {
        let sum = 0
        for (let k = first; k <= last; k++)
          sum += weights[k - first] * source[line * next + Math.min(from - 1, Math.max(0, k)) * stride + c]
        out[(line * to + i) * channels + c] = Math.round(sum / total)
      }
  }
  return out
}

/** Red, green, blue of a size, as another: across, then down. */
export function resize(rgb, width, height, toWidth, toHeight) {
  const across = width === toWidth ? rgb : resized(rgb, height, width, toWidth, 3, width * 3, 3)
  if (height === toHeight) return Uint8ClampedArray.from(across)
  // Columns become lines, and lines columns again.
  const down = resized(across, toWidth, height, toHeight, toWidth * 3, 3, 3)
  const out = new Uint8ClampedArray(toWidth * toHeight * 3)
  for (let x = 0; x < toWidth; x++)
    for (let y = 0; y < toHeight; y++)
      for (let c = 0; c < 3; c++) out[(y * toWidth + x) * 3 + c] = down[(x * toHeight + y) * 3 + c]
  return out
}

/** Where a picture lies in the frame that is drawn: as large as its fit asks, in the middle. */
function placeIn(fit, width, height, toWidth, toHeight) {
  if (fit === 'stretch') return { width: toWidth, height: toHeight }
  const [across, down] = [toWidth / width, toHeight / height]
  const scale = fit === 'crop' ? Math.max(across, down) : Math.min(across, down)
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** Red, green, blue, as `background` shows through. */
export async function pixelsOf(file, background) {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'default', premultiplyAlpha: 'none' })
  const { width, height } = bitmap
  if (width * height > 100e6) throw new Error('The picture has more than 100 million pixels.')
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  const { data } = context.getImageData(0, 0, width, height)
  const rgb = new Uint8ClampedArray(width * height * 3)
  const level = levels[background] ?? 255
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = level + ((data[i * 4 + c] - level) * data[i * 4 + 3]) / 255
  return { rgb, width, height }
}

/** As the model takes it: [channels, height, width] of bytes. */
export function fitted(
  { rgb, width, height },
  [channels, toHeight, toWidth],
  { fit = 'crop', background = 'white' } = {},
) {
  const place = placeIn(fit, width, height, toWidth, toHeight)
  const same = width === place.width && height === place.height
  const scaled = same ? rgb : resize(rgb, width, height, place.width, place.height)
  const [left, top] = [Math.floor((place.width - toWidth) / 2), Math.floor((place.height - toHeight) / 2)]
  const size = toWidth * toHeight
  const out = new Uint8Array(channels * size)
  for (let y = 0; y < toHeight; y++)
    for (let x = 0; x < toWidth; x++) {
      const [column, row] = [x + left, y + top]
      const inside = column >= 0 && row >= 0 && column < place.width && row < place.height
      const at = (row * place.width + column) * 3
      const [r, g, b] = inside
        ? [scaled[at], scaled[at + 1], scaled[at + 2]]
        : new Array(3).fill(levels[background] ?? 255)
      const i = y * toWidth + x
      // ITU-R BT.601, as Pillow has it.
      if (channels === 1) out[i] = (19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16
      else [out[i], out[size + i], out[2 * size + i]] = [r, g, b]
    }
  return out
}
