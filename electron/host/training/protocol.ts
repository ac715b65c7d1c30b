/** What the host and a trainer process say to each other over Node's IPC channel ('advanced' serialisation). */
import type { Backend, DescentErrorValue, MetricPoint, Progress, StepProfile } from '../../contract/index.ts'
import type { InputRows } from '../kinds/kind.ts'
import type { NetworkSpec } from '../model/build.ts'
import type { BestWeights, Checkpoint, Tensors } from './checkpoint.ts'
import type { TrainOptions, TrainResult } from './train.ts'

export interface TrainJob {
  readonly type: 'train'
  readonly backend: Backend
  readonly options: TrainOptions
}

export interface PredictJob {
  readonly type: 'predict'
  readonly backend: Backend
  readonly network: NetworkSpec
  /** `model.*` */
  readonly weights: Tensors
  readonly data: InputRows
}

/** Measures a step of the run that `options` describe, without training. */
export interface ProfileJob {
  readonly type: 'measure'
  readonly backend: Backend
  readonly options: TrainOptions
}

export type Job = TrainJob | PredictJob | ProfileJob

export type ToTrainer = Job | { readonly type: 'pause' | 'resume' | 'stop' | 'profile' }

export interface DeviceReport {
  readonly type: 'device'
  readonly backend: Backend
  readonly device: string
}

export type FromTrainer =
  | DeviceReport
  | { readonly type: 'metrics'; readonly points: MetricPoint[] }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'checkpoint'; readonly last: Checkpoint; readonly best: BestWeights | null }
  | { readonly type: 'paused' | 'continued' }
  | { readonly type: 'finished'; readonly reason: TrainResult['reason']; readonly seconds: number }
  | { readonly type: 'outputs'; readonly values: Float32Array }
  | { readonly type: 'profile'; readonly profile: StepProfile }
  | { readonly type: 'failed'; readonly error: DescentErrorValue }
