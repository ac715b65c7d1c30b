import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Contestant } from './protocol.ts'

/** The python3 of PATH may be a version manager's, without the Debian package. */
const pythons = ['python3', '/usr/bin/python3', 'python']

export const pytorch: Contestant = {
  name: 'pytorch',
  ours: false,
  launch: async () => {
    const python = pythons.find((command) => spawnSync(command, ['-c', 'import torch']).status === 0)
    return python
      ? { command: python, args: [join(import.meta.dirname, 'pytorch_worker.py')] }
      : {
          missing: `none of ${pythons.join(', ')} can import torch (on Debian: apt-get install python3-torch)`,
        }
  },
}
