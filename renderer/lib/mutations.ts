/** What becomes of a click that changes something: it can be undone, it was confirmed before, or it does no harm. */
import type { ProcedureName } from '../../electron/contract/index.ts'

export interface Mutation {
  /** `confirmed`: in a dialog that says what is lost. `harmless`: nothing that was there is lost. */
  readonly how: 'undoable' | 'confirmed' | 'harmless'
  readonly why: string
}
/** null: it only reads. A procedure that is not here does not compile. */
export const mutations: Readonly<Record<ProcedureName, Mutation | null>> = {
  'app.info': null,
  'notices.list': null,
  'notices.dismiss': { how: 'harmless', why: 'What it told of stays as it is; the log keeps the sentence.' },
  'jobs.list': null,
  'jobs.cancel': { how: 'harmless', why: 'What a job works on is as before, and it can be started again.' },
  'settings.get': null,
  'settings.set': {
    how: 'undoable',
    why: 'Each setting is brought back to its start value where it is set.',
  },
  'samples.list': null,
  'projects.list': null,
  'projects.create': { how: 'harmless', why: 'A new project, beside the others.' },
  'projects.createFromSample': { how: 'harmless', why: 'A new project, beside the others.' },
  'projects.get': null,
  'projects.rename': { how: 'harmless', why: 'A name, which is typed again.' },
  'projects.delete': { how: 'confirmed', why: 'Data, runs and checkpoints go for good.' },
  'projects.setStep': { how: 'harmless', why: 'Only remembers which page was open.' },
  'projects.selectRun': { how: 'harmless', why: 'Another run is chosen the same way.' },
  'projects.setRecipe': { how: 'undoable', why: 'Undo brings the former recipe back.' },
  'projects.undo': { how: 'undoable', why: 'Redo brings it back.' },
  'projects.redo': { how: 'undoable', why: 'Undo brings it back.' },
  'datasets.import': { how: 'undoable', why: 'Undo brings the former data and its recipe back.' },
  'datasets.previewImport': { how: 'harmless', why: 'Reads a file; the project’s data stays as it is.' },
  'datasets.acceptImport': { how: 'undoable', why: 'Undo brings the former data and its recipe back.' },
  'datasets.discardImport': { how: 'harmless', why: 'Forgets what was read; the file can be read again.' },
  'datasets.setTarget': { how: 'undoable', why: 'Undo brings the former target back.' },
  'datasets.page': null,
  'datasets.correct': { how: 'undoable', why: 'Undo brings the former version of the data back.' },
  'datasets.versions': null,
  'datasets.useVersion': { how: 'undoable', why: 'Undo brings the version that was used before back.' },
  'datasets.compareVersions': null,
  'explore.profile': null,
  'prepare.summary': null,
  'model.summary': null,
  'model.layers': null,
  'training.start': { how: 'harmless', why: 'A new run, beside the others; it can be stopped and deleted.' },
  'training.startFolds': {
    how: 'harmless',
    why: 'A new run, beside the others; it can be stopped and deleted.',
  },
  'training.pause': { how: 'undoable', why: 'Resume goes on with the same numbers.' },
  'training.resume': { how: 'undoable', why: 'Pause holds it again.' },
  'training.stop': { how: 'confirmed', why: 'A stopped run cannot go on; a paused one can.' },
  'training.learningRates': null,
  'training.profile': { how: 'harmless', why: 'Measures anew; the run stays as it is.' },
  'runs.list': null,
  'runs.get': null,
  'runs.columns': null,
  'runs.curves': null,
  'runs.damaged': null,
  'runs.profile': null,
  'runs.alarms': null,
  'runs.rename': { how: 'harmless', why: 'A name, which is typed again.' },
  'runs.delete': { how: 'confirmed', why: 'Curves, checkpoints and evaluations go for good.' },
  'evaluate.run': { how: 'confirmed', why: 'The test split is opened once: its seal cannot be put back.' },
  'deploy.save': {
    how: 'harmless',
    why: 'Replaces a folder only where Descent wrote it and nobody changed it; else it goes beside.',
  },
  'deploy.export': {
    how: 'harmless',
    why: 'Replaces a folder only where Descent wrote it and nobody changed it; else it goes beside.',
  },
  'deploy.list': null,
  'deploy.load': null,
  'deploy.predict': { how: 'harmless', why: 'Writes a new file of predictions.' },
  'compare.runs': null,
}
