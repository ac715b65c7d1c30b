import { join } from 'node:path'
import { installed } from '../install.ts'
import type { Contestant } from '../protocol.ts'
import { launchPython } from '../pytorch/index.ts'

export const version = '1.30.0'

/** Forward passes only; PyTorch writes its models. */
export const onnxruntime = (provider: 'cpu' | 'webgpu'): Contestant => ({
  name: 'onnxruntime',
  ours: false,
  kinds: ['inference', 'op'],
  launch: async () => {
    const exporter = launchPython('export.py')
    if ('missing' in exporter)
      return { missing: `its models are written by PyTorch, but ${exporter.missing}` }
    const modules = installed('onnxruntime', { 'onnxruntime-node': version })
    const worker = join(import.meta.dirname, 'worker.ts')
    return {
      command: process.execPath,
      args: [worker, modules, version, provider, exporter.command, ...exporter.args],
    }
  },
})
