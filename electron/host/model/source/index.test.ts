import { expect, test } from 'vitest'
import { documentOf } from '../build.ts'
import { sourceOf } from '../python.ts'
import { templateCases } from '../testing.ts'
import { checkedSource } from './index.ts'

test('what is understood and does not fit is said at its line, beside the document', async () => {
  const [{ spec }] = templateCases as [(typeof templateCases)[number]]
  const document = documentOf(spec)
  const source = await sourceOf(document)
  expect(await checkedSource(source, document.inputs)).toEqual({ document, problems: [] })

  const wide = source.replace('nn.Linear(4, 8)', 'nn.Linear(4, 9)')
  const { document: read, problems } = await checkedSource(wide, document.inputs)
  expect(read?.nodes[0]?.options).toEqual({ inFeatures: 4, outFeatures: 9 })
  const line = wide.split('\n').findIndex((text) => text.includes('"1")(')) + 1
  expect(problems).toEqual([
    { line, column: expect.any(Number) as number, message: '1 gets 9 channels and wants 8.' },
  ])

  const broken = await checkedSource(source.replace('nn.Linear(4, 8)', 'nn.Linear(4, 8'), document.inputs)
  expect(broken.document).toBeNull()
  expect(broken.problems).toHaveLength(1)
})
