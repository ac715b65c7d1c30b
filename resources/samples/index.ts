/** The sample projects on the start screen. Their data is made by generate.ts. */
import { join } from 'node:path'
import type { Sample } from '../../electron/contract/index.ts'

export const samples: readonly Sample[] = [
  {
    id: 'churn',
    title: 'Customer churn',
    description:
      'Which customers of a phone company leave? Mixed columns, missing values, an id, and 15 % of the rows positive.',
    rows: 2000,
    columns: 12,
    target: 'churned',
    task: 'binary',
  },
  {
    id: 'houses',
    title: 'House prices',
    description:
      'What does a house sell for? Skewed areas and prices, missing values, districts as categories.',
    rows: 1500,
    columns: 11,
    target: 'price_eur',
    task: 'regression',
  },
]

export const sampleFile = (id: string): string => join(import.meta.dirname, `${id}.csv`)
