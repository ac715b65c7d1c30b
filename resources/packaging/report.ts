/** What is said about contents, sizes and packages: tables of text. Pure. */
import { components, type Component, type ComponentName } from './contents.ts'

export interface Made {
  readonly type: string
  /** The package, or why there is none. */
  readonly result: { readonly file: string; readonly bytes: number } | { readonly missing: string }
}

/** Of an installer, compressed, in MB: beyond it people complain (JupyterLab Desktop's issue 1072). */
export const installerBudget = 250

/** Of `app.asar`, which electron-builder would fill with every package of the project if it were let. */
export const shellBudget = 4

/** Electron's release for one system, compressed: what a package without it would gain. */
export const electronCompressed = 125

/** What electron-builder says when it cannot download one of its tools is only the address. */
export const whyNotMade = (reason: string): string =>
  /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET/.test(reason)
    ? `electron-builder’s tools for it cannot be downloaded (${reason})`
    : reason

export const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** `sizes`: bytes of a component's files here. */
export function contentsTable(contents: readonly Component[], sizes: ReadonlyMap<string, number>): string {
  return table([
    ['component', 'files', 'MB', 'budget', 'what for'],
    ...contents.map(({ name, files, absent }) => [
      name,
      String(files.length),
      megabytes(sizes.get(name) ?? 0),
      String(components[name].budget),
      absent.length > 0
        ? `${components[name].reason} (not installed on this system: ${absent.join(', ')})`
        : components[name].reason,
    ]),
  ])
}

/** Components that weigh more than was decided. */
export const overBudget = (sizes: ReadonlyMap<string, number>): string[] =>
  (Object.keys(components) as ComponentName[])
    .filter((name) => (sizes.get(name) ?? 0) > components[name].budget * 1e6)
    .map((name) => `${name} weighs ${megabytes(sizes.get(name) ?? 0)} MB of ${components[name].budget}`)

export function tooLarge({ type, result }: Made, withElectron: boolean): string | null {
  if ('missing' in result || type === 'unpacked') return null
  const limit = installerBudget - (withElectron ? 0 : electronCompressed)
  return result.bytes <= limit * 1e6 ? null : `${type} has ${megabytes(result.bytes)} MB of ${limit}`
}

export const madeTable = (all: readonly Made[]): string =>
  table([
    ['package', 'MB', 'file'],
    ...all.map(({ type, result }) =>
      'missing' in result
        ? [type, '–', `not made: ${result.missing}`]
        : [type, megabytes(result.bytes), result.file],
    ),
  ])

const markdown = (rows: readonly (readonly string[])[]): string =>
  [rows[0]!, rows[0]!.map(() => '---'), ...rows.slice(1)].map((row) => `| ${row.join(' | ')} |`).join('\n')

export interface Listed {
  readonly target: string
  readonly contents: readonly Component[]
  readonly sizes: ReadonlyMap<string, number>
}

/** docs/package-sizes.md: components on every system, and the packages that were made on this one. */
export function sizesPage(
  listed: readonly Listed[],
  here: string,
  made: readonly Made[],
  standIn: boolean,
): string {
  const sizeIn = ({ contents, sizes }: Listed, name: ComponentName): string =>
    contents.find((component) => component.name === name)?.absent.length === 0
      ? megabytes(sizes.get(name) ?? 0)
      : '–'
  const names = Object.keys(components) as ComponentName[]
  const byComponent = markdown([
    ['component', 'what for', 'budget', ...listed.map(({ target }) => target)],
    ...names.map((name) => [
      name,
      components[name].reason,
      String(components[name].budget),
      ...listed.map((each) => sizeIn(each, name)),
    ]),
  ])
  const packages = markdown([
    ['package', 'MB'],
    ...made.map(({ type, result }) => [
      type,
      'missing' in result ? `not made: ${result.missing}` : megabytes(result.bytes),
    ]),
  ])
  const without = standIn
    ? ` They hold everything but Electron, whose release has about ${electronCompressed} MB compressed.`
    : ''
  return (
    [
      '# Sizes of packages',
      'Written by `npm run dist -- --sizes`, in MB of 10⁶ bytes, unpacked. The budgets are held by the unit tests and by every ' +
        'build; a dash stands where npm installs a component only on that system.',
      byComponent,
      `Packages as made on ${here}, of at most ${installerBudget} MB.${without}`,
      packages,
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  )
}
