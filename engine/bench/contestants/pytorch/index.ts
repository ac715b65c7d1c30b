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
export const pytorch = (place: 'cpu' | 'gpu', environment: Environment = {}): Contestant => ({
  name: 'pytorch',
  ours: false,
  kinds: place === 'gpu' ? [...kinds, 'reduced-op'] : kinds,
  launch: async () => {
    const launch = launchPython('worker.py', place)
    return 'missing' in launch ? launch : { ...launch, environment }
  },
})

type Environment = Record<string, string>

/** Tells OpenBLAS which processor's kernels to use; empty, it looks for itself. */
const coreType = 'OPENBLAS_CORETYPE'

/** Whose products PyTorch would compute with; '' where nobody knows. */
function kernelsIn(environment: Environment): string {
  const python = findPython()
  if (!python) return ''
  const env = { ...process.env, ...environment }
  const { stdout } = spawnSync(python, [join(import.meta.dirname, 'kernels.py')], { env, encoding: 'utf8' })
  return stdout.trim()
}

/**
 * PyTorch on the CPU as the environment has it, and where OpenBLAS has other kernels without that setting, or with it, those
 * too: which are quicker differs from machine to machine.
 */
export function pytorchOnCpu(): Contestant[] {
  const isSet = Boolean(process.env[coreType])
  const other: Environment = { [coreType]: isSet ? '' : 'Haswell' }
  const differs = process.arch === 'x64' && kernelsIn(other) !== kernelsIn({})
  return [pytorch('cpu'), ...(differs ? [pytorch('cpu', other)] : [])]
}
