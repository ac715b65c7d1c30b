/** Tensors with all their methods: what everything but the tensor itself imports. */
import '../functions/index.ts'
import * as arithmetic from '../functions/arithmetic.ts'
import * as bitwise from '../functions/bitwise.ts'
import { installMethods } from '../functions/define.ts'
import * as pointwise from '../functions/pointwise.ts'
import * as transcendental from '../functions/transcendental.ts'
import { Tensor } from './core.ts'

installMethods(Tensor.prototype, [
  ...Object.keys(arithmetic),
  ...Object.keys(bitwise),
  ...Object.keys(pointwise),
  ...Object.keys(transcendental),
  'sgn',
  'maskedFill',
  'scatterAdd',
])

export { cat, stack } from '../functions/movement.ts'
export { apply, applyAll, applyMulti, startRecording, Tensor, type NestedNumbers } from './core.ts'
