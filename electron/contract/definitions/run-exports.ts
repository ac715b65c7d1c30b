/** What runs can be written as, to be looked at elsewhere. */
import { define, family, type Chosen } from './define.ts'
import { choice } from './options.ts'

export const csvOfRuns = define({
  name: 'csv-file',
  label: 'CSV',
  help: 'One file, a row for each run with its metrics and settings, or a row for each point of its curves.',
  advice: 'For spreadsheets and notebooks.',
  options: {
    contents: choice(
      [
        { value: 'runs', label: 'Runs', help: 'A row for each run: its metrics, settings, tags and note.' },
        {
          value: 'curves',
          label: 'Curves',
          help: 'A row for each epoch of each run: every series that is recorded once an epoch.',
        },
        {
          value: 'steps',
          label: 'Curves and steps',
          help: 'Also a row for each step with the loss of its batch and the norm of the gradient, where a run was watched.',
        },
        {
          value: 'layers',
          label: 'Curves, steps and layers',
          help: 'Also a column for each statistic of each layer, where a run was watched.',
        },
      ],
      { label: 'Contents', help: 'The runs as they stand in the table, or their curves.', start: 'runs' },
    ),
  },
})

export const tensorboard = define({
  name: 'tensorboard',
  label: 'TensorBoard',
  help: 'A folder of event files, one folder for each run: tensorboard --logdir FOLDER shows the curves, and under Text the settings.',
  source: 'https://www.tensorflow.org/tensorboard',
  options: {
    step: choice(
      [
        { value: 'epoch', label: 'Epoch', help: 'Curves over epochs, as Descent draws them.' },
        { value: 'batch', label: 'Batch', help: 'Curves over the batches that were trained.' },
      ],
      {
        label: 'Steps',
        help: 'What the horizontal axis counts. What was recorded within epochs always stands over batches.',
        start: 'epoch',
      },
    ),
  },
})

export const mlflow = define({
  name: 'mlflow',
  label: 'MLflow',
  help: 'A file store of MLflow: mlflow ui --backend-store-uri FOLDER shows runs, parameters, metrics and tags. It can be imported again.',
  source: 'https://mlflow.org/docs/latest/tracking.html',
  options: {},
})

export const runExports = family({
  name: 'runExports',
  one: 'form of runs',
  help: 'What runs can be written as, to be looked at elsewhere.',
  path: 'runExport',
  key: 'as',
  usage:
    'Chosen with descent runs export --as NAME -o PLACE, options with --set NAME=VALUE. Not part of a recipe.',
  members: [csvOfRuns, tensorboard, mlflow],
})
export type RunExport = Chosen<typeof runExports>
export type RunExportName = RunExport['as']
