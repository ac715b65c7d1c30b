/** Descent's engine: PyTorch's semantics in TypeScript. */
export { openDevice, listDevices, type DeviceChoice, type DeviceInfo } from './backends/open.ts'
export type { StepWork } from './backends/choice.ts'
export type { BackendName, Device } from './backends/device.ts'
export type { DType, TypedArray } from './tensor/dtype.ts'
export type { Shape } from './tensor/shape.ts'
export { Tensor, type NestedNumbers } from './tensor/tensor.ts'
export * from './functions/aliases.ts'
export * from './functions/arithmetic.ts'
export * from './functions/arrangement.ts'
export * from './functions/bitwise.ts'
export * from './functions/combining.ts'
export * from './functions/comparison.ts'
export * from './functions/creation.ts'
export { allFunctions } from './functions/define.ts'
export * from './functions/cumulative.ts'
export { einsum } from './functions/einsum.ts'
export { bincount, histc, histogram, histogramdd, type Histogram } from './functions/histograms.ts'
export * from './functions/identities.ts'
export * from './functions/indexing.ts'
export { addmm, addmv, baddbmm, bmm, dot, matmul, mm, mv, outer } from './functions/linalg.ts'
export * from './functions/movement.ts'
export { cdist, dist, norm, pdist, renorm } from './functions/norms.ts'
export * from './functions/pointwise.ts'
export {
  addbmm,
  addr,
  chainMatmul,
  cross,
  inner,
  kron,
  matrixPower,
  tensordot,
  vdot,
} from './functions/products.ts'
export * from './functions/reduction.ts'
export { broadcastShapes } from './functions/shapes.ts'
export * from './functions/sorting.ts'
export {
  asStrided,
  asStridedScatter,
  indexPut,
  indexReduce,
  maskedScatter,
  put,
  scatterReduce,
} from './functions/scattering.ts'
export { segmentReduce } from './functions/segments.ts'
export { allclose, argwhere, equal, maskedSelect, nonzero } from './functions/selection.ts'
export * from './functions/special.ts'
export * from './functions/systems.ts'
export {
  aminmax,
  corrcoef,
  cov,
  cumulativeTrapezoid,
  diff,
  gradient,
  nanmean,
  nansum,
  trapezoid,
  trapz,
} from './functions/statistics.ts'
export * from './functions/transcendental.ts'
export { unique, uniqueConsecutive } from './functions/uniques.ts'
export {
  trace,
  type GraphEdge,
  type GraphModule,
  type GraphNode,
  type GraphValue,
  type OpGraph,
} from './graph/trace.ts'
export {
  PathFinder,
  type GradientPath,
  type PathOptions,
  type PathStep,
  type PathSum,
} from './graph/paths.ts'
export { activationsOf, countsOf, type GraphCounts } from './graph/counts.ts'
export { defaultDevice, setDefaultDevice, tensor, withDevice, type TensorOptions } from './tensor/creation.ts'
export { exactData, exactTensor } from './tensor/exact.ts'
export { load, save } from './tensor/serialization.ts'
export {
  getFloat32MatmulPrecision,
  setFloat32MatmulPrecision,
  withFloat32MatmulPrecision,
  type MatmulPrecision,
} from './tensor/precision.ts'
export {
  bernoulli,
  getRngState,
  manualSeed,
  multinomial,
  normal,
  rand,
  randLike,
  randint,
  randn,
  randnLike,
  randperm,
  setRngState,
} from './tensor/random.ts'
export * as autograd from './autograd/index.ts'
export { checkpoint } from './autograd/checkpoint.ts'
export { grad, type BackwardOptions, type GradFn } from './tensor/autograd.ts'
export { enableGrad, isGradEnabled, noGrad } from './tensor/grad-mode.ts'
export { detectAnomaly } from './tensor/anomaly.ts'
export { AutogradFunction } from './tensor/function.ts'
export { maxMemoryAllocated, memoryAllocated, resetPeakMemoryStats } from './tensor/memory.ts'
export { capture, tuneStep } from './tensor/capture.ts'
export type { Stores, TextStore } from './backends/store.ts'
export * as linalg from './linalg/index.ts'
export { nativeBatchNorm, nativeLayerNorm } from './nn/functional/native.ts'
export { constantPadNd } from './nn/functional/pad.ts'
export * as nn from './nn/index.ts'
export { allModules, optionsOf, recordOf, type ModuleRecord } from './nn/define.ts'
export type { OptionDescriptor } from './nn/options.ts'
export { optionList, settle } from './nn/settle.ts'
export { pythonOf } from './nn/python.ts'
export { pythonText } from './formats/python.ts'
export { toStateName } from './formats/state-names.ts'
export { onnxOf, OnnxNodes } from './nn/onnx.ts'
export type { OnnxGraph, OnnxPort } from './formats/onnx.ts'
export { outputShapes, type DescribedTensor, type Extent } from './graph/shapes.ts'
export * as optim from './optim/index.ts'
export { polygamma } from './special/index.ts'
export * as special from './special/index.ts'
export * as data from './data/index.ts'
export * as profiler from './profiler/index.ts'
export * as text from './text/index.ts'
export * as vision from './vision/index.ts'

export { engineVersion } from './version.ts'
