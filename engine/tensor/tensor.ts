/** Tensors with all their methods: what everything but the tensor itself imports. */
import '../functions/index.ts'
import * as arithmetic from '../functions/arithmetic.ts'
import * as bitwise from '../functions/bitwise.ts'
import { installMethods } from '../functions/define.ts'
import * as pointwise from '../functions/pointwise.ts'
import * as transcendental from '../functions/transcendental.ts'
import { Tensor } from './core.ts'

/** Of other families, those whose result has the shape of the tensor. */
const others = `absolute addbmm addmm addmv addr baddbmm clip conjPhysical copysign cumprod cumsum deg2rad divide eq
  fix floatPower ge greater greaterEqual gt heaviside hypot indexAdd indexCopy indexFill indexPut
  indexReduce ldexp le less lessEqual logicalAnd logicalNot logicalOr logicalXor lt maskedScatter
  multiply nanToNum ne negative notEqual put rad2deg renorm scatter scatterReduce sinc subtract tril
  triu trueDivide xlogy`

installMethods(Tensor.prototype, [
  ...Object.keys(arithmetic),
  ...Object.keys(bitwise),
  ...Object.keys(pointwise),
  ...Object.keys(transcendental),
  ...others.split(/\s+/),
  'sgn',
  'maskedFill',
  'scatterAdd',
])

export { cat, stack } from '../functions/movement.ts'
export { apply, applyAll, applyMulti, startRecording, Tensor, type NestedNumbers } from './core.ts'
