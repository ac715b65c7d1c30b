/** How large a model may become, and how long it may take to answer. */
import { number, whole } from './options.ts'

export const budgetOptions = {
  megabytes: number({
    label: 'Size',
    unit: 'MB',
    help: 'The weights may take so much as they are trained, in float32, without the averages of batch normalization. 0 sets no limit. Nothing is refused: it is said before the training and of the saved model, with what lighter weights would take.',
    least: 0,
    most: 100_000,
    step: 1,
    start: 0,
  }),
  milliseconds: number({
    label: 'Time of an answer',
    unit: 'ms',
    help: 'So long 99 % of calls may take on this machine. 0 sets no limit. Before the training an untrained network of the same shape is timed, afterwards the model as it is served. Pictures count from their pixels on: decoding files is not part of it.',
    least: 0,
    most: 600_000,
    step: 1,
    start: 0,
  }),
  rows: whole({
    label: 'Rows of a call',
    help: 'How many rows such a call asks about.',
    most: 1000,
    start: 1,
  }),
}
