CREATE TABLE backups (
  path TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL
) STRICT;

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

CREATE TABLE data_profiles (
  dataset_id TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
  asked TEXT NOT NULL,
  result TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (dataset_id, asked)
) STRICT;

CREATE TABLE dataset_files (
  dataset_id TEXT NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
  path TEXT NOT NULL REFERENCES files(path),
  PRIMARY KEY (dataset_id, path)
) STRICT, WITHOUT ROWID;

CREATE INDEX dataset_files_by_path ON dataset_files(path);

CREATE TABLE datasets (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
  sha256 TEXT NOT NULL,
  receipt TEXT NOT NULL,
  rows INTEGER NOT NULL,
  columns TEXT NOT NULL,
  created_at INTEGER NOT NULL
, version INTEGER NOT NULL DEFAULT 1, import_id TEXT, made_from INTEGER, corrections TEXT) STRICT;

CREATE INDEX datasets_by_project ON datasets(project_id);

CREATE TABLE evaluations (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  split TEXT NOT NULL,
  result TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, split)
) STRICT, WITHOUT ROWID;

CREATE TABLE files (
  path TEXT PRIMARY KEY,
  sha256 TEXT,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE models (
  path TEXT PRIMARY KEY,
  run_id TEXT NOT NULL,
  info TEXT NOT NULL,
  created_at INTEGER NOT NULL
, project_id TEXT, format TEXT) STRICT;

CREATE INDEX models_by_project ON models(project_id, created_at);

CREATE TABLE notices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  created_at INTEGER NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
  message TEXT NOT NULL,
  dismissed_at INTEGER
) STRICT;

CREATE TABLE point_values (
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  series INTEGER NOT NULL REFERENCES series_names(id),
  step INTEGER NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (run, series, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE points (
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  seconds REAL NOT NULL,
  PRIMARY KEY (run, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE profiles (
  run_id TEXT PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
  result TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

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
, data_versions INTEGER NOT NULL DEFAULT 0, run_chosen INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE recipe_history (
  project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  recipe TEXT,
  dataset_id TEXT,
  PRIMARY KEY (project_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_baselines (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  split TEXT NOT NULL,
  -- That of the baselines: of others it is made anew.
  key TEXT NOT NULL,
  result TEXT NOT NULL,
  PRIMARY KEY (run_id, split)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER run_deleted AFTER DELETE ON runs BEGIN
  DELETE FROM run_metrics WHERE series IN (SELECT id FROM series_names) AND run = old.number;
  DELETE FROM run_settings WHERE setting IN (SELECT id FROM setting_paths) AND run = old.number;
END;

CREATE TABLE run_examined (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  split TEXT NOT NULL,
  -- Of what is looked for, and how: by another one it is found anew.
  version INTEGER NOT NULL,
  result TEXT NOT NULL,
  PRIMARY KEY (run_id, split)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_metrics (
  series INTEGER NOT NULL REFERENCES series_names(id),
  run INTEGER NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (series, run)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_recipes (
  run INTEGER PRIMARY KEY REFERENCES runs(number) ON DELETE CASCADE,
  recipe TEXT NOT NULL
) STRICT;

CREATE TABLE run_reports (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  part TEXT NOT NULL,
  result TEXT NOT NULL,
  PRIMARY KEY (run_id, part)
) STRICT, WITHOUT ROWID;

CREATE INDEX run_reports_by_origin
  ON run_reports(iif(json_valid(result), json_extract(result, '$.runId'), NULL)) WHERE part = 'branchedFrom';

CREATE TABLE run_settings (
  setting INTEGER NOT NULL REFERENCES setting_paths(id),
  run INTEGER NOT NULL,
  value ANY NOT NULL,
  PRIMARY KEY (setting, run)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_tags (
  tag TEXT NOT NULL,
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  PRIMARY KEY (tag, run)
) STRICT, WITHOUT ROWID;

CREATE INDEX run_tags_by_run ON run_tags(run);

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
, data_version INTEGER, starred INTEGER NOT NULL DEFAULT 0, note TEXT NOT NULL DEFAULT '', deleted_at INTEGER, repeat_key TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX runs_by_project ON runs(project_id, deleted_at);

CREATE INDEX runs_by_state ON runs(state);

CREATE TABLE search_trials (
  search_id TEXT NOT NULL REFERENCES searches(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  run_id TEXT REFERENCES runs(id) ON DELETE SET NULL,
  trial TEXT NOT NULL,
  PRIMARY KEY (search_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX search_trials_by_run ON search_trials(run_id);

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

CREATE TABLE series_names (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE setting_paths (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE test_looks (
  id INTEGER PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
  -- Which rows those are: the import, and the rows themselves or the split of the recipe.
  rows TEXT NOT NULL,
  run_id TEXT NOT NULL,
  looked_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX test_looks_by_rows ON test_looks(project_id, rows, run_id);

CREATE TABLE checkpoint_tensors (
  run_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL REFERENCES tensors(sha256),
  PRIMARY KEY (run_id, kind, name),
  FOREIGN KEY (run_id, kind) REFERENCES checkpoints(run_id, kind) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX checkpoint_tensors_by_sha256 ON checkpoint_tensors(sha256);

CREATE TABLE checkpoints (
  run_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('best', 'last')),
  epoch INTEGER NOT NULL,
  meta TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE tensors (
  sha256 TEXT PRIMARY KEY,
  dtype TEXT NOT NULL,
  shape TEXT NOT NULL,
  data BLOB NOT NULL
) STRICT
