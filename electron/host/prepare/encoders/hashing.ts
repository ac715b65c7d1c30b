import { z } from 'zod'
import { DescentError, type encoders, type OptionsOf } from '../../../contract/index.ts'
import type { CategoryColumn } from '../../datasets/frame.ts'
import { defineEncoder } from './encoder.ts'
import { murmur3 } from './murmur3.ts'

/** The feature on which a category falls, and its sign, as scikit-learn's FeatureHasher has it. */
export function placeOfCategory(category: string, features: number): { at: number; sign: number } {
  const hash = murmur3(new TextEncoder().encode(category), 0) | 0
  return { at: Math.abs(hash) % features, sign: hash >= 0 ? 1 : -1 }
}

/** A category as ±1 on the feature that its hash says. */
export const hashing = defineEncoder<
  OptionsOf<typeof encoders, 'hashing'>,
  CategoryColumn,
  { width: number }
>({
  state: z.strictObject({ width: z.int().min(2) }),
  fit: (_, __, { features }) => ({ width: features }),
  tensor: ({ width }) => ({ kind: 'numbers', width }),
  features: (name, { notes }, { width }) =>
    Array.from({ length: width }, (_, i) => ({
      name: `${name} hash ${i}`,
      transform: [
        `1 or −1 where |murmur3(${name})| mod ${width} is ${i}, by the sign of the hash`,
        ...notes,
      ].join(', '),
    })),
  write({ codes, categories }, { width }, { data, stride, offset }) {
    const places = categories.map((category) => placeOfCategory(category, width))
    codes.forEach((code, row) => {
      const place = places[code]
      if (place) data[row * stride + offset + place.at] = place.sign
    })
    return []
  },
  exportTo() {
    throw new DescentError(
      'badRequest',
      'A column is hashed, and ONNX has no operator for that. Export the model without its preparation (--set preparation=false), or train with another encoder for its categories.',
      'preparation',
    )
  },
})
