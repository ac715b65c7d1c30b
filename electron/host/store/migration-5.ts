/**
 * Metrics become rows: one for each run, name and value, and one for each point of a curve. Runs become small enough to be
 * sorted by the tens of thousands: their recipes go to a table of their own, and their settings can be asked for one by one.
 */
import { nameKey, settingsOfText } from './run-keys.ts'
import type { Migration } from './migrations.ts'

export const metricsAsRows: Pick<Migration, 'sql' | 'functions'> = {
  functions: { name_key: nameKey, settings_of: settingsOfText },
  sql: `
      ALTER TABLE metrics RENAME TO former_metrics;
      ALTER TABLE evaluations RENAME TO former_evaluations;
      ALTER TABLE profiles RENAME TO former_profiles;
      ALTER TABLE runs RENAME TO former_runs;
      DROP INDEX runs_by_project;

      -- Numbered in the order of their making, which is not that of a clock that may go backwards. No number comes twice.
      CREATE TABLE runs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        -- What the name is sorted by: Run 2 comes before Run 10.
        name_key TEXT NOT NULL,
        state TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        finished_at INTEGER,
        task TEXT NOT NULL,
        data_sha256 TEXT NOT NULL,
        dataset_id TEXT NOT NULL,
        seed INTEGER NOT NULL,
        engine_version TEXT NOT NULL,
        backend TEXT,
        device TEXT,
        epoch INTEGER NOT NULL DEFAULT 0,
        epochs INTEGER NOT NULL,
        best_epoch INTEGER,
        seconds REAL NOT NULL DEFAULT 0,
        error TEXT
      ) STRICT;
      INSERT INTO runs (number, id, project_id, name, name_key, state, created_at, started_at, finished_at, task, data_sha256,
                        dataset_id, seed, engine_version, backend, device, epoch, epochs, best_epoch, seconds, error)
        SELECT rowid, id, project_id, name, name_key(name), state, created_at, started_at, finished_at, task, data_sha256,
               dataset_id, seed, engine_version, backend, device, epoch, epochs, best_epoch, seconds, error
        FROM former_runs;
      CREATE INDEX runs_by_project ON runs(project_id);
      CREATE INDEX runs_by_state ON runs(state);

      CREATE TABLE run_recipes (
        run INTEGER PRIMARY KEY REFERENCES runs(number) ON DELETE CASCADE,
        recipe TEXT NOT NULL
      ) STRICT;
      INSERT INTO run_recipes (run, recipe) SELECT rowid, recipe FROM former_runs;

      -- Settings and series are named once: there are millions of values. These stand together by what they are of, for that
      -- is what lists are sorted and filtered by.
      CREATE TABLE setting_paths (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE
      ) STRICT;
      CREATE TABLE run_settings (
        setting INTEGER NOT NULL REFERENCES setting_paths(id),
        run INTEGER NOT NULL,
        value ANY NOT NULL,
        PRIMARY KEY (setting, run)
      ) STRICT, WITHOUT ROWID;
      INSERT OR IGNORE INTO setting_paths (path)
        SELECT json_extract(setting.value, '$[0]') FROM run_recipes, json_each(settings_of(recipe)) AS setting;
      INSERT OR IGNORE INTO run_settings (setting, run, value)
        SELECT setting_paths.id, run, json_extract(setting.value, '$[1]')
        FROM run_recipes, json_each(settings_of(recipe)) AS setting
          JOIN setting_paths ON setting_paths.path = json_extract(setting.value, '$[0]');

      CREATE TABLE series_names (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
      ) STRICT;
      -- What was measured in a run's best epoch, and on the test split once that was opened.
      CREATE TABLE run_metrics (
        series INTEGER NOT NULL REFERENCES series_names(id),
        run INTEGER NOT NULL,
        value REAL NOT NULL,
        PRIMARY KEY (series, run)
      ) STRICT, WITHOUT ROWID;
      -- A reference would have every run that is deleted search all of the values.
      CREATE TRIGGER run_deleted AFTER DELETE ON runs BEGIN
        DELETE FROM run_metrics WHERE series IN (SELECT id FROM series_names) AND run = old.number;
        DELETE FROM run_settings WHERE setting IN (SELECT id FROM setting_paths) AND run = old.number;
      END;

      -- The moments of a training at which something was recorded, and what was.
      CREATE TABLE points (
        run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
        step INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        seconds REAL NOT NULL,
        PRIMARY KEY (run, step)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE point_values (
        run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
        series INTEGER NOT NULL REFERENCES series_names(id),
        step INTEGER NOT NULL,
        value REAL NOT NULL,
        PRIMARY KEY (run, series, step)
      ) STRICT, WITHOUT ROWID;
      -- The lowest and the highest of every 64 epochs: a curve of a million is drawn from these.
      CREATE TABLE curve_blocks (
        run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
        series INTEGER NOT NULL REFERENCES series_names(id),
        block INTEGER NOT NULL,
        low REAL NOT NULL,
        low_step INTEGER NOT NULL,
        high REAL NOT NULL,
        high_step INTEGER NOT NULL,
        PRIMARY KEY (run, series, block)
      ) STRICT, WITHOUT ROWID;

      INSERT INTO series_names (name) VALUES ('train/loss'), ('validation/loss'), ('validation/accuracy'), ('validation/r2'),
        ('learningRate'), ('throughput');
      INSERT OR IGNORE INTO series_names (name)
        SELECT 'test/' || metric.key
        FROM former_runs, json_each(iif(json_valid(test), test, '{}')) AS metric WHERE metric.type IN ('real', 'integer');

      CREATE TEMP TABLE former_curves AS
        SELECT runs.number AS run, step, former_metrics.epoch, former_metrics.seconds, train_loss, validation_loss, validation_score, learning_rate, throughput,
               iif(runs.task = 'regression', 'validation/r2', 'validation/accuracy') AS score
        FROM former_metrics JOIN runs ON runs.id = run_id;
      INSERT OR IGNORE INTO points (run, step, epoch, seconds) SELECT run, step, epoch, seconds FROM former_curves;
      INSERT OR IGNORE INTO point_values (run, series, step, value)
        SELECT run, series_names.id, step, value FROM (
          SELECT run, step, 'train/loss' AS name, train_loss AS value FROM former_curves
          UNION ALL SELECT run, step, 'validation/loss', validation_loss FROM former_curves
          UNION ALL SELECT run, step, score, validation_score FROM former_curves
          UNION ALL SELECT run, step, 'learningRate', learning_rate FROM former_curves
          UNION ALL SELECT run, step, 'throughput', throughput FROM former_curves
        ) JOIN series_names USING (name) WHERE value IS NOT NULL;
      INSERT INTO curve_blocks (run, series, block, low, low_step, high, high_step)
        SELECT lows.run, lows.series, lows.block, low, low_step, high, high_step
        FROM (SELECT run, series, epoch / 64 AS block, min(value) AS low, step AS low_step
              FROM point_values JOIN points USING (run, step) GROUP BY 1, 2, 3) AS lows
        JOIN (SELECT run, series, epoch / 64 AS block, max(value) AS high, step AS high_step
              FROM point_values JOIN points USING (run, step) GROUP BY 1, 2, 3) AS highs
          USING (run, series, block);

      INSERT OR IGNORE INTO run_metrics (series, run, value)
        SELECT series, run, value FROM point_values JOIN points USING (run, step) JOIN runs ON runs.number = run
        WHERE points.epoch = best_epoch;
      INSERT OR REPLACE INTO run_metrics (series, run, value)
        SELECT series_names.id, run, value FROM (
          SELECT rowid AS run, 'validation/loss' AS name, best_validation_loss AS value FROM former_runs
          UNION ALL SELECT rowid, iif(task = 'regression', 'validation/r2', 'validation/accuracy'), best_validation_score
            FROM former_runs
          UNION ALL SELECT former_runs.rowid, 'test/' || metric.key, metric.value
            FROM former_runs, json_each(iif(json_valid(test), test, '{}')) AS metric WHERE metric.type IN ('real', 'integer')
        ) JOIN series_names USING (name) WHERE value IS NOT NULL;

      CREATE TABLE evaluations (
        run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        split TEXT NOT NULL,
        result TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (run_id, split)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO evaluations SELECT * FROM former_evaluations;
      CREATE TABLE profiles (
        run_id TEXT PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
        result TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;
      INSERT INTO profiles SELECT * FROM former_profiles;

      DROP TABLE former_curves;
      DROP TABLE former_metrics;
      DROP TABLE former_evaluations;
      DROP TABLE former_profiles;
      DROP TABLE former_runs;
    `,
}
