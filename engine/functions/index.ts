/** All public functions, by family. */
export * from './arithmetic.ts'
export * from './comparison.ts'
export * from './creation.ts'
export * from './indexing.ts'
export * from './linalg.ts'
export * from './movement.ts'
export * from './pointwise.ts'
export * from './reduction.ts'
