/** Finds and ends a process of the app, by its number, as a crash or the system would. */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'

interface Process {
  pid: number
  parent: number
  command: string
}

/** Debian's smallest images have no `ps`. */
function fromProc(): Process[] {
  return globSync('/proc/[0-9]*').flatMap((folder) => {
    try {
      const status = readFileSync(`${folder}/status`, 'utf8')
      const command = readFileSync(`${folder}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return [{ pid: Number(folder.slice(6)), parent: Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]), command }]
    } catch {
      return [] // ended between the listing and the reading
    }
  })
}

function fromPs(): Process[] {
  const output = spawnSync('ps', ['-axo', 'pid=,ppid=,command='], { encoding: 'utf8' }).stdout
  return output.split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return pid && parent && command ? [{ pid: Number(pid), parent: Number(parent), command }] : []
  })
}

export function descendants(ancestor: number): Process[] {
  const all = process.platform === 'linux' ? fromProc() : fromPs()
  const children = (parent: number): Process[] =>
    all.filter((p) => p.parent === parent).flatMap((p) => [p, ...children(p.pid)])
  return children(ancestor)
}

/** Ends the trainer of the app with a signal that it cannot catch. Returns its process number. */
export function killTrainer(appPid: number): number {
  const trainer = descendants(appPid).find((p) => /\/trainer[\w-]*\.[jt]s/.test(p.command))
  if (!trainer) throw new Error('The app has no trainer running.')
  process.kill(trainer.pid, 'SIGKILL')
  return trainer.pid
}
