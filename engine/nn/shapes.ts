/** The same elements in another shape or another number, as modules. */
import { uniform } from '../ops/samples.ts'
import { normalizeDim } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import * as F from './functional.ts'
import { defineLayer, naming } from './layer.ts'
import { onnxOfBatch } from './onnx.ts'
import { choice, flag, index, real, shape, shapeOrRest, whole } from './options.ts'
import { pythonText } from '../formats/python.ts'
import { optionList } from './settle.ts'

const family = 'Shapes'

/** A dimension as several: the way back from Flatten. Source: torch.nn.Unflatten. */
export const Unflatten = defineLayer(
  optionList(
    'Unflatten',
    index('dim', { help: 'The dimension that becomes several.' }),
    shapeOrRest('unflattenedSize', { help: 'Their extents; -1 in one place is what the others leave.' }),
  ),
  {
    family,
    help: 'Makes several dimensions of one.',
    forward: ({ dim, unflattenedSize }, x) => x.unflatten(dim, [unflattenedSize].flat()),
    prints: ({ dim, unflattenedSize }) =>
      `dim=${dim}, unflattened_size=${pythonText([unflattenedSize].flat())}`,
    onnx: ({ dim, unflattenedSize }, nodes, x) => {
      const d = normalizeDim(dim, x!.shape.length)
      // 0 keeps an extent, such as the batch's.
      const extents = [
        ...x!.shape.slice(0, d).map(() => 0),
        ...[unflattenedSize].flat(),
        ...x!.shape.slice(d + 1),
      ]
      return nodes.add('Reshape', [x!, nodes.list(extents)])
    },
    samples: (Made) => [
      { make: () => new Made(1, [2, 3]), inputs: [uniform([2, 6])] },
      { make: () => new Made(-2, [2, 1, 2]), inputs: [uniform([1, 4, 3])] },
      { make: () => new Made(1, [-1, 3]), inputs: [uniform([2, 6, 2])] },
    ],
  },
)

const shuffleOptions = optionList(
  'PixelShuffle',
  whole('upscaleFactor', { help: 'By how much images grow in both directions.' }),
)

/** [.., C·r², H, W] to [.., C, H·r, W·r] (Shi et al. 2016, https://arxiv.org/abs/1609.05158). Source: torch.nn.PixelShuffle. */
export const PixelShuffle = defineLayer(shuffleOptions, {
  family,
  help: 'Channels become pixels: a larger image of fewer channels.',
  forward: ({ upscaleFactor }, x) => F.pixelShuffle(x, upscaleFactor),
  prints: naming(shuffleOptions, 'upscaleFactor'),
  onnx: ({ upscaleFactor }, nodes, x) =>
    onnxOfBatch(nodes, x!, 4, (batch) =>
      nodes.add('DepthToSpace', [batch], { blocksize: { int: upscaleFactor }, mode: { string: 'CRD' } }),
    ),
  samples: (Made) => [
    { make: () => new Made(2), inputs: [uniform([2, 8, 2, 3])] },
    { make: () => new Made(3), inputs: [uniform([9, 1, 2])] },
  ],
})

const unshuffleOptions = optionList(
  'PixelUnshuffle',
  whole('downscaleFactor', { help: 'By how much images shrink in both directions.' }),
)

/** The way back from PixelShuffle. Source: torch.nn.PixelUnshuffle. */
export const PixelUnshuffle = defineLayer(unshuffleOptions, {
  family,
  help: 'Pixels become channels: a smaller image of more channels.',
  forward: ({ downscaleFactor }, x) => F.pixelUnshuffle(x, downscaleFactor),
  prints: naming(unshuffleOptions, 'downscaleFactor'),
  onnx: ({ downscaleFactor: r }, nodes, x) => {
    const [channels, height, width] = x!.shape.slice(-3) as [number, number, number]
    return onnxOfBatch(nodes, x!, 4, (batch) => {
      const apart = nodes.add('Reshape', [batch, nodes.list([0, channels, height / r, r, width / r, r])])
      const turned = nodes.add('Transpose', [apart], { perm: { ints: [0, 1, 3, 5, 2, 4] } })
      return nodes.add('Reshape', [turned, nodes.list([0, channels * r * r, height / r, width / r])])
    })
  },
  samples: (Made) => [
    { make: () => new Made(2), inputs: [uniform([2, 2, 4, 6])] },
    { make: () => new Made(2), inputs: [uniform([1, 2, 2])] },
  ],
})

const channelOptions = optionList(
  'ChannelShuffle',
  whole('groups', { help: 'Channels are dealt out from so many groups in turn.' }),
)

/** Channels of [N, C, …] dealt out from groups in turn (Zhang et al. 2018, https://arxiv.org/abs/1707.01083). Source: torch.nn.ChannelShuffle. */
export const ChannelShuffle = defineLayer(channelOptions, {
  family,
  help: 'Mixes the channels of groups, so that a grouped convolution after it sees all of them.',
  forward: ({ groups }, x) => F.channelShuffle(x, groups),
  prints: naming(channelOptions, 'groups'),
  onnx: ({ groups }, nodes, x) => {
    const [channels, ...rest] = x!.shape.slice(1) as [number, ...number[]]
    const apart = nodes.add('Reshape', [x!, nodes.list([0, groups, channels / groups, ...rest])])
    const turned = nodes.add('Transpose', [apart], {
      perm: { ints: [0, 2, 1, ...rest.map((_, i) => 3 + i)] },
    })
    return nodes.add('Reshape', [turned, nodes.list([0, channels, ...rest])])
  },
  samples: (Made) => {
    // PyTorch 1.13 has no gradient of it.
    const call = {
      ours: (module: InstanceType<typeof Made>, [x]: readonly Tensor[]) => module.forward(x!.detach()),
      python: 'm(x0.detach())',
    }
    return [
      { make: () => new Made(3), inputs: [uniform([2, 6, 2, 2])], call },
      { make: () => new Made(2), inputs: [uniform([1, 4, 3])], call },
    ]
  },
})

const upsampleOptions = optionList(
  'Upsample',
  shape('size', { default: null, nullable: true, help: 'The extents after the channels, or one for all.' }),
  real('scaleFactor', {
    default: null,
    nullable: true,
    help: 'By how much each of them grows, instead of a size.',
  }),
  choice(
    'nearest',
    'linear',
    'bilinear',
    'trilinear',
  )('mode', {
    default: 'nearest',
    help: 'Whether elements are repeated, or stand on lines between neighbors in one, two or three directions.',
  }),
  flag('alignCorners', {
    default: null,
    nullable: true,
    help: "Of lines: whether the corners' middles keep their places.",
  }),
  flag('recomputeScaleFactor', {
    default: null,
    nullable: true,
    help: 'Whether places are found by the sizes, not by scaleFactor.',
  }),
)

/** [N, C, …] in another size. Source: torch.nn.Upsample. Errors: as nn.functional.interpolate. */
export const Upsample = defineLayer(upsampleOptions, {
  family,
  help: 'Makes rows, images or volumes larger.',
  forward: ({ size, scaleFactor, mode, alignCorners, recomputeScaleFactor }, x) =>
    F.interpolate(x, {
      mode,
      ...(size === null ? {} : { size }),
      ...(scaleFactor === null ? {} : { scaleFactor }),
      ...(alignCorners === null ? {} : { alignCorners }),
      ...(recomputeScaleFactor === null ? {} : { recomputeScaleFactor }),
    }),
  prints: ({ size, scaleFactor, mode }) => {
    const decimal = Number.isInteger(scaleFactor) ? '.0' : ''
    const grown = scaleFactor === null ? `size=${pythonText(size)}` : `scale_factor=${scaleFactor}${decimal}`
    return `${grown}, mode=${mode}`
  },
  onnx: ({ size, scaleFactor, mode, alignCorners, recomputeScaleFactor }, nodes, x) => {
    const extents = x!.shape.slice(2)
    const sizes = [size ?? []].flat()
    const factors = extents.map((n, i) => {
      if (scaleFactor !== null && !recomputeScaleFactor) return scaleFactor
      const wanted = scaleFactor === null ? sizes[i % sizes.length]! : Math.floor(n * scaleFactor)
      // Sizes in ONNX would fix the batch's as well; by a factor in float32 they may come out one less.
      if (Math.floor(Math.fround(Math.fround(wanted / n) * n)) !== wanted)
        throw new Error(`ONNX has no factor that makes ${n} exactly ${wanted}.`)
      return wanted / n
    })
    const scales = nodes.number([1, 1, ...factors], [factors.length + 2])
    const places = mode === 'nearest' ? 'asymmetric' : alignCorners ? 'align_corners' : 'half_pixel'
    return nodes.add('Resize', [x!, '', scales], {
      mode: { string: mode === 'nearest' ? 'nearest' : 'linear' },
      coordinate_transformation_mode: { string: places },
      ...(mode === 'nearest' ? { nearest_mode: { string: 'floor' } } : {}),
    })
  },
  samples: (Made) => [
    { make: () => new Made({ scaleFactor: 2 }), inputs: [uniform([1, 2, 3, 4])] },
    { make: () => new Made([3, 8]), inputs: [uniform([2, 1, 3, 4])] },
    { make: () => new Made(5, null, 'bilinear'), inputs: [uniform([1, 2, 3, 4])] },
    { make: () => new Made(null, 1.5, 'bilinear', true), inputs: [uniform([1, 2, 4, 2])] },
    { make: () => new Made(6, { mode: 'linear' }), inputs: [uniform([2, 2, 3])] },
  ],
})
