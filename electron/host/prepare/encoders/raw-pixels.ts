import { z } from 'zod'
import { plural, type encoders, type OptionsOf } from '../../../contract/index.ts'
import type { ImageColumn } from '../../datasets/frame.ts'
import { short } from '../words.ts'
import { defineEncoder } from './encoder.ts'

interface State extends Record<string, unknown> {
  channels: number
  height: number
  width: number
  mean: number[]
  std: number[]
}

/**
 * Mean and standard deviation of each channel over these images, of pixels scaled to 0…1. Counted by value first: sums of
 * counts are exact, whatever the order. A channel that does not vary is centered only.
 */
export function fitChannels(
  { pixels, channels, height, width, missing }: Omit<ImageColumn, 'kind' | 'name'>,
  all: Int32Array,
): { mean: number[]; std: number[] } {
  const rows = missing ? all.filter((row) => missing[row] === 0) : all
  if (rows.length === 0)
    return { mean: new Array<number>(channels).fill(0), std: new Array<number>(channels).fill(1) }
  const size = height * width
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

const scalings: Record<
  OptionsOf<typeof encoders, 'rawPixels'>['normalize'],
  (column: ImageColumn, rows: Int32Array) => { mean: number[]; std: number[] }
> = {
  none: ({ channels }) => ({
    mean: new Array<number>(channels).fill(0),
    std: new Array<number>(channels).fill(1),
  }),
  standard: fitChannels,
}

/** Bytes as they are: they become numbers on the device, where they take a quarter of the memory until then. */
export const rawPixels = defineEncoder<OptionsOf<typeof encoders, 'rawPixels'>, ImageColumn, State>({
  state: z.strictObject({
    channels: z.int().min(1),
    height: z.int().min(1),
    width: z.int().min(1),
    /** Per channel, of pixels from 0 to 1: the network sees (pixel − mean) / std. */
    mean: z.array(z.number()),
    std: z.array(z.number().positive()),
  }),
  fit(column, rows, { normalize }) {
    const { channels, height, width } = column
    return { channels, height, width, ...scalings[normalize](column, rows) }
  },
  tensor: (state) => ({ kind: 'pixels', ...state }),
  features: (_, __, { channels, height, width, mean, std }) =>
    mean.map((center, channel) => ({
      name: `${height} × ${width} pixels${channels === 1 ? '' : ` of channel ${channel + 1}`}`,
      transform: `(x / 255 − ${short(center)}) / ${short(std[channel] ?? 1)}`,
    })),
  write({ name, pixels, missing }, { channels, height, width, mean }, { data }) {
    data.set(pixels)
    if (missing === undefined) return []
    const size = height * width
    let count = 0
    for (const [row, absent] of missing.entries()) {
      if (absent === 0) continue
      count++
      // As the training rows are on average, which the network sees as nothing.
      mean.forEach((level, channel) => {
        const from = (row * channels + channel) * size
        data.fill(Math.round(255 * level), from, from + size)
      })
    }
    if (count === 0) return []
    return [
      `"${name}": ${plural(count, 'missing image')} ${count === 1 ? 'has' : 'have'} the mean color of the training split.`,
    ]
  },
  exportTo(nodes, { value }, { mean, std, channels }) {
    const share = nodes.add('Div', [nodes.add('Cast', [value], { to: { int: 1 } }), nodes.number(255)])
    const each = (values: number[]): string => nodes.number(values, [1, channels, 1, 1])
    return nodes.add('Div', [nodes.add('Sub', [share, each(mean)]), each(std)])
  },
})
