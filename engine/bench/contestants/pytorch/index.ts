import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Contestant, Launch } from '../protocol.ts'

/** The python3 of PATH may be a version manager's, without the Debian package. */
const pythons = ['python3', '/usr/bin/python3', 'python']

let python: string | undefined | null = null

/** One that can import torch. */
export function findPython(): string | undefined {
  if (python === null)
    python = pythons.find((command) => spawnSync(command, ['-c', 'import torch']).status === 0)
  return python
}

/** A Python program of this folder. */
export function launchPython(program: string, ...args: string[]): Launch {
  const command = findPython()
  return command
    ? { command, args: [join(import.meta.dirname, program), ...args] }
    : { missing: `none of ${pythons.join(', ')} can import torch (on Debian: apt-get install python3-torch)` }
}

const kinds = ['train', 'inference', 'op', 'dispatch', 'data-path'] as const

/** `place`: gpu is CUDA where there is one, otherwise the CPU again; the output says which. */
export const pytorch = (place: 'cpu' | 'gpu'): Contestant => ({
  name: 'pytorch',
  ours: false,
  kinds: place === 'gpu' ? [...kinds, 'reduced-op'] : kinds,
  launch: async () => launchPython('worker.py', place),
})
