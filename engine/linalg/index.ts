/** Linear algebra, as in torch.linalg. */
export { matrixExp } from './exponential.ts'
export * from './factorizations.ts'
export * from './least-squares.ts'
export * from './norms.ts'
export * from './products.ts'
export { matrixRank, pinv, svd, svdvals } from './singular.ts'
export * from './solve.ts'
