import type { DataKind } from '../data-kind.ts'
import type { Task } from './tasks.ts'
import { networkDocumentSchema, type NetworkDocument } from '../network.ts'
import {
  family,
  familySchema,
  memberOf,
  type AnyDefinition,
  type Chosen,
  type Definition,
  type Family,
} from './define.ts'
import { choice, data, flag, list, number, whole, type Options, type ValuesOf } from './options.ts'
import {
  whyAlexnet,
  whyCnn,
  whyEmbeddingBag,
  whyFtTransformer,
  whyGru,
  whyLstm,
  whyMlp,
  whyMobile,
  whyPhotographs,
  whyRealMlp,
  whyResnet,
  whyResnet20,
  whyTabM,
  whyTextCnn,
  whyTransformer,
  whyVgg,
  whyVit,
  whyWideAndDeep,
  type NetworkFacts,
  type Why,
  type WhyOf,
} from './starting-points.ts'

import {
  ftTransformerTraining,
  alexnetTraining,
  realMlpTraining,
  tabMTraining,
  type OwnTraining,
  type TemplateTraining,
} from './template-trainings.ts'

interface NetworkWords<O extends Options = Options> {
  /** The kinds of data it can be given to. */
  readonly kinds: readonly DataKind[]
  /** What texts of at most so many words do not allow: the option to change, and a sentence; null: nothing. */
  readonly textsTooShort?: (
    values: ValuesOf<O>,
    maxTokens: number,
  ) => { readonly option: keyof O & string; readonly message: string } | null
}
const defineNetwork = <const Name extends string, const O extends Options>(
  definition: Definition<Name, O> & NetworkWords<O>,
): Definition<Name, O> & NetworkWords<O> => definition

/** How an option grows with the network. */
export interface Size {
  /** The option of which it has to stay a multiple. */
  readonly multipleOf?: string
}
interface TemplateWords<O extends Options = Options> extends NetworkWords<O> {
  /** The options that say how wide it is: “bigger” and “smaller” change them together. */
  readonly sizes: { readonly [Key in keyof O & string]?: Size }
  /** Whether it is a good start for data like that. */
  readonly why: WhyOf
  /** What its authors train it by, where that is part of it; absent: what every network starts with. */
  readonly training?: TemplateTraining
}
const defineTemplate = <const Name extends string, const O extends Options>(
  definition: Definition<Name, O> & TemplateWords<O>,
): Definition<Name, O> & TemplateWords<O> => definition

/** No layer of a template is wider. */
export const mostUnits = 8192
const units = (label: string, help: string, start: number) =>
  whole({ label, help, most: mostUnits, step: 8, start })
const dropout = (start: number) =>
  number({
    label: 'Dropout',
    help: 'In training, this share of units is switched off at random in each step, so that none can be relied on alone. Off in evaluation.',
    advice: '10 to 30 % for small tables; less when the training loss stays high.',
    least: 0,
    most: 0.95,
    step: 0.05,
    share: true,
    start,
  })
const headsShareWidth = ({ width, heads }: { readonly width: number; readonly heads: number }) =>
  width % heads === 0
    ? null
    : { option: 'width' as const, message: 'The width must be a multiple of the number of heads.' }
const embedding = units(
  'Word vectors',
  'How many numbers stand for a word. They are learned with the rest.',
  128,
)

export const mlp = defineTemplate({
  name: 'mlp',
  label: 'Multilayer perceptron',
  help: 'Layers of units, each a weighted sum of the layer before, bent by an activation function.',
  source: 'Rumelhart, Hinton & Williams 1986, https://doi.org/10.1038/323533a0',
  kinds: ['table', 'images'],
  sizes: { hidden: {} },
  why: whyMlp,
  options: {
    hidden: list(units('Units', 'Units of a hidden layer.', 32), {
      label: 'Hidden layers',
      unit: 'units each, input to output',
      help: 'Units of each hidden layer, from input to output. None at all makes a linear model.',
      advice: 'Two layers of 32 to 64 units suit most tables of some thousand rows.',
      fewest: 0,
      most: 16,
      start: [256],
    }),
    activation: choice(
      [
        { value: 'relu', label: 'ReLU' },
        { value: 'gelu', label: 'GELU' },
        { value: 'tanh', label: 'Tanh' },
      ],
      {
        label: 'Activation',
        help: 'The bend between layers. ReLU: max(0, x). GELU: a smooth ReLU. Tanh: squeezes to −1…1 and can saturate.',
        advice: 'ReLU unless there is a reason.',
        start: 'relu',
      },
    ),
    dropout: dropout(0.2),
    batchNorm: flag({
      label: 'Batch norm',
      help: 'Standardizes each unit over the batch, then learns its own scale and shift. Helps deep networks; noisy with small batches.',
      start: false,
    }),
  },
})

export const resnet = defineTemplate({
  name: 'resnet',
  label: 'Residual network',
  help: 'Blocks of two layers, each with a shortcut around it, so that a block only has to learn what the ones before it left over. Often a little better than a perceptron on tables of some thousand rows, at twice the time.',
  source: 'Gorishniy et al. 2021, section 3.2, https://arxiv.org/abs/2106.11959',
  kinds: ['table'],
  sizes: { width: {}, inner: {} },
  why: whyResnet,
  options: {
    width: units('Width', 'Units between the blocks.', 64),
    blocks: whole({ label: 'Blocks', help: 'How many blocks follow each other.', most: 32, start: 2 }),
    inner: units('Inner width', 'Units within a block.', 128),
    dropout: dropout(0.1),
  },
})

/** After Gorishniy et al. 2022, https://arxiv.org/abs/2203.05556, as RealMLP has them. */
const spreadOfWaves = number({
  label: 'Spread of the waves',
  unit: 'turns per unit',
  help: 'The standard deviation of the frequencies before they are learned: larger tells finer differences apart, and is learned by heart more easily. Without waves it changes nothing.',
  advice: 'Numbers come in scaled, so that a unit is about their standard deviation.',
  least: 0.001,
  most: 100,
  step: 0.05,
  start: 0.1,
  advanced: true,
})

export const realMlp = defineTemplate({
  name: 'realmlp',
  label: 'RealMLP',
  help: 'A perceptron as tables want it: a factor for each column that is learned, weights of one size, smooth activations, and training with a rate that falls and rises again. Mostly better than a plain perceptron, at the same cost.',
  source: 'Holzmüller et al. 2024, https://arxiv.org/abs/2407.04491',
  kinds: ['table'],
  sizes: { hidden: {} },
  why: whyRealMlp,
  training: realMlpTraining,
  options: {
    hidden: list(units('Units', 'Units of a hidden layer.', 256), {
      label: 'Hidden layers',
      unit: 'units each, input to output',
      help: 'Units of each hidden layer, from input to output.',
      advice: 'Three layers of 256 are what its authors use for every table.',
      fewest: 0,
      most: 16,
      start: [256, 256, 256],
    }),
    variant: choice(
      [
        { value: 'simple', label: 'Simple (TD-S)' },
        {
          value: 'full',
          label: 'Full (TD)',
          help: 'Numbers also as waves of learned lengths, and as much of each activation as is learned.',
        },
      ],
      {
        label: 'Variant',
        help: 'The simple one does with a factor for each column. The full one also embeds numbers and learns its activations: slower, and a little better where targets change fast along a column.',
        start: 'simple',
      },
    ),
    members: whole({
      label: 'Members',
      help: 'So many networks side by side, each with weights of its own from the first on: each learns by itself, and they predict together. Work grows with them.',
      advice: '1 is one network, as its authors have it. From 4 on most of the gain is there.',
      most: 64,
      start: 1,
    }),
    sigma: spreadOfWaves,
    dropout: dropout(0),
  },
})

export const tabM = defineTemplate({
  name: 'tabm',
  label: 'TabM',
  help: 'Many perceptrons in one network, which share nearly all their weights: each learns by itself, and they predict together. As good as an ensemble, for a part of its cost; among the best networks for tables.',
  source: 'Gorishniy et al. 2025, https://arxiv.org/abs/2410.24210',
  kinds: ['table'],
  sizes: { hidden: {} },
  why: whyTabM,
  training: tabMTraining,
  options: {
    hidden: list(units('Units', 'Units of a hidden layer.', 128), {
      label: 'Hidden layers',
      unit: 'units each, input to output',
      help: 'Units of each hidden layer of every member, from input to output.',
      advice: 'Its authors use three layers of 512; on a CPU two of 128 are quick and nearly as good.',
      fewest: 0,
      most: 16,
      start: [128, 128],
    }),
    members: whole({
      label: 'Members',
      help: 'How many networks there are side by side. Work grows with them, and weights hardly do.',
      advice: 'Its authors use 32; from 8 on most of the gain is there.',
      most: 256,
      step: 4,
      start: 16,
    }),
    mini: flag({
      label: 'Mini',
      help: 'Members differ only in how they scale the columns; off, in every layer.',
      start: true,
    }),
    waves: whole({
      label: 'Learned waves',
      unit: 'per number',
      help: 'Each number also as so many waves cos 2π(fx + b), whose frequencies f and phases b are learned with the network, and of which a layer of its own makes three numbers. By them a network finds what changes fast along a column. 0: numbers stay as they are.',
      advice:
        '0 to start with; 16 where a target jumps along a column. Work grows fourfold in the first layer.',
      least: 0,
      most: 128,
      start: 0,
    }),
    sigma: spreadOfWaves,
    dropout: dropout(0.1),
  },
})

export const wideAndDeep = defineTemplate({
  name: 'wide-and-deep',
  label: 'Wide and deep',
  help: 'A linear model and a perceptron, added up: what is plain about the data the first one learns at once, and the other one what it misses.',
  source: 'Cheng et al. 2016, https://arxiv.org/abs/1606.07792',
  kinds: ['table'],
  sizes: { hidden: {} },
  why: whyWideAndDeep,
  options: {
    hidden: list(units('Units', 'Units of a hidden layer.', 128), {
      label: 'Hidden layers',
      unit: 'units each, input to output',
      help: 'Units of each hidden layer of the deep part, from input to output.',
      fewest: 1,
      most: 16,
      start: [128, 64],
    }),
    dropout: dropout(0.1),
  },
})

export const ftTransformer = defineTemplate({
  name: 'ft-transformer',
  label: 'FT-Transformer',
  help: 'Every column as a vector that looks at all others. For tables of many thousand rows whose columns act together; slow, and slower with the square of the columns.',
  source: 'Gorishniy et al. 2021, section 3.3, https://arxiv.org/abs/2106.11959',
  kinds: ['table'],
  sizes: { width: { multipleOf: 'heads' }, feedForward: {} },
  why: whyFtTransformer,
  training: ftTransformerTraining,
  options: {
    width: units('Width', 'How many numbers stand for a column, in every layer.', 64),
    heads: whole({
      label: 'Heads',
      help: 'In how many ways columns look at each other at once. They share the width, which must be a multiple of them.',
      most: 64,
      start: 4,
    }),
    layers: whole({ label: 'Layers', help: 'How often columns look at each other.', most: 24, start: 2 }),
    feedForward: units('Inner width', 'Units of the two-layer network after each look.', 128),
    dropout: dropout(0.1),
  },
  check: headsShareWidth,
})

export const cnn = defineTemplate({
  name: 'cnn',
  label: 'Convolutional network',
  help: 'Convolutions of 3 × 3 pixels, each followed by pooling, then hidden units: at the start 32 and 64 filters, and 128 units.',
  source: 'LeCun et al. 1998, https://doi.org/10.1109/5.726791',
  kinds: ['images'],
  sizes: { filters: {}, hidden: {} },
  why: whyCnn,
  options: {
    filters: list(units('Filters', 'Patterns that a convolution looks for.', 32), {
      label: 'Filters',
      unit: 'of each convolution, input to output',
      help: 'How many patterns each convolution looks for. Behind each of them height and width are halved.',
      advice: 'Twice as many each time as the picture gets smaller.',
      fewest: 1,
      most: 8,
      start: [32, 64],
    }),
    hidden: list(units('Units', 'Units of a hidden layer.', 128), {
      label: 'Hidden layers',
      unit: 'units each',
      help: 'Units of each layer between the convolutions and the output.',
      fewest: 0,
      most: 8,
      start: [128],
    }),
    dropout: dropout(0.25),
  },
})

export const resnet20 = defineTemplate({
  name: 'resnet20',
  label: 'ResNet-20',
  help: 'Twenty layers of convolutions, unless it is made deeper or flatter, with shortcuts around every two of them. Slower and better than a small network.',
  source: 'He et al. 2016, section 4.2, https://arxiv.org/abs/1512.03385',
  kinds: ['images'],
  sizes: { width: {} },
  why: whyResnet20,
  options: {
    width: units('Width', 'Filters of the first of three stages; each further one has twice as many.', 16),
    blocks: whole({
      label: 'Blocks',
      help: 'Blocks of two convolutions in each of the three stages: 3 make 20 layers, 5 make 32, 18 make 110.',
      most: 18,
      start: 3,
    }),
  },
})

const depth = { label: 'Layers', help: 'More layers see more, and take longer.' } as const
const layerCount = <const Name extends string>(value: Name) => ({ value, label: value })

export const resnet18 = defineTemplate({
  name: 'resnet18',
  label: 'ResNet-18',
  help: 'The residual network for photographs: 18, 34 or 50 layers, of which the first ones make a picture four times smaller each way. Weights of torchvision load by name.',
  source: 'He et al. 2016, table 1, https://arxiv.org/abs/1512.03385',
  kinds: ['images'],
  sizes: { width: {} },
  why: whyPhotographs,
  options: {
    depth: choice([layerCount('18'), layerCount('34'), layerCount('50')], { ...depth, start: '18' }),
    width: units('Width', 'Filters of the first of four stages; each further one has twice as many.', 64),
  },
})

export const vgg = defineTemplate({
  name: 'vgg',
  label: 'VGG',
  help: 'Convolutions of 3 × 3 one after the other, and a wide perceptron: 11 or 16 layers. Large and slow; weights of torchvision load by name where pictures have 224 pixels and the inner width is 4096.',
  source: 'Simonyan & Zisserman 2014, https://arxiv.org/abs/1409.1556',
  kinds: ['images'],
  sizes: { width: {}, hidden: {} },
  why: whyVgg,
  options: {
    depth: choice([layerCount('11'), layerCount('16')], { ...depth, start: '11' }),
    width: units('Width', 'Filters of the first of five stages; they grow to eight times as many.', 64),
    hidden: units('Inner width', 'Units of both hidden layers behind the convolutions.', 512),
    dropout: dropout(0.5),
  },
})

const ofFirst = (start: number) =>
  units(
    'Width',
    'Filters of the first convolution; all others have more in proportion, rounded to eights.',
    start,
  )

export const mobilenetV2 = defineTemplate({
  name: 'mobilenet-v2',
  label: 'MobileNetV2',
  help: 'Convolutions of single channels between those of single pixels, 53 layers in all: a tenth of the multiplications of a residual network. For models that run on phones. Weights of torchvision load by name.',
  source: 'Sandler et al. 2018, https://arxiv.org/abs/1801.04381',
  kinds: ['images'],
  sizes: { width: {} },
  why: whyMobile,
  options: { width: ofFirst(32), dropout: dropout(0.2) },
})

export const mobilenetV3 = defineTemplate({
  name: 'mobilenet-v3',
  label: 'MobileNetV3 small',
  help: 'As MobileNetV2, with channels that weigh each other, found by a search for what is quick: the fewest multiplications of all networks here. Weights of torchvision load by name.',
  source: 'Howard et al. 2019, https://arxiv.org/abs/1905.02244',
  kinds: ['images'],
  sizes: { width: {} },
  why: whyMobile,
  options: { width: ofFirst(16), dropout: dropout(0.2) },
})

export const efficientnet = defineTemplate({
  name: 'efficientnet',
  label: 'EfficientNet-B0',
  help: 'The convolutions of MobileNet in proportions that a search found: as good as a residual network of 50 layers, with a fifth of its weights. Slow to train for its size. Weights of torchvision load by name; its stochastic depth is left out.',
  source: 'Tan & Le 2019, https://arxiv.org/abs/1905.11946',
  kinds: ['images'],
  sizes: { width: {} },
  why: whyMobile,
  options: { width: ofFirst(32), dropout: dropout(0.2) },
})

export const alexnet = defineTemplate({
  name: 'alexnet',
  label: 'AlexNet',
  help: 'Five convolutions, the first of them wide, and a wide perceptron: the network that began it, quick for photographs and less good than later ones. Weights of torchvision load by name where pictures have 224 pixels and the inner width is 4096.',
  source: 'Krizhevsky 2014, https://arxiv.org/abs/1404.5997',
  kinds: ['images'],
  sizes: { width: {}, hidden: {} },
  why: whyAlexnet,
  training: alexnetTraining,
  options: {
    width: units(
      'Width',
      'Filters of the first of five convolutions; the others have three to six times as many.',
      64,
    ),
    hidden: units('Inner width', 'Units of both hidden layers behind the convolutions.', 512),
    dropout: dropout(0.5),
  },
})

export const vit = defineTemplate({
  name: 'vit',
  label: 'Vision transformer',
  help: 'A picture is cut into patches, each of which looks at all others, several times over; the mean of them is classified. At the start the size of ViT-tiny. Wants many more images than convolutions do, or augmentation.',
  source:
    'Dosovitskiy et al. 2020, https://arxiv.org/abs/2010.11929; Beyer et al. 2022, https://arxiv.org/abs/2205.01580',
  kinds: ['images'],
  sizes: { width: { multipleOf: 'heads' }, feedForward: {} },
  why: whyVit,
  options: {
    patch: whole({
      label: 'Patch',
      unit: 'pixels at most',
      help: 'The side of a patch: the largest one up to this that cuts the picture into whole patches, four on a side at least. Work grows with the square of their number.',
      most: 64,
      start: 16,
    }),
    width: units('Width', 'How many numbers stand for a patch, in every layer.', 192),
    heads: whole({
      label: 'Heads',
      help: 'In how many ways patches look at each other at once. They share the width, which must be a multiple of them.',
      most: 64,
      start: 3,
    }),
    layers: whole({ label: 'Layers', help: 'How often patches look at each other.', most: 24, start: 12 }),
    feedForward: units('Inner width', 'Units of the two-layer network after each look.', 768),
    dropout: dropout(0),
  },
  check: headsShareWidth,
})

export const textCnn = defineTemplate({
  name: 'text-cnn',
  label: 'Text CNN',
  help: 'Filters of several widths look for phrases; the strongest response of each decides. Quick, and hard to beat on short texts.',
  source: 'Kim 2014, https://arxiv.org/abs/1408.5882',
  kinds: ['text'],
  sizes: { embedding: {}, filters: {} },
  why: whyTextCnn,
  options: {
    embedding,
    filters: units('Filters', 'Phrases that each width can look for.', 100),
    widths: list(
      whole({ label: 'Width', unit: 'words', help: 'Words that a filter covers.', most: 64, start: 3 }),
      {
        label: 'Widths',
        unit: 'words each',
        help: 'How many words the filters cover. None may cover more words than a text has.',
        fewest: 1,
        most: 16,
        start: [3, 4, 5],
      },
    ),
    dropout: dropout(0.5),
  },
  textsTooShort: ({ widths }, maxTokens) =>
    Math.max(...widths) <= maxTokens
      ? null
      : {
          option: 'widths',
          message:
            'The widest filter covers more words than a text has: raise the longest text (maxTokens) in Prepare, or use narrower filters.',
        },
})

export const lstm = defineTemplate({
  name: 'lstm',
  label: 'LSTM',
  help: 'Reads word by word and keeps a memory. For texts where order over long stretches matters.',
  source: 'Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735',
  kinds: ['text'],
  sizes: { embedding: {}, hidden: {} },
  why: whyLstm,
  options: {
    embedding,
    hidden: units('Memory', 'How many numbers its memory has.', 128),
    dropout: dropout(0.5),
  },
})

export const gru = defineTemplate({
  name: 'gru',
  label: 'GRU with attention',
  help: 'Reads from both ends and keeps what it knew at every word; how much each word counts is learned with it. For texts where a few words decide, wherever they stand.',
  source: 'Yang et al. 2016, https://aclanthology.org/N16-1174',
  kinds: ['text'],
  sizes: { embedding: {}, hidden: {} },
  why: whyGru,
  options: {
    embedding,
    hidden: units('Memory', 'How many numbers its memory has, in each direction.', 128),
    layers: whole({ label: 'Layers', help: 'Memories on top of each other.', most: 4, start: 1 }),
    dropout: dropout(0.5),
  },
})

export const embeddingBag = defineTemplate({
  name: 'embedding-bag',
  label: 'Embedding bag',
  help: 'The mean of the vectors of all words, and one linear layer. Whatever their order: a baseline that learns in seconds and is hard to beat where topics are told apart.',
  source: 'Joulin et al. 2016, https://arxiv.org/abs/1607.01759',
  kinds: ['text'],
  sizes: { embedding: {} },
  why: whyEmbeddingBag,
  options: {
    embedding,
    mode: choice(
      [
        { value: 'mean', label: 'Mean' },
        { value: 'sum', label: 'Sum' },
        { value: 'max', label: 'Largest' },
      ],
      { label: 'Of the words', help: 'What is made of the vectors of a text.', start: 'mean' },
    ),
    dropout: dropout(0.2),
  },
})

export const transformer = defineTemplate({
  name: 'transformer',
  label: 'Transformer',
  help: 'Every word looks at every other one, several times over. Wants more data than the others.',
  source: 'Vaswani et al. 2017, https://arxiv.org/abs/1706.03762',
  kinds: ['text'],
  sizes: { width: { multipleOf: 'heads' }, feedForward: {} },
  why: whyTransformer,
  options: {
    width: units('Width', 'How many numbers stand for a word, in every layer.', 128),
    heads: whole({
      label: 'Heads',
      help: 'In how many ways words look at each other at once. They share the width, which must be a multiple of them.',
      most: 64,
      start: 4,
    }),
    layers: whole({ label: 'Layers', help: 'How often words look at each other.', most: 24, start: 2 }),
    feedForward: units('Inner width', 'Units of the two-layer network after each look.', 256),
    dropout: dropout(0.1),
  },
  check: headsShareWidth,
})

const words = { one: 'network', path: 'model', key: 'template' } as const
export const tableTemplates = family({
  ...words,
  name: 'tableNetworks',
  help: 'Networks for tables.',
  members: [mlp, resnet, realMlp, tabM, wideAndDeep, ftTransformer],
})
export const imageTemplates = family({
  ...words,
  name: 'imageNetworks',
  help: 'Networks for images.',
  members: [cnn, resnet20, resnet18, mobilenetV2, mobilenetV3, efficientnet, vgg, alexnet, vit, mlp],
})
export const textTemplates = family({
  ...words,
  name: 'textNetworks',
  help: 'Networks for text.',
  members: [textCnn, lstm, gru, embeddingBag, transformer],
})
/** What draws a network from knobs, by kind of data. The first of each is the one to start with. */
export const templatesFor = { table: tableTemplates, images: imageTemplates, text: textTemplates } as const
export const templates = family({
  ...words,
  name: 'templates',
  help: 'Networks by a few knobs.',
  members: [
    mlp,
    resnet,
    realMlp,
    tabM,
    wideAndDeep,
    ftTransformer,
    cnn,
    resnet20,
    resnet18,
    mobilenetV2,
    mobilenetV3,
    efficientnet,
    vgg,
    alexnet,
    vit,
    textCnn,
    lstm,
    gru,
    embeddingBag,
    transformer,
  ],
})
export type TemplateModel = Chosen<typeof templates>
export type Template = TemplateModel['template']
export type Mlp = Extract<TemplateModel, { template: 'mlp' }>

const layersText = ({ nodes }: NetworkDocument): string =>
  nodes.length === 1 ? '1 layer' : `${nodes.length} layers`

/** A network that no template draws any more. */
const custom = defineNetwork({
  name: 'custom',
  label: 'Custom network',
  help: 'Layers that were changed by hand. They stay as they are written, whatever becomes of the data: where the two do not fit each other, a training says which layer to change.',
  kinds: ['table', 'images', 'text'],
  options: {
    document: data({
      label: 'Layers',
      help: 'Inputs, layers by PyTorch’s names with their options, and which of them is the output.',
      schema: networkDocumentSchema,
      bounds: 'a network as a document',
      text: layersText,
      start: { inputs: [], nodes: [], output: '' },
    }),
    from: data<TemplateModel | null>({
      label: 'Drawn by',
      help: 'The template, with its settings, that the layers come from: the way back. Null: none.',
      schema: familySchema(templates).nullable(),
      bounds: 'a network by its settings, or null',
      text: (from) => (from === null ? 'nobody' : memberOf(templates, from.template).label),
      start: null,
    }),
  },
})

const orCustom = <Members extends readonly AnyDefinition[]>(from: Family<'template', Members>) =>
  family({ ...from, members: [...from.members, custom] as const })
/** What recipes hold: a template with its knobs, or the layers themselves. */
export const networksFor = {
  table: orCustom(tableTemplates),
  images: orCustom(imageTemplates),
  text: orCustom(textTemplates),
} as const
export const networks = family({
  ...words,
  name: 'networks',
  help: 'The network, by a few knobs or layer by layer.',
  members: [...templates.members, custom],
})
export type Model = Chosen<typeof networks>
export type CustomModel = Extract<Model, { template: 'custom' }>

export const isCustom = (model: Model): model is CustomModel => model.template === custom.name
/** The model with these layers instead of what its template draws; keeps the way back to that. */
export const withDocument = (model: Model, document: NetworkDocument): CustomModel => ({
  template: custom.name,
  document,
  from: isCustom(model) ? model.from : model,
})

/** Of a network and the longest text that it gets. */
export const textsTooShort = (model: Model, maxTokens: number) =>
  (memberOf(networks, model.template) as NetworkWords).textsTooShort?.(model as never, maxTokens) ?? null

/** A template, and why it is a good start or not. */
export interface StartingPoint extends Why {
  readonly template: Template
}
/** The templates for a kind of data, the best start first, and those that do not fit at the end. */
export function startingPoints(kind: DataKind, facts: NetworkFacts): StartingPoint[] {
  const { members } = templatesFor[kind]
  const place = ({ rank }: Why): number => rank ?? Infinity
  const points = members.map(({ name, why }): StartingPoint => ({ template: name, ...why(facts) }))
  return points.sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)))
}
/** What its authors train it by; empty: nothing that is its own. */
export const ownTraining = (template: Template, task: Task): OwnTraining =>
  memberOf(templates, template).training?.(task) ?? {}
/** The options of a template that “bigger” and “smaller” change. */
export const sizesOf = (template: Template): Readonly<Record<string, Size>> =>
  memberOf(templates, template).sizes
