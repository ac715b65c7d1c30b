/** Projects and their recipe history in SQLite. */
import { randomUUID } from 'node:crypto'
import {
  DescentError,
  stepSchema,
  storedRecipeSchema,
  type Dataset,
  type Project,
  type ProjectSummary,
  type Recipe,
} from '../../contract/index.ts'
import { loadDataset } from '../datasets/repository.ts'
import { unreadable, type Store } from '../store/index.ts'

interface ProjectRow {
  id: string
  name: string
  created_at: number
  updated_at: number
  step: string
  dataset_id: string | null
  recipe: string | null
  selected_run: string | null
  history_position: number
  first: number | null
  last: number | null
  /** The data of the step before, and of the one behind. */
  before: string | null
  behind: string | null
}

/** What one step of undo brings back. */
export interface ProjectState {
  readonly recipe: Recipe
  readonly datasetId: string
}

/** Older steps are forgotten: nobody undoes further, and each keeps its dataset alive. */
const longestHistory = 200

export function getProject(store: Store, id: string): Project {
  const row = store.db
    .prepare<[string], ProjectRow>(
      `SELECT projects.*, min(position) AS first, max(position) AS last,
         max(recipe_history.dataset_id) FILTER (WHERE position = history_position - 1) AS before,
         max(recipe_history.dataset_id) FILTER (WHERE position = history_position + 1) AS behind
       FROM projects LEFT JOIN recipe_history ON project_id = id WHERE id = ? GROUP BY id`,
    )
    .get(id)
  if (row === undefined) throw noProject()
  return {
    id: row.id,
    name: row.name,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    step: readStep(row.step),
    dataset: row.dataset_id === null ? null : loadDataset(store, row.dataset_id),
    recipe: row.recipe === null ? null : readRecipe(row.name, row.recipe),
    canUndo: row.first !== null && row.first < row.history_position,
    canRedo: row.last !== null && row.last > row.history_position,
    undoesData: row.before !== null && row.before !== row.dataset_id,
    redoesData: row.behind !== null && row.behind !== row.dataset_id,
    selectedRun: row.selected_run,
  }
}

const noProject = (): DescentError =>
  new DescentError(
    'notFound',
    'This project does not exist any more. Go back to the list of projects.',
    'projectId',
  )

/** Where nobody can tell any more where the person was, they are at the beginning. */
const readStep = (step: string): Project['step'] => stepSchema.safeParse(step).data ?? 'data'

function readRecipe(name: string, text: string): Recipe {
  try {
    return storedRecipeSchema.parse(JSON.parse(text))
  } catch (error) {
    throw new DescentError(
      'damaged',
      `The recipe of the project "${name}" cannot be read: ${unreadable(error)}. Undo brings back what the history holds of it; its data and runs are not affected.`,
      'projectId',
    )
  }
}

function isReadable(recipe: string): boolean {
  try {
    readRecipe('', recipe)
    return true
  } catch {
    return false
  }
}

/** Throws when there is none. A damaged one is still a project: it can be renamed, undone and deleted. */
export function requireProject(store: Store, id: string): void {
  if (store.db.prepare('SELECT 1 FROM projects WHERE id = ?').get(id) === undefined) throw noProject()
}

/** Of a damaged one, too. */
export function projectName(store: Store, id: string): string {
  const name = store.db.prepare<[string], string>('SELECT name FROM projects WHERE id = ?').pluck().get(id)
  if (name === undefined) throw noProject()
  return name
}

/** For everything that needs data; says what to do when there is none. */
export function requireData(project: Project): { dataset: Dataset; recipe: Recipe } {
  const { dataset, recipe } = project
  if (dataset === null || recipe === null)
    throw new DescentError(
      'conflict',
      `The project "${project.name}" has no data yet. Import a file in the Data step first.`,
    )
  return { dataset, recipe }
}

interface SummaryRow {
  id: string
  name: string
  updatedAt: number
  step: string
  rows: number | null
  runs: number
  fileName: string | null
  recipe: string | null
}

/** Recipes that were found readable are not read again for every list. */
const readableRecipes = new Set<string>()

function damageOf({ name, recipe }: SummaryRow): string | null {
  if (recipe === null || readableRecipes.has(recipe)) return null
  try {
    readRecipe(name, recipe)
    if (readableRecipes.size >= 1000) readableRecipes.clear()
    readableRecipes.add(recipe)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

export function listProjects(store: Store): ProjectSummary[] {
  return store.db
    .prepare<[], SummaryRow>(
      `SELECT projects.id, projects.name, updated_at AS updatedAt, step, datasets.rows, recipe,
         (SELECT count(*) FROM runs WHERE runs.project_id = projects.id AND deleted_at IS NULL) AS runs,
         iif(json_valid(datasets.receipt), json_extract(datasets.receipt, '$.fileName'), NULL) AS fileName
       FROM projects LEFT JOIN datasets ON datasets.id = dataset_id
       ORDER BY updated_at DESC, projects.rowid DESC`,
    )
    .all()
    .map((row) => {
      const { recipe: _, ...summary } = row
      return { ...summary, step: readStep(row.step), damage: damageOf(row) }
    })
}

/** Now, but never before the last change of another project: clocks go backwards, and the list is in this order. */
export function nextTime(store: Store): number {
  const last = store.db.prepare<[], number | null>('SELECT max(updated_at) FROM projects').pluck().get() ?? 0
  return Math.max(Date.now(), last + 1)
}

export function createProject(store: Store, name: string): string {
  const id = randomUUID()
  const now = nextTime(store)
  store.write(() =>
    store.db
      .prepare('INSERT INTO projects (id, name, created_at, updated_at) VALUES (?, ?, ?, ?)')
      .run(id, name, now, now),
  )
  return id
}

/** Changes one field. The name is a literal of this program, never input. */
export function updateProject(
  store: Store,
  id: string,
  field: 'name' | 'step' | 'selected_run',
  value: string | null,
): void {
  store.write(() =>
    store.db
      .prepare(`UPDATE projects SET ${field} = ?, updated_at = ? WHERE id = ?`)
      .run(value, nextTime(store), id),
  )
}

/** By a person, whom no training that ends later overrules. */
export function chooseRun(store: Store, id: string, runId: string): void {
  updateProject(store, id, 'selected_run', runId)
  store.write(() => store.db.prepare('UPDATE projects SET run_chosen = 1 WHERE id = ?').run(id))
}

export const runWasChosen = (store: Store, id: string): boolean =>
  store.db
    .prepare<[string], number>('SELECT run_chosen FROM projects WHERE id = ? AND selected_run IS NOT NULL')
    .pluck()
    .get(id) === 1

/** True where that run was the one that the project shows. */
export const clearSelectedRun = (store: Store, id: string, runId: string): boolean =>
  store.write(() =>
    store.db
      .prepare('UPDATE projects SET selected_run = NULL, run_chosen = 0 WHERE id = ? AND selected_run = ?')
      .run(id, runId),
  ).changes > 0

/** The same where it was deleted with others. */
export const clearDeletedRun = (store: Store, id: string): boolean =>
  store.write(() =>
    store.db
      .prepare(
        `UPDATE projects SET selected_run = NULL, run_chosen = 0
         WHERE id = ? AND selected_run IN (SELECT id FROM runs WHERE deleted_at IS NOT NULL)`,
      )
      .run(id),
  ).changes > 0

const show = (store: Store, id: string, position: number, recipe: string, datasetId: string) =>
  store.db
    .prepare(
      'UPDATE projects SET recipe = ?, dataset_id = ?, history_position = ?, updated_at = ? WHERE id = ?',
    )
    .run(recipe, datasetId, position, nextTime(store), id)

const positionOf = (store: Store, id: string): number =>
  store.db
    .prepare<[string], { position: number }>('SELECT history_position AS position FROM projects WHERE id = ?')
    .get(id)?.position ?? 0

/** A new present; what could be redone is forgotten. */
export function pushState(store: Store, id: string, state: ProjectState): void {
  store.transaction(() => {
    const position = positionOf(store, id) + 1
    const recipe = JSON.stringify(state.recipe)
    store.db
      .prepare('DELETE FROM recipe_history WHERE project_id = ? AND (position >= ? OR position <= ?)')
      .run(id, position, position - longestHistory)
    store.db
      .prepare('INSERT INTO recipe_history (project_id, position, recipe, dataset_id) VALUES (?, ?, ?, ?)')
      .run(id, position, recipe, state.datasetId)
    show(store, id, position, recipe, state.datasetId)
  })
}

/**
 * Where the present recipe cannot be read, the history may still hold it as it was: then that is what undo brings back.
 * False where there is nothing to repair, or nothing to repair it with.
 */
export function repairRecipe(store: Store, id: string): boolean {
  const row = store.db
    .prepare<
      [string],
      { name: string; recipe: string | null; kept: string | null; datasetId: string; position: number }
    >(
      `SELECT name, projects.recipe, recipe_history.recipe AS kept, recipe_history.dataset_id AS datasetId, position
       FROM projects JOIN recipe_history ON project_id = id AND position = history_position WHERE id = ?`,
    )
    .get(id)
  if (row === undefined || row.recipe === null || row.kept === null) return false
  if (isReadable(row.recipe) || !isReadable(row.kept)) return false
  store.transaction(() => show(store, id, row.position, row.kept!, row.datasetId))
  return true
}

/** `by` −1 undoes, +1 redoes. */
export function moveInHistory(store: Store, id: string, by: -1 | 1): void {
  store.transaction(() => {
    const position = positionOf(store, id) + by
    const row = store.db
      .prepare<[string, number], { recipe: string; dataset_id: string }>(
        'SELECT recipe, dataset_id FROM recipe_history WHERE project_id = ? AND position = ?',
      )
      .get(id, position)
    if (row === undefined)
      throw new DescentError(
        'conflict',
        by === -1 ? 'There is nothing to undo.' : 'There is nothing to redo.',
      )
    show(store, id, position, row.recipe, row.dataset_id)
  })
}
