/** What the host and a trainer process say to each other over Node's IPC channel ('advanced' serialization). */
import type {
  Adjustment,
  Backend,
  DescentErrorValue,
  MetricPoint,
  Progress,
  TrainingReport,
  StepProfile,
} from '../../contract/index.ts'
import type { DatasetSource } from '../jobs/source.ts'
import type { BestWeights, Checkpoint } from './checkpoint.ts'
import type { Resume, TrainResult } from './train.ts'

/** How far a run goes by itself. */
export interface Leash {
  /** It pauses when this epoch has ended; null: it goes on to its own end. */
  readonly epoch: number | null
  /** It is stopped when it has trained for so many seconds; null: whenever it ends. */
  readonly seconds: number | null
}

export interface TrainJob {
  readonly type: 'train'
  readonly backend: Backend
  /** The trainer reads and prepares the data itself: the host never holds it. */
  readonly source: DatasetSource
  /** A folder for temporary files. */
  readonly scratch: string
  readonly resume: Resume | null
  readonly leash: Leash | null
}

export type ToTrainer =
  | TrainJob
  | { readonly type: 'pause' | 'stop' | 'profile' | 'checkpoint' }
  | { readonly type: 'resume'; readonly leash: Leash | null }
  | { readonly type: 'adjust'; readonly adjustment: Adjustment }
  | { readonly type: 'follow'; readonly row: number; readonly follow: boolean }

export type FromTrainer =
  | { readonly type: 'device'; readonly backend: Backend; readonly device: string }
  | { readonly type: 'learned'; readonly hashes: Record<string, string> }
  | { readonly type: 'metrics'; readonly points: MetricPoint[] }
  | { readonly type: 'steps'; readonly points: MetricPoint[] }
  | { readonly type: 'report'; readonly report: TrainingReport }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'checkpoint'; readonly last: Checkpoint; readonly best: BestWeights | null }
  | { readonly type: 'paused' | 'continued' }
  | { readonly type: 'notFollowed'; readonly row: number }
  | { readonly type: 'finished'; readonly reason: TrainResult['reason']; readonly seconds: number }
  | { readonly type: 'profile'; readonly profile: StepProfile }
  | { readonly type: 'failed'; readonly error: DescentErrorValue }
