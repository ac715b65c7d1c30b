/** What only Node needs: where the user's caches are, where the Vulkan loader is to look when a machine has no graphics driver (software devices are slow, but right), and flags. */
export { userCache } from './cache-file.ts'
export { codeCacheEnvironment } from './cache-folder.mjs'
export { usualThreads } from './backends/wasm/threads.ts'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { hasGpuDevice } from './backends/webgpu/hardware.ts'

type Environment = Record<string, string | undefined>

/** SwiftShader comes with every Chromium and every Electron, beside its binary. */
export function findSwiftShader(folders: readonly string[] = []): string | undefined {
  const usual = ['/usr/lib/chromium', '/usr/lib64/chromium-browser', '/opt/google/chrome']
  const icds = [...usual, ...folders].map((folder) => join(folder, 'vk_swiftshader_icd.json'))
  return icds.find((path) => fs.existsSync(path))
}

/** Mesa installs drivers for hardware that is not there, so a driver file alone does not make a device. */
function hasVulkanHardware(): boolean {
  const drivers = fs.globSync('{/usr/share,/etc,/usr/local/share}/vulkan/icd.d/*.json')
  return drivers.length > 0 && hasGpuDevice(fs)
}

/**
 * What to add to the environment so that Dawn finds a Vulkan device: nothing where the user chose one or a real
 * one is there, nothing outside Linux (Metal and D3D12 need no loader), otherwise SwiftShader.
 */
export function vulkanEnvironment(
  environment: Environment = process.env,
  swiftShader: string | undefined = findSwiftShader(),
): Record<string, string> {
  if (process.platform !== 'linux') return {}
  if (environment['VK_ICD_FILENAMES'] || environment['VK_DRIVER_FILES'] || hasVulkanHardware()) return {}
  return swiftShader ? { VK_ICD_FILENAMES: swiftShader } : {}
}

/**
 * Node's flags for a process that trains. Its tensors are no JavaScript objects, so V8 gains nothing by setting aside
 * tens of megabytes for young ones.
 */
export const trainingFlags = ['--max-semi-space-size=4']
