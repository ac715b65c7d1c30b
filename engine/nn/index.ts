export { Module, Sequential } from './module.ts'
export { BatchNorm1d, Dropout, GELU, Linear, ReLU, Sigmoid, Tanh } from './layers.ts'
export * as functional from './functional.ts'
