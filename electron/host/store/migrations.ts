/**
 * The schema, as numbered steps. A released step is never edited: a change is a new step at the end.
 * A large step stands in a file of its own.
 * Two files: `descent.db` (main) holds what people look at; `checkpoints.db` (attached as `blobs`) holds weights,
 * so the small file stays quick to back up while the large one churns.
 */
import { keyBySettingsOfText } from './test-rows.ts'
import { metricsAsRows } from './migration-5.ts'
import { dataVersions } from './migration-6.ts'
import { marksOfRuns } from './migration-9.ts'

export interface Migration {
  readonly version: number
  readonly sql: string
  /** What the SQL calls to read documents that it cannot read itself. */
  readonly functions?: Readonly<Record<string, (value: string) => string>>
}

export const mainMigrations: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE projects (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        step TEXT NOT NULL DEFAULT 'data',
        dataset_id TEXT,
        recipe TEXT,
        selected_run TEXT,
        history_position INTEGER NOT NULL DEFAULT 0
      ) STRICT;

      -- Position 0 is the state before the first import: no recipe, no data.
      CREATE TABLE recipe_history (
        project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        recipe TEXT,
        dataset_id TEXT,
        PRIMARY KEY (project_id, position)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE datasets (
        id TEXT PRIMARY KEY,
        project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        sha256 TEXT NOT NULL,
        receipt TEXT NOT NULL,
        rows INTEGER NOT NULL,
        columns TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX datasets_by_project ON datasets(project_id);

      CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        finished_at INTEGER,
        task TEXT NOT NULL,
        recipe TEXT NOT NULL,
        data_sha256 TEXT NOT NULL,
        dataset_id TEXT NOT NULL,
        seed INTEGER NOT NULL,
        engine_version TEXT NOT NULL,
        backend TEXT,
        device TEXT,
        epoch INTEGER NOT NULL DEFAULT 0,
        epochs INTEGER NOT NULL,
        best_epoch INTEGER,
        best_validation_loss REAL,
        best_validation_score REAL,
        seconds REAL NOT NULL DEFAULT 0,
        test TEXT,
        error TEXT
      ) STRICT;
      CREATE INDEX runs_by_project ON runs(project_id, created_at);

      CREATE TABLE metrics (
        run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        epoch INTEGER NOT NULL,
        step INTEGER NOT NULL,
        seconds REAL NOT NULL,
        train_loss REAL,
        validation_loss REAL,
        validation_score REAL,
        learning_rate REAL NOT NULL,
        throughput REAL NOT NULL,
        PRIMARY KEY (run_id, epoch)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE evaluations (
        run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        split TEXT NOT NULL,
        result TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (run_id, split)
      ) STRICT, WITHOUT ROWID;

      -- An exported model outlives its run, so no foreign key.
      CREATE TABLE models (
        path TEXT PRIMARY KEY,
        run_id TEXT NOT NULL,
        info TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    version: 2,
    sql: `
      CREATE TABLE profiles (
        run_id TEXT PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
        result TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    version: 3,
    sql: `
      -- Every file below the workspace that this database knows it made. Only such a file is ever deleted, and only
      -- when nothing refers to it. sha256 is null until it is known: version 0.1.0 did not write it down.
      CREATE TABLE files (
        path TEXT PRIMARY KEY,
        sha256 TEXT,
        created_at INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE dataset_files (
        dataset_id TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
        path TEXT NOT NULL REFERENCES files(path),
        PRIMARY KEY (dataset_id, path)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX dataset_files_by_path ON dataset_files(path);
      INSERT INTO files (path, created_at)
        SELECT 'datasets/' || id || '.parquet', created_at FROM datasets
        WHERE json_valid(receipt) AND coalesce(json_extract(receipt, '$.kind'), 'table') = 'table';
      INSERT OR IGNORE INTO files (path, sha256, created_at)
        SELECT 'datasets/originals/' || json_extract(file.value, '$.sha256'), json_extract(file.value, '$.sha256'), datasets.created_at
        FROM datasets, json_each(iif(json_valid(receipt), receipt, '{}'), '$.files') AS file;
      INSERT INTO dataset_files (dataset_id, path)
        SELECT id, 'datasets/' || id || '.parquet' FROM datasets
        WHERE 'datasets/' || id || '.parquet' IN (SELECT path FROM files);
      INSERT OR IGNORE INTO dataset_files (dataset_id, path)
        SELECT datasets.id, 'datasets/originals/' || json_extract(file.value, '$.sha256')
        FROM datasets, json_each(iif(json_valid(receipt), receipt, '{}'), '$.files') AS file;

      CREATE TABLE backups (
        path TEXT PRIMARY KEY,
        created_at INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE notices (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        created_at INTEGER NOT NULL,
        severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
        message TEXT NOT NULL,
        dismissed_at INTEGER
      ) STRICT;
      CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
      ) STRICT;
    `,
  },
  {
    version: 4,
    sql: `
      -- A project lists the models saved from it, those of deleted runs too.
      ALTER TABLE models ADD COLUMN project_id TEXT;
      UPDATE models SET project_id = (SELECT project_id FROM runs WHERE runs.id = models.run_id);
      CREATE INDEX models_by_project ON models(project_id, created_at);

      -- What was found out about data, by what was asked: kinds and roles of its columns. It can be found out again.
      CREATE TABLE data_profiles (
        dataset_id TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
        asked TEXT NOT NULL,
        result TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (dataset_id, asked)
      ) STRICT;
    `,
  },
  { version: 5, ...metricsAsRows },
  { version: 6, ...dataVersions },
  {
    version: 7,
    sql: `
      -- What a model was exported as; null: it is a model folder.
      ALTER TABLE models ADD COLUMN format TEXT;
    `,
  },
  {
    version: 8,
    functions: { key_by_settings: keyBySettingsOfText },
    sql: `
      -- Which runs were tested on rows that nothing is to be decided by. Stays when the run is deleted: it was seen.
      CREATE TABLE test_looks (
        id INTEGER PRIMARY KEY,
        project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        -- Which rows those are: the import, and the rows themselves or the split of the recipe.
        rows TEXT NOT NULL,
        run_id TEXT NOT NULL,
        looked_at INTEGER NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX test_looks_by_rows ON test_looks(project_id, rows, run_id);
      -- Of runs that were tested before, the settings say which rows those were.
      INSERT INTO test_looks (project_id, rows, run_id, looked_at)
        SELECT project_id, rows, id, looked_at FROM (
          SELECT runs.project_id, runs.id, evaluations.created_at AS looked_at,
            key_by_settings(json_array(
              coalesce((SELECT import_id FROM datasets WHERE datasets.id = runs.dataset_id), runs.dataset_id), recipe
            )) AS rows
          FROM evaluations JOIN runs ON runs.id = evaluations.run_id JOIN run_recipes ON run_recipes.run = runs.number
          WHERE evaluations.split = 'test'
        ) WHERE rows <> '';
    `,
  },
  { version: 9, ...marksOfRuns },
  {
    version: 10,
    sql: `
      -- What was found out about a run beside its curves, part by part as it was found.
      CREATE TABLE run_reports (
        run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        part TEXT NOT NULL,
        result TEXT NOT NULL,
        PRIMARY KEY (run_id, part)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    version: 11,
    sql: `
      -- Searches for good settings: what is tried, of which recipe, on which version of the data.
      CREATE TABLE searches (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        dataset_id TEXT NOT NULL,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        -- That it has gone on, pauses not counted.
        seconds REAL NOT NULL DEFAULT 0,
        why TEXT,
        document TEXT NOT NULL
      ) STRICT;
      CREATE INDEX searches_by_project ON searches(project_id);

      -- Its runs that have begun. What came of one stays when the run is deleted.
      CREATE TABLE search_trials (
        search_id TEXT NOT NULL REFERENCES searches(id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        run_id TEXT REFERENCES runs(id) ON DELETE SET NULL,
        trial TEXT NOT NULL,
        PRIMARY KEY (search_id, number)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX search_trials_by_run ON search_trials(run_id);
    `,
  },
  {
    version: 12,
    sql: `
      -- What ordinary models say of the rows of a split, and of what they learned: shared by all runs of the same rows, target and
      -- preparation, and made again where it is gone.
      CREATE TABLE baselines (
        number INTEGER PRIMARY KEY,
        project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        -- A hash of all that they depend on.
        key TEXT NOT NULL UNIQUE,
        document TEXT NOT NULL,
        -- Outputs as a network gives them, float32: of each baseline in the document's order, validation rows before test rows.
        outputs BLOB NOT NULL
      ) STRICT;
      CREATE INDEX baselines_by_project ON baselines(project_id);

      -- Runs beside them.
      CREATE TABLE run_baselines (
        run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        split TEXT NOT NULL,
        -- That of the baselines: of others it is made anew.
        key TEXT NOT NULL,
        result TEXT NOT NULL,
        PRIMARY KEY (run_id, split)
      ) STRICT, WITHOUT ROWID;

      -- By the run that others went on from; asked for again and again while it trains.
      CREATE INDEX run_reports_by_origin
        ON run_reports(iif(json_valid(result), json_extract(result, '$.runId'), NULL)) WHERE part = 'branchedFrom';
    `,
  },
  {
    version: 13,
    sql: `
      -- What was found out about a run's network on a split beyond its metrics.
      CREATE TABLE run_examined (
        run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        split TEXT NOT NULL,
        -- Of what is looked for, and how: by another one it is found anew.
        version INTEGER NOT NULL,
        result TEXT NOT NULL,
        PRIMARY KEY (run_id, split)
      ) STRICT, WITHOUT ROWID;
    `,
  },
]

export const blobMigrations: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE tensors (
        sha256 TEXT PRIMARY KEY,
        dtype TEXT NOT NULL,
        shape TEXT NOT NULL,
        data BLOB NOT NULL
      ) STRICT;

      CREATE TABLE checkpoints (
        run_id TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('best', 'last')),
        epoch INTEGER NOT NULL,
        meta TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (run_id, kind)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE checkpoint_tensors (
        run_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL REFERENCES tensors(sha256),
        PRIMARY KEY (run_id, kind, name),
        FOREIGN KEY (run_id, kind) REFERENCES checkpoints(run_id, kind) ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX checkpoint_tensors_by_sha256 ON checkpoint_tensors(sha256);
    `,
  },
]
