import { expect, test } from 'vitest'
import type { NetworkDocument, NetworkNode } from '../../contract/index.ts'
import { layerChanges } from './changes.ts'

const document = (...nodes: NetworkNode[]): NetworkDocument => ({
  inputs: [{ name: 'numbers', kind: 'numbers', width: 8 }],
  nodes,
  output: nodes.at(-1)!.id,
})

test('what an option was before it was given is its default', () => {
  const layer = (options: NetworkNode['options']): NetworkNode => ({
    id: 'block',
    layer: 'TransformerEncoderLayer',
    options: { dModel: 8, nhead: 2, ...options },
    inputs: ['numbers'],
  })
  const [plain, bent] = [document(layer({})), document(layer({ activation: 'gelu' }))]
  expect(layerChanges(plain, bent)).toEqual(['TransformerEncoderLayer block: activation "relu" → "gelu"'])
  expect(layerChanges(bent, plain)).toEqual(['TransformerEncoderLayer block: activation "gelu" → "relu"'])
})
