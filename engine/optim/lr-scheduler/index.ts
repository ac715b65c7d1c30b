/** Learning rates over a training, as in torch.optim.lr_scheduler. */
export { LRScheduler, type Rated, type Scheduled, type SchedulerState } from './scheduler.ts'
export {
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  ExponentialLR,
  PolynomialLR,
  StepLR,
} from './annealing.ts'
export { ConstantLR, LambdaLR, LinearLR, MultiplicativeLR, MultiStepLR } from './factors.ts'
export { CyclicLR, OneCycleLR } from './cycles.ts'
export { ChainedScheduler, SequentialLR } from './chains.ts'
export { ReduceLROnPlateau } from './plateau.ts'
