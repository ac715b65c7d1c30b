/** Ways to say what of an example an answer comes from. */
import type { DataKind } from '../data-kind.ts'
import { define, family, memberOf, namesIn, type Chosen, type Definition } from './define.ts'
import { number, whole, type Options } from './options.ts'

interface ExplanationWords {
  /** Data that it says something of; of each kind the first member that is for it is the usual one. */
  readonly kinds: readonly DataKind[]
  /**
   * What stands beside each part: a share of the difference from the reference, what is lost without the part, how sensitive the
   * answer is, or how strongly what is seen there speaks for it.
   */
  readonly parts: 'shares' | 'losses' | 'sensitivity' | 'regions'
}

/** Parts that speak for and against have a sign; a strength has none. */
export const isSigned = (parts: ExplanationWords['parts']): boolean =>
  parts === 'shares' || parts === 'losses'

const defineExplanation = <const Name extends string, const O extends Options>({
  kinds,
  parts,
  ...definition
}: Definition<Name, O> & ExplanationWords): Definition<Name, O> & ExplanationWords => ({
  ...define(definition),
  kinds,
  parts,
})

export const shapley = defineExplanation({
  name: 'shapley',
  label: 'Shapley values',
  help: 'What each column adds when it becomes known, in the mean over all orders in which columns can become known. The parts sum to the difference between the answer and the one for an example of which nothing is known.',
  advice: 'The usual choice for tables.',
  source:
    'Lundberg & Lee 2017, https://arxiv.org/abs/1705.07874; Sundararajan & Najmi 2020, https://arxiv.org/abs/1908.08474',
  kinds: ['table'],
  parts: 'shares',
  options: {
    orders: whole({
      label: 'Orders',
      unit: 'orders of the columns',
      help: 'Of ten columns and fewer all orders count. Of more, so many are drawn, each of them forward and backward; the parts sum to the difference whatever their number.',
      start: 64,
      most: 1000,
    }),
  },
})

export const integratedGradients = defineExplanation({
  name: 'integratedGradients',
  label: 'Integrated gradients',
  help: 'Gradients of the answer along the straight way from the reference to the example, each times how far its input goes. The parts sum to the difference between the two answers.',
  advice: 'The usual choice for pictures and texts.',
  source: 'Sundararajan, Taly & Yan 2017, https://arxiv.org/abs/1703.01365',
  kinds: ['images', 'text', 'table'],
  parts: 'shares',
  options: {
    steps: whole({
      label: 'Steps',
      unit: 'places on the way',
      help: 'Where gradients are taken (Gauss–Legendre). With more of them the parts sum to the difference more closely; what is left is told.',
      start: 64,
      least: 8,
      most: 512,
    }),
  },
})

export const smoothGrad = defineExplanation({
  name: 'smoothGrad',
  label: 'Saliency',
  help: 'How strongly the answer reacts where a pixel or a word changes a little: the size of its gradient, in the mean over noisy copies of the example. It tells where the network looks, not for or against what.',
  source: 'Smilkov et al. 2017, https://arxiv.org/abs/1706.03825',
  kinds: ['images', 'text'],
  parts: 'sensitivity',
  options: {
    draws: whole({
      label: 'Copies',
      unit: 'noisy copies',
      help: 'One without noise is the plain gradient.',
      start: 16,
      most: 256,
    }),
    noise: number({
      label: 'Noise',
      unit: 'of the range of the example',
      help: 'Standard deviation of what is added to each number. 0 adds nothing.',
      start: 0.1,
      least: 0,
      most: 1,
      step: 0.01,
    }),
  },
})

export const gradCam = defineExplanation({
  name: 'gradCam',
  label: 'Grad-CAM',
  help: 'Where the maps of the last convolution speak for the answer: each map counts as much as the answer reacts to it in the mean, and what speaks against the answer counts as nothing. The maps are smaller than the picture, so it tells regions and not edges.',
  advice:
    'For networks with convolutions; the deeper they are, the more it tells objects and the less textures.',
  source: 'Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391',
  kinds: ['images'],
  parts: 'regions',
  options: {},
})

export const occlusion = defineExplanation({
  name: 'occlusion',
  label: 'Occlusion',
  help: 'How much the answer loses when a part is covered: a patch of a picture by the mean color, a word by nothing, a column by what stands for a missing value.',
  advice: 'It asks for no gradients, and so is for every network.',
  source: 'Zeiler & Fergus 2014, https://arxiv.org/abs/1311.2901',
  kinds: ['images', 'text', 'table'],
  parts: 'losses',
  options: {
    patch: number({
      label: 'Patch',
      unit: 'of the shorter side',
      help: 'Of pictures: the side of the square that is covered. Patches overlap by half.',
      start: 0.15,
      least: 0.02,
      most: 0.5,
      step: 0.01,
    }),
  },
})

export const explanations = family({
  name: 'explanations',
  one: 'explanation',
  help: 'Ways to say what of an example an answer comes from.',
  path: 'explanation',
  key: 'by',
  usage:
    'Chosen with descent explain MODEL FILE --by NAME, their settings with --set SETTING=VALUE. Not part of a recipe.',
  members: [shapley, integratedGradients, smoothGrad, gradCam, occlusion],
})
export type Explanation = Chosen<typeof explanations>
export type ExplanationName = Explanation['by']

/** Those that say something of such data, the usual one first. */
export const explanationsFor = (kind: DataKind): ExplanationName[] =>
  namesIn(explanations).filter((name) =>
    (memberOf(explanations, name).kinds as readonly DataKind[]).includes(kind),
  )
