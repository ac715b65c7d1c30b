/** What people say of runs — tags, a note, a star —, and by what those are known that differ in their seed alone. */
import type { Migration } from './migrations.ts'

export const marksOfRuns: Pick<Migration, 'sql'> = {
  sql: `
      ALTER TABLE runs ADD COLUMN starred INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT '';
      -- Deleted with others, which can be undone until the workspace is opened the next time.
      ALTER TABLE runs ADD COLUMN deleted_at INTEGER;
      -- The same for runs that differ in nothing but the seed. Those that are there get theirs while the workspace is open.
      ALTER TABLE runs ADD COLUMN repeat_key TEXT NOT NULL DEFAULT '';
      -- Whether a person chose the run that a project shows; else it is the best one.
      ALTER TABLE projects ADD COLUMN run_chosen INTEGER NOT NULL DEFAULT 0;
      DROP INDEX runs_by_project;
      CREATE INDEX runs_by_project ON runs(project_id, deleted_at);

      CREATE TABLE run_tags (
        tag TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
        PRIMARY KEY (tag, run)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX run_tags_by_run ON run_tags(run);
    `,
}
