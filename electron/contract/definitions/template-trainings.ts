/** What the authors of a network train it by, where the network was made together with that. */
import { begin, type Chosen } from './define.ts'
import { parameterRules, type ParameterRule } from './fine-tuning.ts'
import { optimizers, type Optimizer } from './optimizers.ts'
import { schedules } from './schedules.ts'
import type { ValueOf } from './options.ts'
import { predictsClasses, type Task } from './tasks.ts'
import type { calibrationOptions, rangeOptions } from './training.ts'

export interface OwnTraining {
  readonly optimizer?: Optimizer
  readonly schedule?: Chosen<typeof schedules>
  readonly parameters?: ParameterRule[]
  readonly epochs?: number
  readonly batchSize?: number
  readonly clipNorm?: number
  readonly calibration?: ValueOf<typeof calibrationOptions.calibration>
  readonly range?: ValueOf<typeof rangeOptions.range>
  readonly earlyStopping?: { readonly patience: number; readonly minDelta: number } | null
}
export type TemplateTraining = (task: Task) => OwnTraining

const rate = (parameters: string[], factor: number): ParameterRule =>
  begin(parameterRules, 'scaleRate', { parameters, factor })

/** Holzmüller et al. 2024, appendix A.1: RealMLP-TD-S, without label smoothing, which costs log loss. */
export const realMlpTraining: TemplateTraining = (task) => ({
  optimizer: begin(optimizers, 'adam', {
    learningRate: predictsClasses(task) ? 0.04 : 0.07,
    beta2: 0.95,
  }),
  schedule: begin(schedules, 'waves'),
  parameters: [rate(['scale'], 6), rate(['*.bias'], 0.1)],
  epochs: 256,
  batchSize: 256,
  // The rate comes down only at the end of each wave: the best epoch is often the last.
  earlyStopping: null,
})

/** Its layers normalize nothing: on photographs steps of 0.001 switched nine in ten of their units off for good within five epochs. */
export const alexnetTraining: TemplateTraining = () => ({
  optimizer: begin(optimizers, 'adamw', { learningRate: 3e-4 }),
})

/** Gorishniy et al. 2025, section 4: AdamW without a schedule, and short steps. */
export const tabMTraining: TemplateTraining = () => ({
  optimizer: begin(optimizers, 'adamw', { learningRate: 2e-3, weightDecay: 3e-4 }),
  schedule: begin(schedules, 'constant'),
  clipNorm: 1,
})

/** Gorishniy et al. 2021, appendix E: AdamW at a small, constant rate. */
export const ftTransformerTraining: TemplateTraining = () => ({
  optimizer: begin(optimizers, 'adamw', { learningRate: 3e-4, weightDecay: 1e-5 }),
  schedule: begin(schedules, 'constant'),
})
