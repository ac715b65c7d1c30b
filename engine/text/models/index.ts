export {
  EmbeddingBagClassifier,
  embeddingBagClassifier,
  type EmbeddingBagClassifierOptions,
} from './embedding-bag.ts'
export { GruClassifier, gruClassifier, type Attended, type GruClassifierOptions } from './gru.ts'
export { LstmClassifier, lstmClassifier, type LstmClassifierOptions } from './lstm.ts'
export { TextCnn, textCnn, type TextCnnOptions } from './text-cnn.ts'
export {
  TransformerClassifier,
  transformerClassifier,
  type TransformerClassifierOptions,
} from './transformer.ts'
