import { expect, test } from 'vitest'
import { inputTable, picturesByPillow } from './readme.ts'

test('a time is said to be a share of a day', () => {
  const lines = inputTable([
    { name: 'at', dtype: 'float32', shape: ['batch', 1], missing: 'NaN', reading: { parser: 'times' } },
    { name: 'price', dtype: 'float32', shape: ['batch', 1], missing: 'NaN', reading: { parser: 'numerals' } },
  ]).filter((line) => line.includes('a share of a day from 0 to 1'))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('`at`')
})

test.each([
  ['crop', 3, ['ImageOps.fit(picture, (48, 32), ', 'np.moveaxis(']],
  ['pad', 1, ['ImageOps.pad(picture, (48, 32), Image.LANCZOS, "black")', 'convert("L")']],
  ['stretch', 3, ['picture.resize((48, 32), ', 'Image.new("RGBA", picture.size, "black")']],
] as const)('a picture is brought to size as the model’s were: %s, %i channels', (fit, channels, parts) => {
  const text = picturesByPillow([
    { name: 'weight', dtype: 'float32', shape: ['N', 1] },
    {
      name: 'the "photo"',
      dtype: 'uint8',
      shape: ['N', channels, 32, 48],
      picture: { fit, background: 'black' },
    },
  ]).join('\n')
  for (const part of [...parts, 'row["the \\"photo\\""] = pixels(']) expect(text).toContain(part)
})

test('nothing is said of pictures where there are none', () => {
  expect(picturesByPillow([{ name: 'weight', dtype: 'float32', shape: ['N', 1] }])).toEqual([])
})
