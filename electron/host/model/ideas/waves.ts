/** Numbers as waves whose lengths the network learns. */
import { freeId, isLayer, type NetworkNode } from '../../../contract/index.ts'
import { stemOf } from '../mends.ts'
import { putBehind, type Idea } from './seen.ts'

/** As RealMLP has them: https://arxiv.org/abs/2407.04491, appendix A.1. */
const options = { frequencies: 16, embeddingDim: 4, sigma: 0.1 }

const isLayerOf = (node: NetworkNode, name: string): boolean => isLayer(node) && node.layer === name

export const learnedWaves: Idea = (seen) => {
  const named = seen.document.inputs.filter(({ kind }) => kind === 'numbers').map(({ name }) => name)
  const numbers = named.filter((name) => seen.readers(name).length > 0)
  if (numbers.length === 0) return 'It is for numbers of a table, and none go into this network.'
  const open = numbers.filter(
    (name) => !seen.readers(name).some((one) => isLayerOf(one, 'PeriodicEmbedding')),
  )
  if (open.length === 0) return 'Its numbers become waves already.'
  // A token for each wave would be another network.
  const fitting = open.filter((name) => !seen.readers(name).some((one) => isLayerOf(one, 'FeatureTokenizer')))
  if (fitting.length === 0)
    return 'Each of its columns becomes a token of its own, and waves would be more of those.'
  return fitting.reduce((document, name) => {
    const id = freeId(document, stemOf(name, 'waves'))
    const inFeatures = seen.shape(name)[1]!
    return putBehind(document, name, [
      { id, layer: 'PeriodicEmbedding', options: { inFeatures, ...options }, inputs: [name] },
    ])
  }, seen.document)
}
