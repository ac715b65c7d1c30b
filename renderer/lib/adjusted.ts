/** In words: what was changed of a run while it trained. */
import type { Adjusted } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { formatCount, formatNumber } from './format.ts'

const words = strings.train.changes

export function adjustedText({
  step,
  learningRate,
  epochs,
  patience,
  clipNorm,
  backToBest,
}: Adjusted): string {
  const parts = [
    ...(backToBest ? [words.backToBest] : []),
    ...(learningRate === undefined ? [] : [words.rate(formatNumber(learningRate))]),
    ...(clipNorm === undefined ? [] : [words.clip(formatNumber(clipNorm))]),
    ...(epochs === undefined ? [] : [words.epochs(formatCount(epochs))]),
    ...(patience === undefined ? [] : [patience === null ? words.noStopping : words.patience(patience)]),
  ]
  return words.after(formatCount(step), parts.join(', '))
}
