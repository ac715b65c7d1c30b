/** `descent project`: the projects of a workspace, taken elsewhere as files and back. */
import { resolve } from 'node:path'
import { describeLimit, plural, type OpenedProject } from '../../contract/index.ts'
import type { App } from '../app.ts'
import { inWorkspace, projectAmong } from './in-workspace.ts'
import type {
  DuplicateProjectCommand,
  ExportProjectCommand,
  ImportProjectCommand,
  ListProjectsCommand,
  ProjectCommand,
} from './project-args.ts'
import { textTable } from './text-table.ts'

/** What is printed for people, and the same as data. */
interface Answer {
  readonly text: string
  readonly data: unknown
}

const lines = (...all: readonly string[]): string => all.map((line) => `${line}\n`).join('')

async function list({ handlers }: App, _: ListProjectsCommand): Promise<Answer> {
  const projects = await handlers['projects.list']({})
  const rows = projects.map(({ id, name, fileName, rows: count, runs, damage }) => [
    name,
    damage === null ? (fileName ?? 'no data') : 'damaged',
    count === null ? '–' : `${count}`,
    `${runs}`,
    id,
  ])
  const head = ['Project', 'Data', 'Rows', 'Runs', 'Id']
  return {
    text:
      textTable([head, ...rows], (column) => column < 2 || column === 4) +
      `${plural(projects.length, 'project')}\n`,
    data: projects,
  }
}

const idOf = async ({ handlers }: App, asked: string | null): Promise<string> =>
  projectAmong(await handlers['projects.list']({}), asked, 'project', '').id

async function write(app: App, { project, out, overwrite }: ExportProjectCommand): Promise<Answer> {
  const written = await app.handlers['projects.export']({
    projectId: await idOf(app, project),
    path: resolve(out),
    overwrite,
  })
  const { path, bytes, runs, notes } = written
  return {
    text: lines(
      ...notes,
      `Written with ${plural(runs, 'run')} to ${path}, ${describeLimit('bytes', bytes)}.`,
    ),
    data: written,
  }
}

const told = (opened: OpenedProject): Answer => ({
  text: lines(
    ...opened.notes,
    `“${opened.name}” is in the workspace, with ${plural(opened.runs, 'run')}: ${opened.projectId}`,
  ),
  data: opened,
})

const read = async ({ handlers }: App, { file }: ImportProjectCommand): Promise<Answer> =>
  told(await handlers['projects.import']({ path: resolve(file) }))

const duplicate = async (app: App, { project }: DuplicateProjectCommand): Promise<Answer> =>
  told(await app.handlers['projects.duplicate']({ projectId: await idOf(app, project) }))

/** Every action, and what it answers. */
const does: {
  readonly [A in ProjectCommand['action']]: (
    app: App,
    command: Extract<ProjectCommand, { action: A }>,
  ) => Promise<Answer>
} = { list, export: write, import: read, duplicate }

/** A project that comes may be the first that a workspace has. */
export const project = (command: ProjectCommand): Promise<Answer> =>
  inWorkspace(
    command.workspace,
    (app) => (does[command.action] as (app: App, command: ProjectCommand) => Promise<Answer>)(app, command),
    { create: command.action === 'import' },
  )
