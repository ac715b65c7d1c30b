/** Whether it makes sense to look for a GPU at all. */
import type * as FileSystem from 'node:fs'

/** Where Linux shows the devices of graphics drivers: most, NVIDIA's, and those of Windows around it. */
const deviceFiles = '/dev/{dri/renderD*,nvidia[0-9]*,dxg}'

export const hasGpuDevice = ({ globSync }: Pick<typeof FileSystem, 'globSync'>): boolean =>
  globSync(deviceFiles).length > 0

/** False where it is certain that there is none: Dawn would look all the same, and complain on stderr. */
export function mayHaveGpu(): boolean {
  if (typeof process === 'undefined' || process.platform !== 'linux') return true
  if (process.env['VK_ICD_FILENAMES'] || process.env['VK_DRIVER_FILES']) return true
  return hasGpuDevice(process.getBuiltinModule('node:fs'))
}
