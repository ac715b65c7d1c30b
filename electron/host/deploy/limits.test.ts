import { beforeAll, expect, test } from 'vitest'
import { begin, encoders, preparationSteps, type Encoder } from '../../contract/index.ts'
import { useDevice } from '../training/predict.ts'
import { modelCard } from './card.ts'
import { modelOf } from './exports/testing.ts'

beforeAll(async () => {
  await useDevice('wasm')
})

test('a card says what the model is for, and where it only guesses', async () => {
  const model = await modelOf('number', [begin(preparationSteps, 'impute')], begin(encoders, 'numeric') as Encoder) // prettier-ignore
  const ranges = Array.from({ length: 9 }, (_, i) => ({ column: i === 0 ? '<b>x</b>' : `x${i}`, low: 0, high: i + 1 })) // prettier-ignore
  const card = modelCard({ ...model.document, ranges })
  const [, section = ''] = card.split('## Intended use and limits')
  expect(section).toContain('rows that come about as those of `x.csv` did')
  expect(section).toContain('It has learned from 60 examples, which are few.')
  // Names from data are text.
  expect(section).toContain(String.raw`\<b\>x\</b\> 0 to 1, x1 0 to 2`)
  expect(section).toContain('1 more column in `model.json`')
  expect(section).toContain('its test has not been opened')
  expect(section).not.toContain('Categories')
  const tested = modelCard({ ...model.document, provenance: { ...model.document.provenance, test: { accuracy: 0.9 } } }) // prettier-ignore
  expect(tested).not.toContain('its test has not been opened')
})

test('what was never seen of a category is said', async () => {
  const model = await modelOf('category', [], begin(encoders, 'oneHot') as Encoder)
  expect(modelCard(model.document)).toContain('Categories that its training has not seen are all the same to it.') // prettier-ignore
})
