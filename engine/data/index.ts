/** Data sets, samplers and loaders, as in torch.utils.data. */
export {
  ChainDataset,
  ConcatDataset,
  Dataset,
  IterableDataset,
  randomSplit,
  Subset,
  TensorDataset,
} from './dataset.ts'
export { Generator, type GeneratorState } from './generator.ts'
export {
  BatchSampler,
  DistributedSampler,
  GroupedBatchSampler,
  RandomSampler,
  SequentialSampler,
  StratifiedSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
  type DistributedOptions,
  type RandomSamplerOptions,
  type Sampler,
} from './samplers.ts'
export { defaultCollate } from './collate.ts'
export { ModuleDataset, type DatasetModule } from './module-dataset.ts'
export { DataLoader, type CollateFn, type DataLoaderOptions, type LoaderState } from './loader.ts'
