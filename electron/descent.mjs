#!/usr/bin/env node
// The `descent` command. Plain JavaScript that any Node from 18 on can read: it hands over to the command line proper
// under the Node that is pinned in package.json, because the database's binary crashes under Node 20.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeCacheEnvironment } from '../engine/cache-folder.mjs'
import { pinnedNode } from './pinned-node.mjs'

const cli = join(dirname(fileURLToPath(import.meta.url)), 'host', 'cli.ts')
const own = Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : null
const node = pinnedNode() ?? own
if (node === null) {
  console.error(
    `Descent needs Node 24, and there is no package of it for ${process.platform}-${process.arch}. Run “npm install” ` +
      `without --omit=optional, or install Node 24 yourself. This is Node ${process.versions.node}.`,
  )
  process.exit(1)
}

const env = { ...process.env, ...codeCacheEnvironment() }
const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit', env })
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
