#!/usr/bin/env node
// The `descent` command. Plain JavaScript that any Node from 18 on can read: it hands over to the command line proper
// under the Node that is pinned in package.json, because the database's binary crashes under Node 20.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const cli = join(dirname(fileURLToPath(import.meta.url)), 'host', 'cli.ts')

/** The registry's Node packages: two naming schemes, one per maintainer. */
function pinnedNode() {
  const { platform, arch } = process
  const names = { win32: 'win' }
  for (const name of [`node-${names[platform] ?? platform}-${arch}`, `node-bin-${platform}-${arch}`]) {
    try {
      const manifest = require.resolve(`${name}/package.json`)
      const binary = join(dirname(manifest), require(manifest).bin.node)
      if (existsSync(binary)) return binary
    } catch {
      // Not this platform's package.
    }
  }
  return Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : null
}

const node = pinnedNode()
if (node === null) {
  console.error(
    `Descent needs Node 24, and there is no package of it for ${process.platform}-${process.arch}. ` +
      `Run “npm install” again without --omit=optional, or install Node 24 yourself. This is Node ${process.versions.node}.`,
  )
  process.exit(1)
}

const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' })
// The terminal sends Ctrl-C to both of us; what only we receive is passed on. Either way the child decides when it ends.
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'])
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  })
child.on('error', (error) => {
  console.error(`Descent could not start ${node}: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => {
  // The shell's convention for a command that a signal ended.
  process.exit(code ?? 128 + constants.signals[signal ?? 'SIGTERM'])
})
