/** Mean and standard deviation of each channel over some images, of pixels scaled to 0…1. */

/**
 * `pixels`: images × channels × size, as bytes. Counted by value first: sums of counts are exact, whatever the order.
 * A channel that does not vary is centred only.
 */
export function fitChannels(
  pixels: Uint8Array,
  channels: number,
  size: number,
  rows: Int32Array,
): { mean: number[]; std: number[] } {
  const mean: number[] = []
  const std: number[] = []
  for (let channel = 0; channel < channels; channel++) {
    const counts = new Float64Array(256)
    for (const row of rows) {
      const start = (row * channels + channel) * size
      for (let i = start; i < start + size; i++) counts[pixels[i]!]!++
    }
    const total = rows.length * size
    const center = counts.reduce((sum, count, value) => sum + count * value, 0) / total
    const variance = counts.reduce((sum, count, value) => sum + count * (value - center) ** 2, 0) / total
    mean.push(center / 255)
    std.push(variance > 0 ? Math.sqrt(variance) / 255 : 1)
  }
  return { mean, std }
}
