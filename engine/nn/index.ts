export { Module, type AnyModule, type NamedOptions } from './module.ts'
export type { LoadResult } from './load-state.ts'
export { ModuleDict, ModuleList, Sequential } from './containers.ts'
export { Parameter } from './parameter.ts'
export type { BackwardHook, ForwardHook, ForwardPreHook, HookHandle } from './hooks.ts'
export { GELU, ReLU, Sigmoid, Tanh } from './activation.ts'
export { Dropout } from './dropout.ts'
export { Identity, Linear } from './linear.ts'
export { BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm } from './normalization.ts'
export { Conv1d, Conv2d } from './convolution.ts'
export { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d } from './pooling.ts'
export { Embedding } from './sparse.ts'
export { LSTM, type LSTMOptions, type LSTMState } from './rnn.ts'
export { MultiheadAttention, type AttentionMasks } from './attention.ts'
export {
  PositionalEncoding,
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
} from './transformer.ts'
export { Flatten } from './flatten.ts'
export { CrossEntropyLoss, MSELoss } from './loss.ts'
export * as functional from './functional.ts'
export * as init from './init.ts'
