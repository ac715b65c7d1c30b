/** The sample projects on the start screen. Their data is made by generate.ts. */
import { join } from 'node:path'
import type { Sample } from '../../electron/contract/index.ts'

export const samples: readonly Omit<Sample, 'taskLabel'>[] = [
  {
    id: 'churn',
    kind: 'table',
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
    kind: 'table',
    title: 'House prices',
    description:
      'What does a house sell for? Skewed areas and prices, missing values, districts as categories.',
    rows: 1500,
    columns: 11,
    target: 'price_eur',
    task: 'regression',
  },
  {
    id: 'shapes',
    kind: 'images',
    title: 'Shapes drawn by hand',
    description:
      'Circle, cross, square or triangle? Small gray pictures in folders by class, a part of them to test on.',
    rows: 500,
    task: 'classification',
  },
  {
    id: 'tickets',
    kind: 'text',
    title: 'Customer tickets',
    description:
      'What does a customer write about? Short texts by subject, some of them about two things at once.',
    rows: 1000,
    task: 'classification',
  },
]

/** A file, or a folder of files. */
const paths: Readonly<Record<string, string>> = {
  churn: 'churn.csv',
  houses: 'houses.csv',
  shapes: 'shapes.zip',
  tickets: 'tickets',
}

export const samplePath = (id: string): string => join(import.meta.dirname, paths[id]!)
