/** `descent data`: public sets, what they are, and where they are once they were fetched. */
import { tmpdir } from 'node:os'
import {
  addressOfSet,
  describeLimit,
  publicSetNames,
  publicSets,
  taskOf,
  type PublicSet,
  type PublicSetName,
} from '../../contract/index.ts'
import { plainContext } from '../kinds/kind.ts'
import { getPublicSet, keptSet } from '../remote/public-sets.ts'
import { withScratch } from '../scratch.ts'
import type { DataListCommand } from './args.ts'
import { textTable } from './text-table.ts'
import { tell } from './for-terminal.ts'

const asSet = (name: PublicSetName): PublicSet => publicSets[name]
const count = (value: number): string => value.toLocaleString('en')

function listed(here: ReadonlySet<PublicSetName>): string {
  const rows = publicSetNames.map((name) => {
    const { label, task, rows: many, columns, bytes, license } = asSet(name)
    const size = `${count(many)} × ${columns}`
    return [
      name,
      label,
      taskOf(task).label,
      size,
      describeLimit('bytes', bytes),
      license,
      here.has(name) ? 'here' : '',
    ]
  })
  const head = ['name', 'set', 'task', 'rows × columns', 'size', 'license', '']
  return `${textTable([head, ...rows], (column) => column !== 3 && column !== 4)}

“descent data NAME” says what a set is, and fetches it; “descent run catalog:NAME” trains on it.
`
}

export function describeSet(name: PublicSetName, address: string): string {
  const { label, teaches, task, target, rows, columns, license, source, about } = asSet(name)
  return [
    `${label}: ${count(rows)} rows, ${columns} columns`,
    `  ${teaches}`,
    `  Task     ${taskOf(task).label}, of ${target === 'last' ? 'the last column' : target}`,
    `  License  ${license}`,
    `  Source   ${source}`,
    `  About    ${about}`,
    `  Address  ${address}`,
    '',
  ].join('\n')
}

export async function data(command: DataListCommand): Promise<void> {
  const { set, mirror, limits, again, trust, json } = command
  if (set === null) {
    const found = await Promise.all(publicSetNames.map(async (name) => ((await keptSet(name)) ? [name] : [])))
    const here = new Set(found.flat())
    const all = publicSetNames.map((name) => ({ name, ...asSet(name), isHere: here.has(name) }))
    process.stdout.write(json ? `${JSON.stringify(all)}\n` : listed(here))
    return
  }
  const address = addressOfSet(set, mirror)
  tell(describeSet(set, address))
  await withScratch(tmpdir(), async (folder) => {
    if (again || trust || (await keptSet(set)) === null) tell(`Fetching ${address}\n`)
    const file = await getPublicSet(set, folder, { ...plainContext, limits, mirror, again, trust })
    for (const note of file.notes) tell(`${note}\n`)
    const { path, bytes, sha256, fetched } = file
    process.stdout.write(
      json
        ? `${JSON.stringify({ name: set, ...asSet(set), path, bytes, sha256, fetched })}\n`
        : `${path}\n  ${describeLimit('bytes', bytes)}, SHA-256 ${sha256}\n`,
    )
  })
}
