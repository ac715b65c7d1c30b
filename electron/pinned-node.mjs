// Plain JavaScript, because the `descent` command reads it under whatever Node the machine has (18 or later).
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** Where the registry's Node packages put the binary: two naming schemes, one per maintainer. */
export function pinnedNode() {
  const { platform, arch } = process
  const system = platform === 'win32' ? 'win' : platform
  for (const name of [`node-${system}-${arch}`, `node-bin-${platform}-${arch}`]) {
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
