/** Derivatives of functions, and what checks or saves work on the way back, as in torch.autograd and torch.utils.checkpoint. */
export { grad } from '../tensor/autograd.ts'
export { detectAnomaly } from '../tensor/anomaly.ts'
export { AutogradFunction as Function } from '../tensor/function.ts'
export { backward } from './backward.ts'
export { checkpoint } from './checkpoint.ts'
export { gradcheck, gradgradcheck, type GradcheckOptions } from './gradcheck.ts'
export { hessian, hvp, jacobian, jvp, vhp, vjp, type DerivativeOptions } from './functional.ts'
/** The same by PyTorch's place for them, `autograd.functional.jacobian`. */
export * as functional from './functional.ts'
