// Plain JavaScript, because the `descent` command reads it under whatever Node the machine has (18 or later).
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** The registry's Node packages for a platform: two naming schemes, one per maintainer. */
export const nodePackages = (platform, arch) => [
  `node-${platform === 'win32' ? 'win' : platform}-${arch}`,
  `node-bin-${platform}-${arch}`,
]

export function pinnedNode() {
  for (const name of nodePackages(process.platform, process.arch)) {
    try {
      const manifest = require.resolve(`${name}/package.json`)
      const binary = join(dirname(manifest), require(manifest).bin.node)
      if (existsSync(binary)) return binary
    } catch {
      // Not this platform's package.
    }
  }
  return null
}
