/** What of an example an answer comes from, wherever that is shown. */
import { formatCount, plural } from '../lib/format.ts'

export const explained = {
  parts: {
    shares: {
      title: 'What the answer comes from',
      column: 'Adds',
      positive: 'adds to it',
      negative: 'takes from it',
    },
    losses: {
      title: 'What the answer loses without it',
      column: 'Loses without it',
      positive: 'it speaks for the answer',
      negative: 'it speaks against it',
    },
    sensitivity: {
      title: 'What the answer reacts to',
      column: 'Strength',
      positive: 'a small change of it changes the answer',
      negative: '',
    },
  },
  part: 'Part',
  says: 'Says',
  missing: 'missing',
  points: 'points',
  answer: (name: string, value: string) => `${name}: ${value}`,
  against: (reference: string) => `Of an example of which nothing is known it says ${reference}.`,
  sums: 'The parts sum to the difference.',
  left: (rest: string) => `The parts sum to the difference but for ${rest}.`,
  strongest: (name: string, part: string) => `The strongest is ${name}: ${part}.`,
  all: (parts: number) => `Show all ${formatCount(parts)} parts`,
  nothing: 'No part of the example makes a difference.',
  words: (column: string) => `Words of ${column}`,
  unknown: 'not in the vocabulary',
  picture: {
    seen: 'As the network gets it',
    map: 'Where it comes from',
    spoken: (width: number, height: number, place: string) =>
      `Of ${formatCount(width)} × ${formatCount(height)} pixels those at the ${place} count most.`,
    rows: ['top', 'middle', 'bottom'],
    columns: ['left', 'center', 'right'],
    place: (row: string, column: string) => `${row} ${column}`,
  },
  notes: 'Notes on the example',
  ask: {
    title: 'Why it says what it says',
    about: 'What of one row the answer comes from.',
    row: 'Row',
    answer: 'Answer',
    predicted: 'What is predicted',
    button: (row: number) => `Explain row ${formatCount(row)}`,
    waiting: 'Explaining…',
    why: (row: number) => `Why row ${formatCount(row)} is answered so`,
    whyColumn: 'Why',
    otherData: 'The run was trained on another version of the data: its rows are not these.',
  },
  dependence: {
    title: (column: string) => `How answers change with ${column}`,
    bare: 'How answers change with a column',
    column: 'Column',
    answer: 'Answer',
    button: (column: string) => `Go through the values of ${column}`,
    about:
      'What the network says where this column is set to one value after the other in every row, and all else stays.',
    waiting: 'Going through the values…',
    mean: 'Mean of the rows',
    of: (answer: string) => `Probability of ${answer}`,
    predicted: (target: string) => `Predicted ${target}`,
    low: 'Low (95 %)',
    high: 'High (95 %)',
    note: (rows: number, single: number) =>
      `${plural(rows, 'row')}, with all else as it is; thin lines are ${plural(single, 'row')} by ${single === 1 ? 'itself' : 'themselves'}.`,
    left: (values: number) => `${plural(values, 'rarer value is', 'rarer values are')} left out.`,
    days: 'days since 1970',
  },
}
