/** Text: tokens, vocabularies and networks, as in torchtext. */
export { getTokenizer, tokenizers, type Tokenizer, type TokenizerName } from './tokenizer.ts'
export {
  buildVocabFromIterator,
  paddingToken,
  unknownToken,
  Vocabulary,
  type VocabularyData,
  type VocabularyOptions,
} from './vocabulary.ts'
export { numericalize, pad } from './numericalize.ts'
export * as models from './models/index.ts'
