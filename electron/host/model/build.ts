/** The network of a recipe: its own layers, or what its template makes of the knobs and the data; as a document and as a module. */
import {
  DescentError,
  implementationOf,
  networks,
  type Implementations,
  type Model,
  type Task,
} from '../../contract/index.ts'
import type { NetworkDocument } from '../../contract/index.ts'
import { cnn, resnet20 } from './image-templates.ts'
import { alexnet, resnet18, vgg } from './imagenet-templates.ts'
import type { InputOf, InputSpec } from './input.ts'
import { mlp } from './mlp.ts'
import { efficientnet, mobilenetV2, mobilenetV3 } from './mobile-templates.ts'
import { moduleOf, type Network } from './module.ts'
import { residual } from './residual.ts'
import { ftTransformer, realMlp, tabM, wideAndDeep } from './table-templates.ts'
import { embeddingBag, gruAttention, lstm, textCnn, transformer } from './text-templates.ts'
import { visionTransformer } from './vision-transformer.ts'

export type { Network } from './module.ts'

export interface NetworkSpec {
  readonly model: Model
  /** What `forward` takes, in this order. */
  readonly inputs: readonly InputSpec[]
  /** Units of the last layer. */
  readonly outputs: number
  /** What there is to learn: some templates bend and average otherwise for numbers than for classes. */
  readonly task: Task
}

/** Templates for one tensor take an example of nothing else. */
function onlyOf<K extends InputSpec['kind']>(
  inputs: readonly InputSpec[],
  kind: K,
  template: string,
): InputOf<K> {
  const [input, ...others] = inputs
  if (input?.kind !== kind || others.length > 0)
    throw new DescentError(
      'badRecipe',
      `The network ${template} takes ${kind} and nothing else, not ${inputs.map((one) => one.kind).join(' and ')}. Choose another network.`,
      'model.template',
    )
  return input as InputOf<K>
}

type Draw = (inputs: readonly InputSpec[], outputs: number, task: Task) => NetworkDocument

const implementations: Implementations<typeof networks, Draw> = {
  mlp: (model) => (inputs, outputs) => mlp(model, inputs, outputs),
  resnet: (model) => (inputs, outputs) => residual(model, inputs, outputs),
  realmlp: (knobs) => (inputs, outputs, task) => realMlp(knobs, inputs, outputs, task),
  tabm: (knobs) => (inputs, outputs, task) => tabM(knobs, inputs, outputs, task),
  'wide-and-deep': (knobs) => (inputs, outputs) => wideAndDeep(knobs, inputs, outputs),
  'ft-transformer': (knobs) => (inputs, outputs) => ftTransformer(knobs, inputs, outputs),
  cnn: (knobs) => (inputs, classes) => cnn(onlyOf(inputs, 'pixels', 'cnn'), classes, knobs),
  resnet20: (knobs) => (inputs, classes) => resnet20(onlyOf(inputs, 'pixels', 'resnet20'), classes, knobs),
  resnet18: (knobs) => (inputs, classes) => resnet18(onlyOf(inputs, 'pixels', 'resnet18'), classes, knobs),
  vgg: (knobs) => (inputs, classes) => vgg(onlyOf(inputs, 'pixels', 'vgg'), classes, knobs),
  alexnet: (knobs) => (inputs, classes) => alexnet(onlyOf(inputs, 'pixels', 'alexnet'), classes, knobs),
  'mobilenet-v2': (knobs) => (inputs, classes) =>
    mobilenetV2(onlyOf(inputs, 'pixels', 'mobilenet-v2'), classes, knobs),
  'mobilenet-v3': (knobs) => (inputs, classes) =>
    mobilenetV3(onlyOf(inputs, 'pixels', 'mobilenet-v3'), classes, knobs),
  efficientnet: (knobs) => (inputs, classes) =>
    efficientnet(onlyOf(inputs, 'pixels', 'efficientnet'), classes, knobs),
  vit: (knobs) => (inputs, classes) => visionTransformer(onlyOf(inputs, 'pixels', 'vit'), classes, knobs),
  'text-cnn': (knobs) => (inputs, classes) => textCnn(onlyOf(inputs, 'tokens', 'text-cnn'), classes, knobs),
  lstm: (knobs) => (inputs, classes) => lstm(onlyOf(inputs, 'tokens', 'lstm'), classes, knobs),
  gru: (knobs) => (inputs, classes) => gruAttention(onlyOf(inputs, 'tokens', 'gru'), classes, knobs),
  'embedding-bag': (knobs) => (inputs, classes) =>
    embeddingBag(onlyOf(inputs, 'tokens', 'embedding-bag'), classes, knobs),
  transformer: (knobs) => (inputs, classes) =>
    transformer(onlyOf(inputs, 'tokens', 'transformer'), classes, knobs),
  // Tensors come in the data's order, and are as large as the data has them: `fit.ts` holds the layers against that.
  custom:
    ({ document }) =>
    (inputs) => ({ ...document, inputs }),
}

export const documentOf = ({ model, inputs, outputs, task }: NetworkSpec): NetworkDocument =>
  implementationOf(networks, implementations, model)(inputs, outputs, task)

/** Weights are drawn from the engine's generator: call manualSeed before for a network that can be had again. */
export const buildNetwork = (spec: NetworkSpec): Network => moduleOf(documentOf(spec))
