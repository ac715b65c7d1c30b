/**
 * Ideas of others that can be tried on a network with one click: edits of its layers, each with the paper that it comes from.
 * Whether one applies to the network at hand, and what it changes there, its implementation says.
 */
import { family, type Definition } from './define.ts'

type Idea<Name extends string> = Omit<Definition<Name, Record<never, never>>, 'check' | 'upgrade'>
const defineIdea = <const Name extends string>(idea: Omit<Idea<Name>, 'options'>): Idea<Name> => ({
  ...idea,
  options: {},
})

const residual = defineIdea({
  name: 'residual',
  label: 'Residual connections',
  help: 'Adds what goes into a block to what comes out of it, so that the block only learns what is left over. Where the shapes differ, a layer of its own makes them agree.',
  advice: 'For networks that get worse as they get deeper.',
  source: 'He et al. 2016, https://arxiv.org/abs/1512.03385',
})

const batchNorm = defineIdea({
  name: 'batchNorm',
  label: 'Batch normalization',
  help: 'Standardizes what comes out of inner convolutions and linear layers over the batch, before it is bent. Allows for larger learning rates.',
  advice: 'Not with batches of fewer than about 16 examples.',
  source: 'Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167',
})

const layerNorm = defineIdea({
  name: 'layerNorm',
  label: 'Layer normalization',
  help: 'Standardizes what comes out of inner layers within each example, behind convolutions over all channels together (a group norm of one group). The same in training and prediction, whatever the batch.',
  advice: 'For texts, recurrent layers and small batches.',
  source: 'Ba, Kiros & Hinton 2016, https://arxiv.org/abs/1607.06450',
})

const dropout = defineIdea({
  name: 'dropout',
  label: 'Dropout before the output',
  help: 'Switches off 30 % of what the last layer reads, at random in each step of training, so that no single number can be relied on.',
  advice: 'Where the training loss falls far below the validation loss.',
  source: 'Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html',
})

const squeezeExcitation = defineIdea({
  name: 'squeezeExcitation',
  label: 'Squeeze and excitation',
  help: 'Weighs the channels of convolutions by what the whole picture holds: their means go through two small layers, whose answers the channels are multiplied by.',
  advice: 'A little accuracy for hardly any multiplications.',
  source: 'Hu, Shen & Sun 2018, https://arxiv.org/abs/1709.01507',
})

const attention = defineIdea({
  name: 'selfAttention',
  label: 'Attention between words',
  help: 'Lets every word look at every other one before the rest of the network reads them, and adds what it saw to the word. Paddings are not looked at.',
  advice: 'For texts in which words far from each other belong together.',
  source: 'Vaswani et al. 2017, https://arxiv.org/abs/1706.03762',
})

const wider = defineIdea({
  name: 'wider',
  label: 'Twice as wide',
  help: 'Doubles the units, filters and memory of all inner layers. About four times the weights between them.',
  advice: 'Wide and flat trains quicker than narrow and deep with as many weights.',
  source: 'Zagoruyko & Komodakis 2016, https://arxiv.org/abs/1605.07146',
})

const deeper = defineIdea({
  name: 'deeper',
  label: 'One block deeper',
  help: 'Repeats the last block of the network behind itself, with weights of its own.',
  advice: 'While the training loss stays high, and with shortcuts from about ten layers on.',
  source: 'Simonyan & Zisserman 2015, https://arxiv.org/abs/1409.1556',
})

const globalPooling = defineIdea({
  name: 'globalPooling',
  label: 'Global average pooling',
  help: 'Gives the layers behind the convolutions the mean of each channel instead of all its pixels: far fewer weights, and it does not matter where in the picture something is.',
  advice: 'Not where the place tells, and with convolutions enough before it.',
  source: 'Lin, Chen & Yan 2014, https://arxiv.org/abs/1312.4400',
})

const gelu = defineIdea({
  name: 'gelu',
  label: 'GELU instead of ReLU',
  help: 'Exchanges every ReLU for a smooth one, which passes a little of small negative numbers on.',
  source: 'Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415',
})

const silu = defineIdea({
  name: 'silu',
  label: 'SiLU instead of ReLU',
  help: 'Exchanges every ReLU for x · sigmoid(x), found by a search among activations. Also called Swish.',
  source: 'Ramachandran, Zoph & Le 2017, https://arxiv.org/abs/1710.05941',
})

const learnedWaves = defineIdea({
  name: 'learnedWaves',
  label: 'Numbers as learned waves',
  help: 'Gives the network of every number, beside itself, three sums of sixteen waves along it, whose lengths and phases it learns: so it finds what changes fast along a column. The lengths are drawn from a normal distribution at first, as are those of the encoder “Waves”, which stay as they are.',
  advice: 'For tables of numbers in which little differences tell much. Behind a step that scales.',
  source: 'Gorishniy, Rubachev & Babenko 2022, https://arxiv.org/abs/2203.05556',
})

export const ideas = family({
  name: 'ideas',
  one: 'idea',
  help: 'Ideas of others for a network, each an edit of its layers. They detach it from its template, as edits by hand do.',
  path: 'idea',
  key: 'idea',
  usage: 'Offered in the Model step, with what would change and what it would cost before it is applied.',
  members: [
    residual,
    batchNorm,
    layerNorm,
    dropout,
    squeezeExcitation,
    attention,
    wider,
    deeper,
    globalPooling,
    gelu,
    silu,
    learnedWaves,
  ],
})
export type IdeaName = (typeof ideas)['members'][number]['name']
