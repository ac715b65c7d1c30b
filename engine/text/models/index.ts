export { LstmClassifier, lstmClassifier, type LstmClassifierOptions } from './lstm.ts'
export { TextCnn, textCnn, type TextCnnOptions } from './text-cnn.ts'
export {
  TransformerClassifier,
  transformerClassifier,
  type TransformerClassifierOptions,
} from './transformer.ts'
