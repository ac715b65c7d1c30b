export { Module, type AnyModule, type NamedOptions } from './module.ts'
export type { LoadResult } from './load-state.ts'
export { ModuleDict, ModuleList, Sequential } from './containers.ts'
export { Parameter } from './parameter.ts'
export { ParameterDict, ParameterList } from './parameter-containers.ts'
export type { BackwardHook, ForwardHook, ForwardPreHook, HookHandle } from './hooks.ts'
export {
  CELU,
  ELU,
  GELU,
  GLU,
  Hardshrink,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  LeakyReLU,
  LogSigmoid,
  Mish,
  PReLU,
  ReLU,
  ReLU6,
  RReLU,
  SELU,
  SiLU,
  Sigmoid,
  Softplus,
  Softshrink,
  Softsign,
  Tanh,
  Tanhshrink,
  Threshold,
} from './activation.ts'
export { LogSoftmax, Softmax, Softmax2d, Softmin } from './softmax.ts'
export { AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout } from './dropout.ts'
export { Bilinear } from './bilinear.ts'
export { EmbeddingBag } from './embedding-bag.ts'
export { Identity, Linear } from './linear.ts'
export { BatchNorm1d, BatchNorm2d, BatchNorm3d, GroupNorm, LayerNorm } from './normalization.ts'
export { RMSNorm } from './rms-norm.ts'
export { Conv1d, Conv2d, Conv3d } from './convolution.ts'
export { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from './convolution-transposed.ts'
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AvgPool1d,
  AvgPool2d,
  MaxPool1d,
  MaxPool2d,
} from './pooling.ts'
export {
  AdaptiveAvgPool3d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AdaptiveMaxPool3d,
  AvgPool3d,
  MaxPool3d,
} from './pooling-volumes.ts'
export { FractionalMaxPool2d, FractionalMaxPool3d } from './pooling-fractional.ts'
export { AdaptiveLogSoftmaxWithLoss } from './adaptive-softmax.ts'
export { Fold, LPPool1d, LPPool2d, MaxUnpool1d, MaxUnpool2d, MaxUnpool3d, Unfold } from './windows.ts'
export { LocalResponseNorm } from './response.ts'
export { Embedding } from './sparse.ts'
export { GRU, LSTM, RNN, type LSTMOptions, type LSTMState } from './rnn.ts'
export { GRUCell, LSTMCell, RNNCell } from './cells.ts'
export { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from './instance-norm.ts'
export { MultiheadAttention, type AttentionMasks, type AttentionOptions } from './attention.ts'
export {
  PositionalEncoding,
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
} from './transformer.ts'
export {
  TransformerDecoder,
  TransformerDecoderLayer,
  type DecoderMasks,
  type TransformerDecoderLayerOptions,
} from './decoder.ts'
export { Transformer, type TransformerMasks } from './sequence-to-sequence.ts'
export { ColumnScale, FeatureTokenizer, MixedActivation, NTKLinear, PeriodicEmbedding } from './tabular.ts'
export { BatchEnsembleLinear, MemberLinear, MemberMean, MemberScale } from './members.ts'
export { Flatten } from './flatten.ts'
export {
  BCELoss,
  BCEWithLogitsLoss,
  CosineEmbeddingLoss,
  CrossEntropyLoss,
  GaussianNLLLoss,
  HingeEmbeddingLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  MarginRankingLoss,
  MSELoss,
  NLLLoss,
  PoissonNLLLoss,
  SmoothL1Loss,
  SoftMarginLoss,
  TripletMarginLoss,
} from './loss.ts'
export {
  CTCLoss,
  MultiLabelMarginLoss,
  MultiLabelSoftMarginLoss,
  MultiMarginLoss,
  TripletMarginWithDistanceLoss,
} from './margins.ts'
export { FocalLoss, QuantileLoss } from './weighed.ts'
export { CosineSimilarity, PairwiseDistance } from './distance.ts'
export {
  ConstantPad1d,
  ConstantPad2d,
  ConstantPad3d,
  ReflectionPad1d,
  ReflectionPad2d,
  ReflectionPad3d,
  ReplicationPad1d,
  ReplicationPad2d,
  ReplicationPad3d,
  ZeroPad2d,
} from './padding.ts'
export { ChannelShuffle, PixelShuffle, PixelUnshuffle, Unflatten, Upsample } from './shapes.ts'
export * as functional from './functional.ts'
export * as init from './initial.ts'
export * as utils from './utils.ts'
