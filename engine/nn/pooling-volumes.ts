/** Windows of volumes, and the largest of parts whose number is given, as modules. */
import { uniform } from '../ops/samples.ts'
import { eachDimension } from './checks.ts'
import * as F from './functional.ts'
import { defineLayer, naming } from './layer.ts'
import { extent, extents3, fixed, keptExtents, keptExtents3 } from './options.ts'
import {
  averaging,
  ceilMode,
  countIncludePad,
  dilation,
  divisorOverride,
  kernel,
  onnxMeans,
  onnxParts,
  onnxPool,
  padding,
  stride,
} from './pooling.ts'
import { optionList } from './settle.ts'

const family = 'Pooling'
const volumes = [uniform([1, 2, 3, 4, 5])]
const single = [uniform([2, 2, 3, 2])]

const maxPool3dOptions = optionList(
  'MaxPool3d',
  extents3('kernelSize', kernel),
  extents3('stride', stride),
  extents3('padding', padding),
  extents3('dilation', dilation),
  fixed('returnIndices', false as boolean),
  ceilMode,
)

/** Largest element of each window of [N, C, D, H, W] or [C, D, H, W]. Source: torch.nn.MaxPool3d. */
export const MaxPool3d = defineLayer(maxPool3dOptions, {
  family,
  help: 'The largest number of each window of a volume.',
  forward: ({ kernelSize, stride, padding, dilation, ceilMode }, x) =>
    F.maxPool3d(x, kernelSize, { stride, padding, dilation, ceilMode }),
  prints: naming(maxPool3dOptions, 'kernelSize', 'stride', 'padding', 'dilation', 'ceilMode'),
  onnx: (options, nodes, x) => onnxPool(nodes, x!, 'MaxPool', options, 5),
  samples: (Made) => [
    { make: () => new Made(2), inputs: volumes },
    { make: () => new Made([2, 3, 2], 1, [1, 1, 0], [1, 1, 2]), inputs: volumes },
    { make: () => new Made(2, 1), inputs: single },
  ],
})

const avgPool3dOptions = optionList(
  'AvgPool3d',
  extents3('kernelSize', kernel),
  extents3('stride', stride),
  extents3('padding', padding),
  ceilMode,
  countIncludePad,
  divisorOverride,
)

/** Mean of each window of [N, C, D, H, W] or [C, D, H, W]. Source: torch.nn.AvgPool3d. */
export const AvgPool3d = defineLayer(avgPool3dOptions, {
  family,
  help: 'The mean of each window of a volume.',
  forward: (options, x) => F.avgPool3d(x, options.kernelSize, averaging(options)),
  prints: naming(avgPool3dOptions, 'kernelSize', 'stride', 'padding'),
  onnx: (options, nodes, x) => onnxMeans(nodes, x!, options, 5),
  samples: (Made) => [
    { make: () => new Made(2), inputs: volumes },
    { make: () => new Made([2, 3, 2], 1, 1, false, false), inputs: volumes },
    { make: () => new Made(2, 1, { divisorOverride: 3 }), inputs: single },
  ],
})

const parts = 'So many parts have a number of their own along each dimension; null keeps an extent.'
const indices = fixed('returnIndices', false as boolean)

const adaptiveAvg3d = optionList(
  'AdaptiveAvgPool3d',
  keptExtents3('outputSize', { nullable: true, help: parts }),
)

/** Means of so many parts of [N, C, D, H, W] or [C, D, H, W]. Source: torch.nn.AdaptiveAvgPool3d. */
export const AdaptiveAvgPool3d = defineLayer(adaptiveAvg3d, {
  family,
  help: 'Means of so many parts of a volume, whatever its size.',
  forward: ({ outputSize }, x) => F.adaptiveAvgPool3d(x, outputSize),
  prints: naming(adaptiveAvg3d, 'outputSize'),
  onnx: ({ outputSize }, nodes, x) => onnxParts(nodes, x!, eachDimension<number | null>(outputSize, 3)),
  samples: (Made) => [
    { make: () => new Made(1), inputs: volumes },
    { make: () => new Made([3, 2, null]), inputs: volumes },
    { make: () => new Made([2, 1, 2]), inputs: single },
    { make: () => new Made(2), inputs: volumes, without: ['onnx'] },
  ],
})

const adaptiveMax1d = optionList('AdaptiveMaxPool1d', extent('outputSize', { help: parts }), indices)

/** The largest of so many parts of [N, C, L] or [C, L]. Source: torch.nn.AdaptiveMaxPool1d. */
export const AdaptiveMaxPool1d = defineLayer(adaptiveMax1d, {
  family,
  help: 'The largest of so many parts of a row, however long it is.',
  forward: ({ outputSize }, x) => F.adaptiveMaxPool1d(x, outputSize),
  prints: naming(adaptiveMax1d, 'outputSize'),
  onnx: ({ outputSize }, nodes, x) => onnxParts(nodes, x!, [outputSize].flat(), 'MaxPool'),
  samples: (Made) => [
    { make: () => new Made(1), inputs: [uniform([2, 3, 7])] },
    { make: () => new Made(3), inputs: [uniform([2, 3, 7])], without: ['onnx'] },
    { make: () => new Made(2), inputs: [uniform([3, 4])] },
  ],
})

const adaptiveMax2d = optionList(
  'AdaptiveMaxPool2d',
  keptExtents('outputSize', { nullable: true, help: parts }),
  indices,
)

/** The largest of so many parts of [N, C, H, W] or [C, H, W]. Source: torch.nn.AdaptiveMaxPool2d. */
export const AdaptiveMaxPool2d = defineLayer(adaptiveMax2d, {
  family,
  help: 'The largest of so many parts of an image, whatever its size.',
  forward: ({ outputSize }, x) => F.adaptiveMaxPool2d(x, outputSize),
  prints: naming(adaptiveMax2d, 'outputSize'),
  onnx: ({ outputSize }, nodes, x) =>
    onnxParts(nodes, x!, eachDimension<number | null>(outputSize, 2), 'MaxPool'),
  samples: (Made) => [
    { make: () => new Made(1), inputs: [uniform([2, 3, 6, 5])] },
    { make: () => new Made([2, null]), inputs: [uniform([2, 3, 6, 5])] },
    { make: () => new Made(4), inputs: [uniform([2, 3, 6, 5])], without: ['onnx'] },
    { make: () => new Made([2, 1]), inputs: [uniform([3, 4, 4])] },
  ],
})

const adaptiveMax3d = optionList(
  'AdaptiveMaxPool3d',
  keptExtents3('outputSize', { nullable: true, help: parts }),
  indices,
)

/** The largest of so many parts of [N, C, D, H, W] or [C, D, H, W]. Source: torch.nn.AdaptiveMaxPool3d. */
export const AdaptiveMaxPool3d = defineLayer(adaptiveMax3d, {
  family,
  help: 'The largest of so many parts of a volume, whatever its size.',
  forward: ({ outputSize }, x) => F.adaptiveMaxPool3d(x, outputSize),
  prints: naming(adaptiveMax3d, 'outputSize'),
  onnx: ({ outputSize }, nodes, x) =>
    onnxParts(nodes, x!, eachDimension<number | null>(outputSize, 3), 'MaxPool'),
  samples: (Made) => [
    { make: () => new Made(1), inputs: volumes },
    { make: () => new Made([3, 2, null]), inputs: volumes },
    { make: () => new Made(2), inputs: [uniform([2, 4, 2, 4])] },
  ],
})
