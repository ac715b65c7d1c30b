/** All workloads, in the order in which they are measured. */
import type { Workload } from '../cases.ts'
import { cnn } from './cnn.ts'
import { dataPath } from './data-path.ts'
import { gru } from './gru.ts'
import { inference } from './inference.ts'
import { firstStep, memory } from './long.ts'
import { lstm } from './lstm.ts'
import { dispatch, machine } from './machine.ts'
import { mnistMlp } from './mnist-mlp.ts'
import { conv, crossEntropy, elementwise, embedding, layerNorm, matmul, reduce, softmax } from './ops.ts'
import { resnet20 } from './resnet20.ts'
import { tabm } from './tabm.ts'
import { tabularMlp } from './tabular-mlp.ts'
import { textCnn } from './text-cnn.ts'
import { transformer } from './transformer.ts'

export const workloads: readonly Workload[] = [
  machine,
  tabularMlp,
  tabm,
  mnistMlp,
  cnn,
  resnet20,
  textCnn,
  lstm,
  gru,
  transformer,
  matmul,
  conv,
  elementwise,
  reduce,
  softmax,
  layerNorm,
  crossEntropy,
  embedding,
  dispatch,
  dataPath,
  inference,
  firstStep,
  memory,
]
