/** `descent space`: what a workspace takes of the disk, and what of it can go. */
import { formatBytes, plural, type Output, type SpaceUsed } from '../../contract/index.ts'
import { inWorkspace, projectAmong } from './in-workspace.ts'
import { plainSpaces, textTable } from './text-table.ts'

export interface SpaceCommand {
  readonly command: 'space'
  readonly workspace: string | null
  /** Last checkpoints of runs that have ended go. */
  readonly trim: boolean
  /** Of runs that end from now on; null: as it is. */
  readonly keep: 'both' | 'best' | null
  /** By name or id, whose checkpoints go; null: of all. */
  readonly project: string | null
  readonly json: boolean
}

export interface SpaceReport {
  readonly used: SpaceUsed
  /** null: nothing was asked to go. */
  readonly trimmed: Output<'space.trim'> | null
}

export const space = ({ workspace, trim, keep, project }: SpaceCommand): Promise<SpaceReport> =>
  inWorkspace(workspace, async ({ handlers }) => {
    if (keep !== null)
      await handlers['settings.set']({ retention: keep === 'both' ? {} : { lastCheckpoints: false } })
    const of =
      project === null
        ? {}
        : { projectId: projectAmong(await handlers['projects.list']({}), project, 'space').id }
    const trimmed = trim ? await handlers['space.trim'](of) : null
    return { used: await handlers['space.used']({}), trimmed }
  })

/** As many as fit a screen beside the rest; --json has more. */
const shownRuns = 10

function largestRuns({ projects, runs, moreRuns }: SpaceUsed): string[] {
  if (runs.length === 0) return []
  const names = new Map(projects.map(({ projectId, name }) => [projectId, name]))
  const rows = runs
    .slice(0, shownRuns)
    .map(({ projectId, name, best, last, trimmable }) => [
      name,
      names.get(projectId) ?? '',
      formatBytes(best),
      formatBytes(last),
      trimmable ? formatBytes(last) : '–',
    ])
  const head = ['Largest runs', 'Project', 'Best epoch', 'Last checkpoint', 'Can go']
  const more = Math.max(0, runs.length - shownRuns) + moreRuns
  return [
    textTable([head, ...rows], (column) => column < 2).trimEnd(),
    ...(more > 0 ? [`${plural(more, 'more run')} take less.`] : []),
  ]
}

export function describeSpace({ used, trimmed }: SpaceReport): string {
  const rows = used.projects.map(({ name, runs, data, best, last }) => [
    name,
    String(runs),
    ...[data, best, last].map(formatBytes),
  ])
  const lines = [
    ...(trimmed === null
      ? []
      : [
          `Deleted the last checkpoints of ${plural(trimmed.runs, 'run')}: ${formatBytes(trimmed.bytes)} are free${trimmed.packed ? '' : ' for what comes; the file keeps its size'}.`,
        ]),
    ...(rows.length === 0
      ? ['There is no project yet.']
      : [
          textTable(
            [['Project', 'Runs', 'Data', 'Best epochs', 'Last checkpoints'], ...rows],
            (column) => column === 0,
          ).trimEnd(),
        ]),
    ...largestRuns(used),
    `Saved models ${formatBytes(used.models)}, projects and curves ${formatBytes(used.database)}, backups ${formatBytes(used.backups)}, log ${formatBytes(used.logs)}.`,
    `The file of weights has ${formatBytes(used.weights.file)}, of which ${formatBytes(used.weights.free)} are free for what comes; ${formatBytes(used.disk.free)} of ${formatBytes(used.disk.total)} are free on the disk.`,
    ...(used.trimmable > 0
      ? [
          `${formatBytes(used.trimmable)} are last checkpoints of runs that have ended: --trim deletes them. Their best epochs stay.`,
        ]
      : []),
  ]
  return plainSpaces(lines.join('\n') + '\n')
}
