/** The step Prepare. */
import { plural } from '../lib/format.ts'

export const prepare = {
  title: 'Prepare',
  lead: 'From the data to numbers a network can learn from, and which examples are for what.',
  continue: 'Continue to Model',
  cancelled: 'Preparing was cancelled. Your settings are as before.',
  prepare: 'Prepare the data',
  preparing: 'Preparing the data…',
  again: {
    preparing: 'Preparing again…',
    cancelled: 'Preparing again was cancelled: below is what was prepared before the last change.',
    prepare: 'Prepare again',
  },
  split: {
    title: 'Split',
    method: 'Method',
    train: 'Train',
    validation: 'Validation',
    test: 'Test',
    share: (split: string) => `${split} share`,
    inPercent: (split: string) => `${split} share in percent`,
    rows: {
      none: 'None named',
      some: (rows: number) => plural(rows, 'row'),
      choose: 'Choose a list…',
      clear: 'Clear',
      wrong: (file: string, problem: string) => `${file}: ${problem}`,
    },
    testFile: {
      add: 'Test on a file of its own…',
      replace: 'Choose another test file…',
      about:
        'Its rows are read as those of the table, and are the test split. The table is imported anew: its target stays, other settings start over, and undo brings them back.',
    },
  },
  group: {
    titles: {
      number: 'Numbers',
      category: 'Categories',
      text: 'Texts',
      image: 'Images',
      date: 'Dates',
    },
    asTheyAre: 'Values are encoded as they are.',
    noSteps: 'Values of this kind go through no steps.',
    some: (values: string) => `some ${values}`,
    separate: 'Prepare some of these columns differently',
    dissolve: (values: string) => `Prepare these as the other ${values}`,
  },
  columns: {
    label: 'Columns to prepare differently',
    about: 'Columns to prepare differently. They start with the steps of this group.',
    list: 'Columns',
    choose: 'Choose columns',
    separate: (columns: number) => `Separate ${plural(columns, 'column')}`,
  },
  imbalance: 'Class imbalance',
  remedies: {
    button: 'Try remedies side by side',
    title: 'Remedies side by side',
    about:
      'A run with each of them on the same split. Compare then shows what they do for every class, with curves of precision and recall.',
    list: 'Remedies to try',
    train: (runs: number) => `Train ${plural(runs, 'run')}`,
    atLeast: 'Choose two at least',
    cancel: 'Cancel',
    present: 'set now',
    refused: (remedy: string, why: string) => `${remedy} was left out: ${why}`,
    cost: (epochs: number) => `Each trains for ${plural(epochs, 'epoch')} at most, one after the other.`,
  },
  augmentation: {
    title: 'Augmentation',
    none: 'Training images are seen as they are, in every epoch.',
  },
  target: {
    title: 'Target',
    none: 'The network learns the target in its own unit.',
    separator: {
      label: 'Separator',
      hint: 'What stands between the labels that one column lists, such as ; or |. Empty: each target column is a label of its own.',
    },
    order: {
      label: 'Order of the classes',
      ofTwo:
        'The second class is the one that is looked for: ROC AUC, average precision and Brier score are about it.',
      ofMany: 'From the lowest to the highest: a neighboring class is less wrong than a far one.',
      lookedFor: 'looked for',
      sort: 'Sort by name',
    },
  },
  summary: {
    splits: {
      train: 'Train',
      validation: 'Validation',
      test: 'Test',
    },
    rowsOf: (share: string) => `rows (${share})`,
    features: 'Features',
    leftOut: (rows: number) => `${plural(rows, 'row')} without target left out`,
    input: 'network input',
    inputs: 'network inputs',
    checks: {
      label: 'Checks',
      none: 'Nothing speaks against training on this.',
    },
    classes: {
      title: 'Classes per split',
      note: 'rows; share of the training split',
      class: 'Class',
      share: 'Share',
      weight: 'Loss weight',
    },
    rowsUnit: 'rows',
    beforeAfter: {
      title: 'Before and after',
      column: 'Column',
      before: 'Before',
      rows: 'Rows',
      asRead: (column: string) => `${column} as read`,
      after: 'After',
      afterSteps: (column: string) => `${column} after its steps`,
    },
    list: {
      title: 'Feature list',
      note: 'fitted on the training split only',
      table: 'Features',
      feature: 'Feature',
      column: 'From column',
      transform: 'Transform',
    },
  },
}
