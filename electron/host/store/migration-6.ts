/** Data sets become versions: an import, or an import and its corrections. Runs name the version that they were trained on. */
import type { Migration } from './migrations.ts'

export const dataVersions: Pick<Migration, 'sql'> = {
  sql: `
      -- Counted in the project, over all imports; none comes twice, also where one was forgotten.
      ALTER TABLE projects ADD COLUMN data_versions INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE datasets ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
      -- Of corrected data: the data set as it was imported, the version that it was made from, and what is otherwise.
      ALTER TABLE datasets ADD COLUMN import_id TEXT;
      ALTER TABLE datasets ADD COLUMN made_from INTEGER;
      ALTER TABLE datasets ADD COLUMN corrections TEXT;
      UPDATE datasets SET version =
        (SELECT count(*) FROM datasets AS one WHERE one.project_id = datasets.project_id AND one.rowid <= datasets.rowid);
      UPDATE projects SET data_versions = (SELECT count(*) FROM datasets WHERE project_id = projects.id);

      -- null: the data set of the run is not known any more.
      ALTER TABLE runs ADD COLUMN data_version INTEGER;
      UPDATE runs SET data_version = (SELECT version FROM datasets WHERE datasets.id = dataset_id);
    `,
}
