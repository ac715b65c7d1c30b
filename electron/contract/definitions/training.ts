/** Settings of a training that stand in every recipe. */
import { choice, number, whole } from './options.ts'

export const lengthOptions = {
  epochs: whole({
    label: 'Epochs',
    help: 'How often the training split is seen. With early stopping this is an upper bound.',
    most: 100_000,
    step: 10,
    start: 40,
  }),
  batchSize: whole({
    label: 'Batch size',
    unit: 'examples',
    help: 'Examples that go into one step. Small ones give noisy steps that often end better, large ones use the device better.',
    most: 65_536,
    step: 8,
    start: 64,
  }),
}

export const precisionOptions = {
  precision: choice(
    [
      { value: 'highest', label: 'Float32' },
      { value: 'medium', label: 'Float16 products', help: 'Where a GPU has them; sums stay in float32.' },
    ],
    {
      label: 'Precision',
      help: 'How exactly training steps multiply matrices: in float32, or with factors that a GPU may round to float16.',
      start: 'highest',
    },
  ),
}

export const stoppingOptions = {
  patience: whole({
    label: 'Patience',
    unit: 'epochs',
    help: 'Stops after so many epochs without progress. The weights of the best epoch are kept in any case.',
    most: 10_000,
    start: 20,
  }),
  minDelta: number({
    label: 'Minimum fall',
    unit: 'loss',
    help: 'The validation loss has to fall by at least this much to count as progress.',
    least: 0,
    step: 0.0001,
    start: 1e-4,
  }),
}
