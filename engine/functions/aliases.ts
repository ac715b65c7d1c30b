/** PyTorch's second names for functions. */
import { uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/core.ts'
import { abs, clamp, div, mul, neg, sign, sub, trunc } from './arithmetic.ts'
import { ge, gt, le, lt, ne } from './comparison.ts'
import { alias, type FunctionInfo } from './define.ts'
import { cat, movedim } from './movement.ts'
import { pairs, signed } from './samples.ts'

const some: FunctionInfo['samples'] = [...pairs().slice(0, 2), [signed, 0.5]]

/** As sub. Source: torch.subtract. */
export const subtract = alias('subtract', sub, some)
/** As mul. Source: torch.multiply. */
export const multiply = alias('multiply', mul, some)
/** As div. Source: torch.divide. */
export const divide = alias('divide', div, some)
/** As div, without rounding. Source: torch.true_divide. */
export const trueDivide = alias(
  'trueDivide',
  (self: Tensor, other: Tensor | number) => div(self, other),
  some,
)
/** As neg. Source: torch.negative. */
export const negative = alias('negative', neg, [[signed]])
/** As abs. Source: torch.absolute. */
export const absolute = alias('absolute', abs, [[signed]])
/** As trunc. Source: torch.fix. */
export const fix = alias('fix', trunc, [[signed]])
/** As sign. Source: torch.sgn. */
export const sgn = alias('sgn', sign, [[signed]])
/** As clamp. Source: torch.clip. */
export const clip = alias('clip', clamp, [
  [signed, -0.5, 0.5],
  [signed, { min: 0 }],
])
/** As gt. Source: torch.greater. */
export const greater = alias('greater', gt, some)
/** As ge. Source: torch.greater_equal. */
export const greaterEqual = alias('greaterEqual', ge, some)
/** As lt. Source: torch.less. */
export const less = alias('less', lt, some)
/** As le. Source: torch.less_equal. */
export const lessEqual = alias('lessEqual', le, some)
/** As ne. Source: torch.not_equal. */
export const notEqual = alias('notEqual', ne, some)
/** As movedim. Source: torch.moveaxis. */
export const moveaxis = alias('moveaxis', movedim, [[uniform([2, 3, 4]), 0, 2]])
/** As cat. Source: torch.concat. */
export const concat = alias('concat', cat, [[[signed, uniform([2, 4])]], [[signed, signed], 1]], {
  isMethod: false,
})
