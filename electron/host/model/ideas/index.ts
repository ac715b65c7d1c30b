/** Ideas of others as edits of a document: what each does, and why it does not where it cannot. */
import {
  ideas,
  namesIn,
  type IdeaName,
  type Implementations,
  type NetworkDocument,
} from '../../../contract/index.ts'
import { walk, withShortChains } from '../check.ts'
import { attention, squeezeExcitation } from './attention.ts'
import { deeper, residual } from './blocks.ts'
import { learnedWaves } from './waves.ts'
import { batchNorm, dropout, gelu, globalPooling, layerNorm, silu, wider } from './layers.ts'
import { Seen, type Idea } from './seen.ts'

const implementations: Implementations<typeof ideas, Idea> = {
  residual: () => residual,
  batchNorm: () => batchNorm,
  layerNorm: () => layerNorm,
  dropout: () => dropout,
  squeezeExcitation: () => squeezeExcitation,
  selfAttention: () => attention,
  wider: () => wider,
  deeper: () => deeper,
  globalPooling: () => globalPooling,
  gelu: () => gelu,
  silu: () => silu,
  learnedWaves: () => learnedWaves,
}

export type Tried = { readonly document: NetworkDocument } | { readonly refusal: string }

/** What comes out fits as what went in did, and gives as many numbers. */
function tryOn(seen: Seen, name: IdeaName): Tried {
  withShortChains()
  const made = implementations[name]({})(seen)
  if (typeof made === 'string') return { refusal: made }
  const { document, problems, values } = walk(made, true)
  const [problem] = problems
  if (problem) return { refusal: `The layers would not fit each other afterwards. ${problem.message}` }
  const { output } = seen.document
  const [before, after] = [seen.shape(output), values.get(document.output)?.shape ?? []]
  return JSON.stringify(before) === JSON.stringify(after)
    ? { document }
    : { refusal: 'The output would have another shape.' }
}

/** All of them, each on the same document, which has to fit. On the current device. */
export function tryIdeas(document: NetworkDocument): { readonly name: IdeaName; readonly tried: Tried }[] {
  const seen = new Seen(document)
  return namesIn(ideas).map((name) => ({ name, tried: tryOn(seen, name) }))
}
