/** Linear algebra, as in torch.linalg. */
export * from './factorizations.ts'
export * from './norms.ts'
export * from './products.ts'
export * from './singular.ts'
export * from './solve.ts'
