/** Real data sets, and what their test metrics must reach. `atLeast` holds the mean over the seeds against published results. */
export interface Expectation {
  /** A file or a folder. */
  file: string
  /** What `descent run` is told beside it. */
  args: string[]
  metric: 'accuracy' | 'balancedAccuracy' | 'r2'
  atLeast: number
  /** Where the figure comes from. */
  source: string
}

export const expectations: Expectation[] = [
  {
    file: 'tables/breast-cancer-wisconsin.csv',
    args: ['--target', 'last'],
    metric: 'accuracy',
    atLeast: 0.95,
    source: '93.5–95.9 % in the original papers',
  },
  {
    file: 'tables/wine.csv',
    args: ['--target', 'last'],
    metric: 'accuracy',
    atLeast: 0.94,
    source: 'linear discriminant analysis reaches 98.9 % leave-one-out',
  },
  {
    file: 'tables/german.csv',
    args: ['--target', 'last'],
    metric: 'accuracy',
    atLeast: 0.7,
    source: 'published errors are near 25–30 %',
  },
  {
    file: 'tables/pima-indians-diabetes.csv',
    args: ['--target', 'last'],
    metric: 'accuracy',
    atLeast: 0.73,
    source: '76–78 % in the literature, on larger test sets than ours',
  },
  {
    file: 'tables/abalone.csv',
    args: ['--target', 'last'],
    metric: 'r2',
    atLeast: 0.5,
    source: 'networks explain 0.5–0.58 of the variance of the rings',
  },
  {
    file: 'tables/horse-colic.csv',
    args: ['--target', 'last'],
    metric: 'accuracy',
    atLeast: 0.7,
    source: 'no published figure; the majority class is 67 %',
  },
  {
    file: 'text/trec',
    args: ['--model', 'text-cnn'],
    metric: 'accuracy',
    atLeast: 0.867,
    source: 'Kim 2014 with random embeddings: 88.2 ± 1.5 % in a replication, 91.2 % in the paper',
  },
]
