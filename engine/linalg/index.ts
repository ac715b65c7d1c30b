/** Linear algebra, as in torch.linalg. */
export * from './norms.ts'
export * from './products.ts'
