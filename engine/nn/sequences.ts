/** What torch.nn.utils.rnn has. */
export {
  PackedSequence,
  packPaddedSequence,
  packSequence,
  padPackedSequence,
  padSequence,
  unpadSequence,
  type Lengths,
  type PackOptions,
  type PadOptions,
} from './packed.ts'
