/** Settings of a training that stand in every recipe. */
import { choice, fraction, number, whole } from './options.ts'

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

/** What is done to gradients before a step, and to weights after it. */
export const stepOptions = {
  accumulate: whole({
    label: 'Gradient accumulation',
    unit: 'batches a step',
    help: 'Gradients of so many batches are put together to one step, which is that of a batch so many times as large where memory holds no such batch. Only batch normalization sees the small ones.',
    advice: '1 unless a batch that the network needs does not fit. Larger steps want a larger learning rate.',
    most: 1024,
    start: 1,
  }),
  clipNorm: number({
    label: 'Gradient clipping',
    unit: 'norm',
    help: 'Gradients that are longer than this, all parameters together, are shortened to it before a step. 0 turns it off. Recurrent networks and long texts want it.',
    advice: '1 is usual. Pascanu et al. 2013, https://arxiv.org/abs/1211.5063',
    least: 0,
    most: 1e6,
    step: 0.1,
    start: 0,
  }),
  averaging: fraction({
    label: 'Weight averaging',
    unit: 'decay',
    help: 'Validates and keeps an exponential average of the weights over the last steps instead of the weights themselves: it follows them so slowly that their jitter cancels. 0 turns it off.',
    advice:
      '0.99 to 0.9999, nearer to 1 the longer the training. Polyak & Juditsky 1992, https://doi.org/10.1137/0330046',
    most: 0.99999,
    step: 0.001,
    start: 0,
  }),
}

/** What becomes of the outputs of a network for classes once it is trained. */
export const calibrationOptions = {
  calibration: choice(
    [
      { value: 'none', label: 'As the network says' },
      {
        value: 'temperature',
        label: 'Temperature',
        help: 'What the network says is divided by one number, which is found on the validation split.',
      },
    ],
    {
      label: 'Calibration',
      help: 'Networks are often surer than they are right. A temperature above 1 makes all probabilities less extreme, one below 1 more: it is found on the validation split after training, by log loss, and left at 1 where no other is better by more than chance. It goes with the model into predictions, intervals and exports.',
      advice:
        'Costs nothing; a small validation split mostly leaves it at 1. Guo et al. 2017, https://arxiv.org/abs/1706.04599',
      start: 'none',
    },
  ),
}

/** What becomes of the outputs of a network for numbers. */
export const rangeOptions = {
  range: choice(
    [
      { value: 'free', label: 'As the network says' },
      {
        value: 'seen',
        label: 'What training saw',
        help: 'From the lowest to the highest target of the training rows, and a twentieth of that more on either side, but not across zero.',
      },
    ],
    {
      label: 'Range of predictions',
      help: 'A network may say anything of a row that is unlike all others. Held within what training saw, it is wrong by less there. It goes with the model into predictions and exports; the ends of intervals may lie outside.',
      advice: 'Free where the target is expected to grow beyond what there was, as sales over the years do.',
      start: 'free',
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
