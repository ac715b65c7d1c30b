/** Initial values: those that layers give new parameters, and what fills tensors in place, as torch.nn.init. */
export * from './fill.ts'
export * from './init.ts'
