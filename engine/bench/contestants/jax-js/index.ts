import { join } from 'node:path'
import { installed } from '../install.ts'
import type { Contestant } from '../protocol.ts'

const version = '0.1.25'

export const jaxJs: Contestant = {
  name: 'jax-js',
  ours: false,
  kinds: ['train', 'inference', 'op', 'dispatch'],
  launch: async () => {
    const modules = installed('jax-js', { '@jax-js/jax': version })
    const entry = join(modules, '@jax-js/jax/dist/index.js')
    return { command: process.execPath, args: [join(import.meta.dirname, 'worker.ts'), entry, version] }
  },
}
