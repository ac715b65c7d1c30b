/** All ops. */
export * from './elementwise.ts'
export * from './reduce.ts'
export * from './movement.ts'
export * from './indexing.ts'
export * from './matmul.ts'
export * from './convolution.ts'
export * from './classification.ts'
export { randomBits, shiftRight } from './random.ts'
