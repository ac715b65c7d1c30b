/** Tensors with all their methods: what everything but the tensor itself imports. */
import '../functions/index.ts'
import * as arithmetic from '../functions/arithmetic.ts'
import { installMethods } from '../functions/define.ts'
import * as pointwise from '../functions/pointwise.ts'
import { Tensor } from './core.ts'

installMethods(Tensor.prototype, [
  ...Object.keys(arithmetic),
  ...Object.keys(pointwise),
  'maskedFill',
  'scatterAdd',
])

export { cat, stack } from '../functions/movement.ts'
export { apply, applyAll, applyMulti, startRecording, Tensor, type NestedNumbers } from './core.ts'
