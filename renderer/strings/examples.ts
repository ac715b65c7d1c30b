/** Single examples of a training, on the step Train. */
import { formatCount, formatNumber, formatPercent, plural } from '../lib/format.ts'

export const examples = {
  row: (row: number) => formatCount(row + 1),
  listed: (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', ')),
  openRow: (row: number) => `Open row ${formatCount(row + 1)}`,
  rowTitle: (row: number) => `Row ${formatCount(row + 1)}`,
  hardest: {
    title: 'Highest loss',
    split: 'Which rows',
    validation: 'Validation',
    train: 'Training',
    test: 'Test',
    note: (looked: number, epoch: number) => `of ${plural(looked, 'row')}, after epoch ${formatCount(epoch)}`,
    trainLater: 'Training rows are looked at when the run has ended, with the weights that are kept.',
    none: 'Found at the end of the first epoch.',
    never: 'No epoch of this run was looked at.',
    row: 'Row',
    preview: 'Example',
    truth: 'True',
    predicted: 'Predicted',
    actual: 'Actual',
    ofTruth: 'Its probability',
    likely: (name: string, probability: number) => `${name} (${formatPercent(probability)})`,
    of: (name: string, value: number) => `${name} ${formatNumber(value)}`,
    loss: 'Loss',
    table: 'Examples with the highest loss',
    follow: (row: number) => `Follow the predictions of row ${formatCount(row + 1)}`,
    unfollow: (row: number) => `Follow row ${formatCount(row + 1)} no longer`,
    followed: 'Followed',
    open: 'Open these rows',
    about: 'With the highest loss, the highest first.',
    otherData: 'The rows are those of the version it was trained on, so they cannot be opened here.',
    summary: (split: string, row: number, loss: string) =>
      `${split}: the highest loss is ${loss}, of row ${formatCount(row + 1)}.`,
  },
  followed: {
    title: 'Predictions as it learns',
    note: (examples: number) => `${plural(examples, 'validation row')}, chosen by the seed`,
    epoch: 'Epoch',
    true: 'the true one',
    other: 'the strongest other',
    predicted: 'predicted',
    actual: 'actual',
    table: {
      said: (row: number, truth: string) => `Row ${formatCount(row + 1)}: ${truth}`,
      other: (row: number) => `Row ${formatCount(row + 1)}: strongest other`,
    },
    first: (epoch: string) => `epoch ${epoch}`,
    now: (said: string, name: string, other: string) => `${said} · ${name} (${other})`,
    number: (predicted: string, actual: string) => `${predicted} for ${actual}`,
    spoken: (row: number, truth: string, first: string, last: string, other: string) =>
      `Row ${formatCount(row + 1)}, ${truth}: ${first} at first, ${last} now${other === '' ? '' : `; ${other}`}.`,
    summary: (right: number, all: number, epoch: number) =>
      `After epoch ${formatCount(epoch)} the true one is the most likely for ${formatCount(right)} of ${plural(all, 'example')}.`,
    summaryOfNumbers: (all: number, epoch: number) =>
      `Predictions of ${plural(all, 'example')} up to epoch ${formatCount(epoch)}.`,
    unpin: (row: number) => `Follow row ${formatCount(row + 1)} no longer`,
    pinned: 'asked for',
  },
}
