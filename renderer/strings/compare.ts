/** The page that compares runs. */
import { formatCount, plural } from '../lib/format.ts'

export const compare = {
  title: 'Compare',
  lead: 'Runs beside each other: what was different, and what came of it.',
  loading: 'Loading runs…',
  empty: {
    title: 'No run is selected',
    text: 'Tick runs in the table to see their settings and curves together.',
  },
  onlyOne: {
    before: 'There is one run so far.',
    train: 'Train another with different settings',
    after: 'to compare.',
  },
  folds: {
    title: 'Cross-validation',
    note: (done: number, folds: number) => `${done} of ${folds} folds; mean ± standard deviation`,
    metric: 'Metric',
    fold: (fold: number, repeat: number) =>
      repeat === 0 ? `Fold ${fold}` : `Fold ${fold}, repeat ${repeat + 1}`,
    mean: 'Mean',
    deviation: 'Deviation',
    on: (metric: string, split: string) => `${metric}, ${split}`,
    onSome: (metric: string, split: string, folds: number) =>
      `${metric}, ${split}, of the ${plural(folds, 'fold')} that define it`,
    split: { validation: 'validation', test: 'test' },
    test: (runs: number) => `Test ${plural(runs, 'fold')}`,
    confirm: {
      title: 'Test every fold?',
      text: 'Each fold is tested on the rows that it never learned from. If you go on to change settings because of it, the figures are no longer an honest forecast.',
    },
    testing: 'Testing every fold on the rows that it never saw…',
  },
  filters: {
    label: 'Filter runs',
    name: 'Filter by name',
    nameLabel: 'Filter runs by name',
    state: 'State of the runs',
    metric: 'Metric of the runs',
    bound: 'At least or at most',
    anyValue: 'any value',
    limit: 'Limit of the metric',
    setting: 'Setting of the runs',
    isExactly: 'is exactly',
    value: 'Value of the setting',
    clear: 'Clear filters',
    any: 'Any',
    anyState: 'Any state',
    anyMetric: 'Any metric',
    anySetting: 'Any setting',
  },
  chooser: {
    button: 'Metrics',
    title: 'Metrics in the table',
  },
  columns: {
    version: {
      label: 'Data',
      title: 'The version of the data that the run was trained on',
    },
    time: 'Time',
    bestEpoch: 'Best epoch',
  },
  table: {
    title: 'Runs',
    selection: (selected: number, all: number, full: boolean) =>
      `${formatCount(selected)} of ${formatCount(all)} selected${full ? ' (no more can be told apart)' : ''}; the best of the selected is marked`,
    found: (runs: number) => `${plural(runs, 'run')} found`,
    allSettings: 'All settings',
    selected: 'Selected',
    actions: 'Actions',
    noneFound: 'No run is like that. Clear a filter to see more.',
    noneDiffer: 'The selected runs have the same settings.',
    summary: (runs: number, selected: number) => `${plural(runs, 'run')}; ${formatCount(selected)} compared.`,
    state: 'State',
    run: 'Run',
    confirm: {
      title: (run: string) => `Delete “${run}”?`,
      text: 'Its curves, checkpoints and evaluations are deleted for good. Models already saved from it stay.',
      button: 'Delete run',
    },
  },
  row: {
    compare: (run: string) => `Compare ${run}`,
    bestOfSelected: 'Best of the selected',
    best: 'best',
    inUseTitle: 'Evaluate and Deploy show this run',
    inUse: 'In use',
    useRun: (run: string) => `Use ${run} in Evaluate and Deploy`,
    use: 'Use',
    delete: (run: string) => `Delete ${run}`,
  },
  curves: {
    loading: 'Loading the curves…',
    empty: 'None of these runs has finished an epoch in which this was measured.',
    epoch: 'Epoch',
    loss: 'Validation loss',
    mixedLoss: 'Loss (units differ)',
    metric: 'Metric of the chart',
  },
}
