import * as nn from '../../nn/index.ts'
import type { DeviceOption } from '../../nn/init.ts'

export interface TextModelOptions extends DeviceOption {
  /** How many tokens there are. */
  readonly vocabulary: number
  /** How many classes there are, and so scores of each row. */
  readonly classes: number
  /** The number that fills short lines up. */
  readonly paddingIdx: number
}

/** Their table of word vectors. */
export const embeddingOf = (
  { vocabulary, paddingIdx, device }: TextModelOptions,
  width: number,
): nn.Embedding => new nn.Embedding(vocabulary, width, device ? { paddingIdx, device } : { paddingIdx })
