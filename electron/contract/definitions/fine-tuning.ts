/** Where a training starts from, and which parameters it moves otherwise than the rest. */
import { define, family, type Chosen } from './define.ts'
import { filePath, number, texts } from './options.ts'

export const drawn = define({
  name: 'drawn',
  label: 'Drawn at random',
  help: 'Each layer begins as its kind does in PyTorch, drawn from the seed.',
  options: {},
})

export const pretrained = define({
  name: 'pretrained',
  label: 'Pretrained, from a file',
  help: 'Begins with the weights of a network that was trained before: tensors go where the name and the shape are the same. What the file lacks, or has in another shape, as a head for other classes has, is drawn at random.',
  advice:
    'Then freeze the layers that came from the file, or move them slower: they know already what the new ones have to learn.',
  source: 'Yosinski et al. 2014, https://arxiv.org/abs/1411.1792',
  options: {
    path: filePath(
      { name: 'Weights', endings: ['safetensors'] },
      {
        label: 'File',
        help: 'A model folder of Descent, or a .safetensors file with PyTorch’s names.',
        bounds: 'the path of a model folder or a .safetensors file',
      },
    ),
  },
})

export const wordVectors = define({
  name: 'wordVectors',
  label: 'Word vectors, from a file',
  help: 'The vectors of words begin as a file has them: GloVe, word2vec or fastText. Words that it lacks, and all other layers, are drawn at random. The network’s width of a word must be that of the file.',
  advice:
    'With few texts. Freeze the layer of the words with a rule for parameters to keep the vectors as they are; else they are learned further.',
  source: 'https://nlp.stanford.edu/projects/glove/',
  options: {
    path: filePath(
      { name: 'Word vectors', endings: ['txt', 'vec', 'bin'] },
      {
        label: 'File',
        help: 'A text file of GloVe, or .vec, .txt or .bin of word2vec or fastText, unpacked.',
        bounds: 'the path of a file of word vectors',
      },
    ),
  },
})

export const weightStarts = family({
  name: 'weights',
  one: 'start of the weights',
  help: 'What the weights are before the first step.',
  path: 'weights',
  key: 'from',
  usage: 'Chosen with --weights FILE, or --set weights.from=pretrained --set weights.path=FILE.',
  members: [drawn, pretrained, wordVectors],
})
export type WeightStart = Chosen<typeof weightStarts>

/** What is missing before there is a start; null: nothing. */
export const weightsProblem = (start: WeightStart | undefined): { option: 'path'; message: string } | null =>
  start !== undefined && 'path' in start && start.path.trim() === ''
    ? {
        option: 'path',
        message:
          start.from === wordVectors.name
            ? 'Name the file that the word vectors come from.'
            : 'Name the model folder or .safetensors file that the weights come from.',
      }
    : null

const parameters = texts(
  {
    label: 'Parameters',
    help: 'The name of a parameter or a layer; * stands for anything.',
    longest: 200,
    pattern: /^[\w.*-]+$/,
    bounds: 'a name such as conv1, conv1.weight, or with * for anything: layers.*, *.bias',
    start: '*',
  },
  {
    label: 'Parameters',
    help: 'Names of layers, or of single parameters; * stands for anything: conv1, layers.0.*, *.bias. The Model page lists them.',
    fewest: 1,
    most: 50,
    start: ['*.bias'],
  },
)

export const freeze = define({
  name: 'freeze',
  label: 'Freeze',
  help: 'These parameters stay as they are: no gradient is computed for them. A batch normalization that is frozen keeps its statistics as well.',
  advice: 'For layers whose weights come from a file, while the new ones are learned; and with little data.',
  source: 'https://docs.pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation',
  options: { parameters },
})

export const scaleRate = define({
  name: 'scaleRate',
  label: 'Own learning rate',
  help: 'These parameters take steps of another size: the learning rate, with its schedule, times a factor.',
  advice: '0.1 for layers whose weights come from a file: they should change less than new ones.',
  source: 'Howard & Ruder 2018, https://arxiv.org/abs/1801.06146',
  options: {
    parameters,
    factor: number({
      label: 'Factor',
      unit: '× the rate',
      help: 'What the learning rate is multiplied by.',
      above: 0,
      most: 100,
      step: 0.1,
      start: 0.1,
    }),
  },
})

export const ownDecay = define({
  name: 'ownDecay',
  label: 'Own weight decay',
  help: 'These parameters are pulled toward zero by another share than the optimizer’s.',
  advice:
    '0 for biases and normalizations, as most published trainings do: they do not make a network complex.',
  source: 'He et al. 2019, https://arxiv.org/abs/1812.01187, section 3.1',
  options: {
    parameters,
    weightDecay: number({
      label: 'Weight decay',
      help: 'Pulls each of these a little toward zero in each step. 0 turns it off.',
      least: 0,
      most: 1000,
      scale: 'logarithmic',
      start: 0,
    }),
  },
})

export const parameterRules = family({
  name: 'parameters',
  one: 'rule for parameters',
  help: 'Parameters that are moved otherwise than the rest; a later rule counts where two speak of the same.',
  path: 'training.parameters',
  key: 'rule',
  list: 'parameters',
  usage:
    'Chosen as a list: --set training.parameters=freeze, and their settings with --set training.parameters.freeze.parameters=\'["conv1"]\'.',
  members: [freeze, scaleRate, ownDecay],
})
export type ParameterRule = Chosen<typeof parameterRules>

/** Whether a rule that says `pattern` is about this parameter: by its own name, or by its layer’s. */
export function namesParameter(pattern: string, parameter: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replaceAll(/[.\\+?^${}()|[\]]/g, '\\$&'))
    .join('.*')
  return new RegExp(`^${source}(\\..*)?$`).test(parameter)
}
