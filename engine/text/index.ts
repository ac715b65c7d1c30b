/** Text: tokens, vocabularies and networks, as in torchtext. */
export {
  getTokenizer,
  regexTokenizer,
  tokenizers,
  type RegexTokenizerOptions,
  type Tokenizer,
  type TokenizerName,
} from './tokenizer.ts'
export {
  normalized,
  normalizer,
  unicodeForms,
  type NormalizationOptions,
  type UnicodeForm,
} from './normalize.ts'
export {
  SubwordTokenizer,
  type DecodeOptions,
  type EncodeOptions,
  type Encoding,
} from './subwords/tokenizer.ts'
export {
  trainBytePair,
  trainWordPiece,
  type BytePairTrainingOptions,
  type WordPieceTrainingOptions,
} from './subwords/train.ts'
export {
  buildVocabFromIterator,
  paddingToken,
  unknownToken,
  Vocabulary,
  type VocabularyData,
  type VocabularyOptions,
} from './vocabulary.ts'
export { numericalize, pad } from './numericalize.ts'
export {
  characterNoise,
  compose,
  parseSynonyms,
  randomDeletion,
  randomSwap,
  synonymReplacement,
  wordDropout,
  type CharacterChange,
  type CharacterNoiseOptions,
  type Synonyms,
  type TextAugmentation,
} from './augment.ts'
export { readVectors, WordVectors, type VectorFormat, type VectorOptions } from './vectors.ts'
export { embeddingOfVectors, type VocabularyVectorOptions, type VocabularyVectors } from './pretrained.ts'
export * as models from './models/index.ts'
