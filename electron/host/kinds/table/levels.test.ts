import { expect, test } from 'vitest'
import { levelsIn } from './levels.ts'

const shuffled = (values: readonly string[]): string[] =>
  values
    .map((value, i) => ({ value, at: (i * 7 + 3) % 11 }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value)

test.each([
  ['No', 'Yes'],
  ['FALSE', 'TRUE'],
  ['nein', 'ja'],
  ['N', 'Y'],
  ['off', 'on'],
])('%s and %s say no and yes', (no, yes) => {
  expect(levelsIn([yes, no])).toEqual({ kind: 'boolean', levels: [no, yes] })
})

test.each([
  [['low', 'medium', 'high']],
  [['Fair', 'Good', 'Very Good', 'Premium', 'Ideal']],
  [['S', 'M', 'L', 'XL']],
  [['Po', 'Fa', 'TA', 'Gd', 'Ex']],
  [['strongly_disagree', 'disagree', 'neutral', 'agree', 'strongly_agree']],
  [['middle-aged', 'old'].toSpliced(0, 0, 'young')],
  [['18-24', '25-34', '35-44', '65+']],
  [['<18', '18-24', '25 and over']],
  [['0 - 10 km', '10 - 100 km', '100 - 1,000 km']],
  [['under $20k', '$20k-$50k', '$50k-$100k', '$100k or more']],
  [['<18', '18-65', '>65']],
  [['3-6 months', '6-12 months', '12+ months']],
  [['Stage I', 'Stage II', 'Stage III', 'Stage IV']],
  [['1 star', '2 stars', '5 stars']],
  [['Mon', 'Tue', 'Wed', 'Sat', 'Sun']],
  [['First', 'Second', 'Third']],
  [['low', 'high']],
])('%j are in an order', (levels) => {
  expect(levelsIn(shuffled(levels))).toEqual({ kind: 'ordered', levels })
})

test.each([
  [['red', 'green', 'blue']],
  [['male', 'female']],
  [['S', 'M']],
  [['no', 'yes', 'no phone service']],
  [['A', 'B', 'C']],
  // Scores, whose places cross.
  [['2-1', '1-3', '0-0', '3-2']],
  [['2020-21', '10-19', 'x']],
  [['room 1', 'room 2', 'room 3']],
  // Months and years, grams and kilograms.
  [['3-6 months', '6-12 months', '1-2 years']],
  [['500-999 g', '1-2 kg', '2-5 kg']],
  [['0-0', '1-1', '2-2']],
  [['10 and over', 'under 10', '10-20']],
  // Overlap.
  [['10-30', '20-40', '50-60']],
  // Two spellings of one level.
  [['low', 'Low', 'high']],
  [['555-1234', '555-2345', '555-3456', '410-1111']],
])('%j are categories', (values) => {
  expect(levelsIn(values)).toBeNull()
})
