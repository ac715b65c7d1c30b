CREATE TABLE backups (
  path TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL
) STRICT;

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
) STRICT;

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

CREATE TABLE models (
  path TEXT PRIMARY KEY,
  run_id TEXT NOT NULL,
  info TEXT NOT NULL,
  created_at INTEGER NOT NULL
, project_id TEXT) STRICT;

CREATE INDEX models_by_project ON models(project_id, created_at);

CREATE TABLE notices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  created_at INTEGER NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
  message TEXT NOT NULL,
  dismissed_at INTEGER
) STRICT;

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
) STRICT;

CREATE TABLE recipe_history (
  project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  recipe TEXT,
  dataset_id TEXT,
  PRIMARY KEY (project_id, position)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE sqlite_sequence(name,seq);

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
